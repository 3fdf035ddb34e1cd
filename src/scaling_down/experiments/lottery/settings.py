"""The parameters of the lottery tickets."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from scaling_down.experiments.dataset.settings import DatasetSection, TrainingSets
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
Protocol = Literal["published", "corrected"]
Ticket = Literal["dense", "lottery", "random", "matched", "narrow"]
Positions = Literal["plain", "flipped", "shuffled", "chunked"]
Weights = Literal["original", "reinitialised"]
ScoreStep = Literal["last"] | Count
RandomMasks = Literal["fresh", "nested"]
Sparsity = Fraction
Condition = tuple[Positions, Weights, TrainingSets]
Penalty = Annotated[float, Field(gt=0, le=1)]

CRITERIA: tuple[Criterion, ...] = ("magnitude", "random")
TICKETS: tuple[Ticket, ...] = ("dense", "lottery", "random")
"""The tickets of a condition."""
CONTROLS: tuple[Ticket, ...] = ("matched", "narrow")
"""Those of the baseline alone: a random mask with as many weights for each input and
each unit as the lottery ticket has, and a dense network of as many weights in all."""
CRITERION_OF: dict[Ticket, Criterion] = {"lottery": "magnitude", "random": "random"}
"""The criterion whose mask a ticket wears; the dense network has none."""
BASELINE: Condition = ("plain", "original", "shared")
CORRECTED: tuple[ScoreStep, RandomMasks] = ("last", "nested")
"""What the corrected protocol scores, and its random masks."""


def tickets_of(condition: Condition) -> tuple[Ticket, ...]:
    """Return the tickets that a condition is trained with.

    No order of the positions makes a difference to a dense network with new weights: as
    in the source there is one, in plain order.
    """
    positions, weights, _ = condition
    alike = positions != "plain" and weights == "reinitialised"
    return TICKETS[1:] if alike else TICKETS


class Rounds(Optimisation):
    """A block of pruning rounds: of the magnitude criterion, or with random masks.

    `next_sparsity` is what the last round prunes to, if the schedule goes on;
    `keeps_masks` is for blocks whose masks others read.
    """

    criterion: Criterion
    rounds: tuple[int, ...]
    sparsities: tuple[Sparsity, ...]
    next_sparsity: Sparsity | None
    keeps_masks: bool
    hidden: Width
    sparse_below: Fraction
    score_step: ScoreStep | None
    random_masks: RandomMasks | None
    dataset: DatasetSection


class Arm(Optimisation):
    """A ticket of one round that is trained again.

    A dense network has neither `round` nor `sparsity`; `random_masks` is for random
    tickets alone.
    """

    positions: Positions
    weights: Weights
    training_sets: TrainingSets
    ticket: Ticket
    weight_decay: Annotated[float, Field(ge=0, le=1)]
    round: int | None
    sparsity: Sparsity | None
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
    weight_decays: Annotated[tuple[Penalty, ...], AllDifferent]


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
    protocols: Annotated[tuple[Protocol, ...], Field(min_length=1), AllDifferent]
    score_step: Count
    random_every: Count
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

    def scoring(self, protocol: Protocol) -> tuple[ScoreStep, RandomMasks]:
        """Return what a protocol scores for pruning, and its random masks."""
        return CORRECTED if protocol == "corrected" else (self.score_step, "fresh")

    @property
    def random_rounds(self) -> tuple[int, ...]:
        """Return the rounds that are trained with random masks too: that of the
        ablations and, from there, every `random_every`-th; never the dense one."""
        ablated, every = self.round_of(self.ablation.sparsity), self.random_every
        return tuple(k for k in range(ablated % every, self.rounds, every) if k > 0)

    @model_validator(mode="after")
    def _legal_together(self) -> "Study":
        if self.rounds > self.points:
            raise ValueError(f"rounds up to points, {self.points}")
        if self.score_step >= self.steps:
            raise ValueError(f"a score_step below steps, {self.steps}")
        if not self.random_rounds:
            raise ValueError("rounds and random_every by which there are random masks")
        if self.protocols[0] != "published":
            raise ValueError("protocols that begin with published")
        if BASELINE not in self.ablation.conditions:
            raise ValueError(f"ablation.conditions with the baseline, {BASELINE}")
        conditions = self.ablation.conditions
        with_dense = {c[2] for c in conditions if "dense" in tickets_of(c)}
        if any(c[2] not in with_dense for c in conditions):
            raise ValueError("ablation.conditions with a dense network of each dataset")
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
