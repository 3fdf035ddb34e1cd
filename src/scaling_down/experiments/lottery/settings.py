"""The parameters of the lottery tickets."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from scaling_down.workflow.parameters.sections import (
    AllDifferent,
    Count,
    Drawing,
    Fraction,
    Optimisation,
    Replicas,
    Section,
    Seed,
)

CRITERIA = ("magnitude", "random")
TICKETS = {"dense": None, "lottery": "magnitude", "random": "random"}
"""The arms of an ablation, and the criterion whose mask each wears."""

Positions = Literal["plain", "flipped", "shuffled", "chunked"]
Weights = Literal["original", "reinitialised"]
Sparsity = Fraction
Width = Annotated[int, Field(ge=1, le=100_000)]


class Ablation(Optimisation):
    """How the tickets are trained again, on data and with weights that differ."""

    sparsity: Sparsity
    dataset_seed: Seed
    conditions: Annotated[
        tuple[tuple[Positions, Weights], ...], Field(min_length=1), AllDifferent
    ]


class MaskAnalysis(Section):
    """Which tickets' masks are looked at, and how many permutations judge them."""

    sparsities: Annotated[tuple[Sparsity, ...], Field(min_length=1), AllDifferent]
    permutations: Annotated[int, Field(ge=1, le=1_000_000)]


class Settings(Optimisation):
    """Rounds of pruning, then ablations and an analysis of the masks."""

    hidden: Width
    points: Annotated[int, Field(ge=2, le=100_000)]
    rounds: Annotated[int, Field(ge=1, le=100_000)]
    rounds_per_job: Count
    score_step: Literal["last"] | Count
    random_masks: Literal["fresh", "nested"]
    replicas: Replicas
    replicas_per_job: Replicas
    ablation: Ablation
    masks: MaskAnalysis
    drawing: Drawing

    @property
    def schedule(self) -> tuple[float, ...]:
        """Return the sparsities of all rounds that the schedule has: 0 to 1."""
        return tuple(point / (self.points - 1) for point in range(self.points))

    def round_of(self, sparsity: float) -> int:
        """Return the round whose sparsity is nearest."""
        schedule = self.schedule
        return min(range(self.points), key=lambda k: abs(schedule[k] - sparsity))

    @model_validator(mode="after")
    def _legal_together(self) -> "Settings":
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
