"""The parameters of the metalearned learning rate."""

from typing import Annotated

import numpy as np
from pydantic import Field, model_validator

from scaling_down.experiments.dataset.settings import DatasetSection
from scaling_down.workflow.parameters.sections import (
    AllDifferent,
    Count,
    Drawing,
    Rate,
    Replicas,
    Section,
    Width,
)

Rates = Annotated[tuple[Rate, ...], Field(min_length=2), AllDifferent]
Horizons = Annotated[tuple[Count, ...], Field(min_length=1), AllDifferent]


class Inner(Section):
    """The network that is trained, by plain SGD on batches in order."""

    hidden: Width
    batch_size: Count


class Outer(Inner):
    """How the learning rate is learned."""

    outer_steps: Count
    outer_rate: Rate


class Metalearning(Outer):
    """Learning rates metalearned through `horizon` inner steps.

    `clamp` bounds the gradient that they are learned with, if it is given.
    """

    horizon: Count
    initial_rates: Rates
    clamp: Rate | None
    dataset: DatasetSection


class RateGrid(Section):
    """Learning rates, evenly spaced in their logarithm."""

    lowest: Rate
    highest: Rate
    points: Annotated[int, Field(ge=3, le=1000)]

    @model_validator(mode="after")
    def _in_order(self) -> "RateGrid":
        if not self.lowest < self.highest:
            raise ValueError("a highest rate above the lowest")
        return self


def rates_of(grid: RateGrid) -> np.ndarray:
    """Return the rates of a grid, [points], ascending."""
    return np.geomspace(grid.lowest, grid.highest, grid.points)


class Grid(Inner):
    """Losses at a grid of rates, over several horizons."""

    grid: RateGrid
    horizons: Horizons
    dataset: DatasetSection


STEPS = {"metalearn": Metalearning, "grid": Grid}


class Study(Outer):
    """Metalearned rates, the grid that judges them, and other horizons."""

    horizon: Count
    initial_rates: Rates
    horizons: Horizons
    horizon_rates: Rates
    horizon_clamp: Rate
    grid: RateGrid
    replicas: Replicas

    @model_validator(mode="after")
    def _different_trainings(self) -> "Study":
        # Tables tell trainings by horizon and initial rates.
        if self.horizon in self.horizons and self.horizon_rates == self.initial_rates:
            raise ValueError("horizon_rates other than initial_rates")
        return self

    @property
    def all_horizons(self) -> tuple[int, ...]:
        """Return every horizon, ascending."""
        return tuple(sorted({self.horizon, *self.horizons}))


class Settings(Study):
    """The section of the parameter file."""

    replicas_per_job: Replicas
    drawing: Drawing
