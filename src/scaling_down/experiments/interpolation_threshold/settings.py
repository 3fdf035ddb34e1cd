"""The parameters of the threshold sweeps."""

from collections.abc import Iterator, Sequence
from typing import Annotated, Literal

from pydantic import Field, model_validator

from scaling_down.experiments.dataset.settings import DatasetSection, train_samples
from scaling_down.workflow.parameters.sections import (
    AllDifferent,
    Count,
    Drawing,
    Fraction,
    Rate,
    Replicas,
    Section,
    Width,
)

INPUTS = 40
DIGITS = 10
Loss = Literal["nll", "mse"]
LOSSES: tuple[Loss, ...] = ("nll", "mse")
Classes = Annotated[int, Field(ge=2, le=DIGITS)]
Level = Annotated[float, Field(gt=0, lt=1)]
PerCent = Annotated[float, Field(gt=0, lt=100)]
Work = Annotated[int, Field(ge=1, le=10**15)]
Factor = Annotated[float, Field(gt=0, le=1000)]


class Widths(Section):
    """Networks of some widths of one cell: a loss, n samples and K classes."""

    loss: Loss
    label_noise: Fraction
    n_train: Count
    classes: Classes
    widths: tuple[Width, ...]
    epochs: Count
    batch_size: Count
    learning_rate: Rate
    dataset: DatasetSection


STEPS = {"widths": Widths}

CellsOfLoss = Annotated[tuple[tuple[Count, Classes], ...], AllDifferent]
"""Pairs of samples and classes."""


class Cells(Section):
    """The (samples, classes) that are trained on, by loss."""

    nll: CellsOfLoss
    mse: CellsOfLoss


class Sweep(Section):
    """Labels of one kind, and the cells that are trained on.

    A sweep with `widths`, hidden units, is a curve; else the grid's are taken.
    """

    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
    label_noise: Fraction
    epochs: Count
    cells: Cells
    widths: Annotated[tuple[Width, ...], Field(min_length=3), AllDifferent] | None = (
        None
    )

    @property
    def all_random(self) -> bool:
        """Tell whether no label has to do with its input."""
        return self.label_noise == 1

    def of(self, loss: Loss) -> tuple[tuple[int, int], ...]:
        """Return the cells of a loss."""
        return self.cells.nll if loss == "nll" else self.cells.mse

    def fullest_n(self) -> int:
        """Return the n with the most cells of both losses; of several the largest."""
        samples = [n for loss in LOSSES for n, _classes in self.of(loss)]
        return max(samples, key=lambda n: (samples.count(n), n))


def regular(sweeps: Sequence[Sweep]) -> list[Sweep]:
    """Return the sweeps that are trained on the grid: no curves."""
    return [sweep for sweep in sweeps if sweep.widths is None]


def of_one_length(sweeps: Sequence[Sweep]) -> list[Sweep]:
    """Return those of them that are trained as long as the first; labels differ."""
    return [sweep for sweep in regular(sweeps) if sweep.epochs == sweeps[0].epochs]


class Grid(Section):
    """Numbers of parameters, as multiples of n (NLL) or of n K (MSE)."""

    nll: tuple[Factor, Factor]
    mse: tuple[Factor, Factor]
    per_octave: Annotated[int, Field(ge=1, le=100)]
    lowest: Factor
    highest: Factor
    largest: Count

    @model_validator(mode="after")
    def _ascending(self) -> "Grid":
        for name in LOSSES:
            first, last = getattr(self, name)
            if not first < last:
                raise ValueError(f"{name} from a lower to a higher multiple")
        return self

    def parameters(self, loss: Loss, samples: int, classes: int) -> Iterator[float]:
        """Yield numbers of parameters: dense around the prediction, sparse beyond.

        From `lowest` n to `highest` n K, or `largest`, there is one an octave, and
        `per_octave` within the span of the loss.
        """
        unit = samples if loss == "nll" else samples * classes
        first, last = (factor * unit for factor in getattr(self, loss))
        step = 0
        while (dense := first * 2 ** (step / self.per_octave)) <= last * 1.001:
            yield dense
            end, step = dense, step + 1
        while (first := first / 2) >= self.lowest * samples:
            yield first
        most = min(self.highest * samples * classes, self.largest)
        while (end := end * 2) <= most:
            yield end


