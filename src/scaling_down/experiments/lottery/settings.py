"""The parameters of the lottery tickets."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from scaling_down.experiments.dataset.settings import DatasetSection
from scaling_down.workflow.parameters.sections import (
    AllDifferent,
    Count,
    Drawing,
    Fraction,
    Optimisation,
    Replicas,
    Section,
    Seed,
    Width,
)

Criterion = Literal["magnitude", "random"]
Ticket = Literal["dense", "lottery", "random"]
Positions = Literal["plain", "flipped", "shuffled", "chunked"]
Weights = Literal["original", "reinitialised"]
ScoreStep = Literal["last"] | Count
RandomMasks = Literal["fresh", "nested"]
Sparsity = Fraction
Condition = tuple[Positions, Weights]

CRITERIA: tuple[Criterion, ...] = ("magnitude", "random")
TICKETS: tuple[Ticket, ...] = ("dense", "lottery", "random")
CRITERION_OF: dict[Ticket, Criterion] = {"lottery": "magnitude", "random": "random"}
"""The criterion whose mask a ticket wears; the dense network has none."""
BASELINE: Condition = ("plain", "original")


class Rounds(Optimisation):
    """A block of pruning rounds: of the magnitude criterion, or with random masks.

    `next_sparsity` is what the last round prunes to, if the schedule goes on.
    """

    criterion: Criterion
    rounds: tuple[int, ...]
    sparsities: tuple[Sparsity, ...]
    next_sparsity: Sparsity | None
    hidden: Width
    sparse_below: Fraction
    score_step: ScoreStep | None
    random_masks: RandomMasks | None
    dataset: DatasetSection


class Arm(Optimisation):
    """A ticket of one round that is trained again.

    `random_masks` is for random tickets alone.
    """

    positions: Positions
    weights: Weights
    ticket: Ticket
    round: int
    sparsity: Sparsity
    random_masks: RandomMasks | None
    hidden: Width
    sparse_below: Fraction
    dataset: DatasetSection


class Masks(Section):
    """The masks of one round, looked at."""

    criterion: Criterion
    round: int
    sparsity: Sparsity
    random_masks: RandomMasks | None
    inputs: Width
    hidden: Width
    permutations: Annotated[int, Field(ge=1, le=1_000_000)]


STEPS = {"rounds": Rounds, "ablation": Arm, "masks": Masks}


class Ablation(Optimisation):
    """How the tickets are trained again, on data and with weights that differ."""

    sparsity: Sparsity
    dataset_seed: Seed
    conditions: Annotated[tuple[Condition, ...], Field(min_length=1), AllDifferent]


class MaskAnalysis(Section):
    """Which tickets' masks are looked at, and how many permutations judge them."""

    sparsities: Annotated[tuple[Sparsity, ...], Field(min_length=1), AllDifferent]
    permutations: Annotated[int, Field(ge=1, le=1_000_000)]


class Study(Optimisation):
    """Rounds of pruning, then ablations and an analysis of the masks."""

    hidden: Width
    points: Annotated[int, Field(ge=2, le=100_000)]
    rounds: Annotated[int, Field(ge=1, le=100_000)]
    rounds_per_job: Annotated[int, Field(ge=1, le=100)]
    sparse_below: Fraction
    score_step: ScoreStep
    random_masks: RandomMasks
    replicas: Replicas
    ablation: Ablation
    masks: MaskAnalysis

    @property
    def schedule(self) -> tuple[float, ...]:
        """Return the sparsities of all rounds that the schedule has: 0 to 1."""
        return tuple(point / (self.points - 1) for point in range(self.points))

    def round_of(self, sparsity: float) -> int:
        """Return the round whose sparsity is nearest."""
        schedule = self.schedule
        return min(range(self.points), key=lambda k: abs(schedule[k] - sparsity))

    @model_validator(mode="after")
    def _legal_together(self) -> "Study":
        if self.rounds > self.points:
            raise ValueError(f"rounds up to points, {self.points}")
        if self.score_step != "last" and self.score_step > self.steps:
            raise ValueError(f"a score_step up to steps, {self.steps}, or last")
        for sparsity in (self.ablation.sparsity, *self.masks.sparsities):
            if self.round_of(sparsity) >= self.rounds:
                raise ValueError(
                    f"sparsities that the {self.rounds} rounds reach; {sparsity} is"
                    f" round {self.round_of(sparsity)}, counted from 0"
                )
        analysed = [self.round_of(sparsity) for sparsity in self.masks.sparsities]
        if len(set(analysed)) < len(analysed):
            raise ValueError("masks.sparsities that are different rounds")
        return self


class Settings(Study):
    """The section of the parameter file."""

    replicas_per_job: Replicas
    drawing: Drawing