class Levels(Section):
    """What a network that interpolates may have: relative loss, error in per cent."""

    train_loss: Annotated[tuple[Level, ...], Field(min_length=1), AllDifferent]
    train_error: Annotated[tuple[PerCent, ...], Field(min_length=1), AllDifferent]


class Study(Section):
    """Networks of one hidden layer, many widths, two losses, n samples, K classes."""

    num_samples: Annotated[int, Field(ge=10, le=100_000_000)]
    train_split: Annotated[float, Field(gt=0, lt=1)]
    learning_rate: Rate
    batch_size: Count
    sweeps: Annotated[tuple[Sweep, ...], Field(min_length=1)]
    grid: Grid
    work_per_job: Work
    levels: Levels
    interpolation_level: Level
    replicas: Replicas

    @model_validator(mode="after")
    def _legal_together(self) -> "Study":
        names = [sweep.name for sweep in self.sweeps]
        if len(set(names)) < len(names):
            raise ValueError("sweeps with names that are all different")
        # A sweep's results are found by these, and the same runs would train twice.
        if len({(s.label_noise, s.epochs) for s in self.sweeps}) < len(names):
            raise ValueError("sweeps that differ in label_noise or epochs")
        if self.interpolation_level not in self.levels.train_loss:
            raise ValueError("an interpolation_level that is one of levels.train_loss")
        for sweep in self.sweeps:
            for samples, classes in (*sweep.cells.nll, *sweep.cells.mse):
                most = self.most_samples(sweep, classes)
                if samples > most:
                    raise ValueError(
                        f"cells of up to {most} samples of {classes} classes in sweep"
                        f" {sweep.name}, by num_samples and train_split"
                    )
        first = self.sweeps[0]
        if first.widths is not None or not all(map(first.of, LOSSES)):
            raise ValueError("a first sweep without widths, with cells of both losses")
        return self

    def most_samples(self, sweep: Sweep, classes: int) -> int:
        """Return how many samples a cell may ask for.

        Of labels that are all random all that are drawn from; else nine tenths of those
        of the digits below `classes`, since digits are only about equally frequent.
        """
        share = 1 if sweep.all_random else 0.9 * classes / DIGITS
        return int(train_samples(self.num_samples, self.train_split) * share)

    def widths(self, sweep: Sweep, loss: Loss, samples: int, classes: int) -> list[int]:
        """Return the hidden units of a cell's networks, in descending order."""
        if sweep.widths is not None:
            return sorted(sweep.widths, reverse=True)
        parameters = self.grid.parameters(loss, samples, classes)
        return sorted({hidden_units(p, classes) for p in parameters}, reverse=True)

    def jobs(
        self, sweep: Sweep, loss: Loss, samples: int, classes: int
    ) -> list[list[int]]:
        """Return the hidden units of a cell's networks, in jobs of about equal work.

        The work of a network is its hidden units times the samples that it sees, all
        epochs together.
        """
        most = self.work_per_job / (samples * sweep.epochs)
        jobs: list[list[int]] = []
        for width in self.widths(sweep, loss, samples, classes):
            if jobs and sum(jobs[-1]) + width <= most:
                jobs[-1].append(width)
            else:
                jobs.append([width])
        return jobs


class Settings(Study):
    """The section of the parameter file."""

    replicas_per_job: Replicas
    drawing: Drawing


def hidden_units(parameters: float, classes: int) -> int:
    """Return the width of the network with the number of parameters that is nearest.

    With h hidden units and K classes there are (41 + K) h + K: 51h + 10 at ten.
    """
    return max(1, round((parameters - classes) / (INPUTS + 1 + classes)))


def parameters_of(width: int, classes: int) -> int:
    """Return the number of parameters of a network with so many hidden units."""
    return (INPUTS + 1 + classes) * width + classes
