"""The cells of the sweeps: their curves over width and their thresholds."""

from typing import NamedTuple

import numpy as np

from scaling_down.experiments.contract import Arrays, Results
from scaling_down.experiments.interpolation_threshold.settings import (
    LOSSES,
    Loss,
    Study,
    Sweep,
    Widths,
)
from scaling_down.statistics.curves import peak_location, threshold
from scaling_down.statistics.widths import joined_widths


class Criterion(NamedTuple):
    """When a network interpolates: the metric, and the level that it must fall to.

    The training loss is relative to that of the best constant answer, the training
    error in per cent; the peak of the test loss has no level.
    """

    criterion: str
    level: float


TEST_PEAK = Criterion("test_peak", np.nan)


def criteria(study: Study) -> list[Criterion]:
    """Return all criteria of the study, in the order of its levels."""
    return [
        *(Criterion("train_loss", level) for level in study.levels.train_loss),
        *(Criterion("train_error", level) for level in study.levels.train_error),
        TEST_PEAK,
    ]


def main_criterion(study: Study) -> Criterion:
    """Return the criterion that headlines and figures of cells are about."""
    return Criterion("train_loss", study.interpolation_level)


class Cell(NamedTuple):
    """What a threshold is measured for."""

    sweep: str
    loss: Loss
    n_train: int
    classes: int


Thresholds = dict[Cell, dict[Criterion, np.ndarray]]
"""The thresholds of all replicas in parameters, [R], by cell and criterion."""


def collect(study: Study, results: Results) -> dict[Cell, Arrays]:
    """Return the cells in the order of the parameters, widths in ascending order.

    Each has the arrays of `joined_widths` and, [R, W], `train_loss_relative` and
    `test_loss_relative`: the losses divided by that of the best constant answer.
    """
    return {
        cell: _with_relative_losses(cell, joined_widths(_runs(sweep, cell, results)))
        for sweep in study.sweeps
        for loss in LOSSES
        for cell in cells_of(sweep, loss)
    }


def cells_of(sweep: Sweep, loss: Loss) -> list[Cell]:
    """Return the cells of a sweep, as the parameters have it, with one loss."""
    return [Cell(sweep.name, loss, n, classes) for n, classes in sweep.of(loss)]


def _runs(sweep: Sweep, cell: Cell, results: Results) -> list[Arrays]:
    """Return the runs of a cell; each has trained some of its widths."""
    found = results.of(
        Widths, label_noise=sweep.label_noise, epochs=sweep.epochs, loss=cell.loss,
        n_train=cell.n_train, classes=cell.classes,
    )  # fmt: skip
    return [result.arrays for result in found]


def _with_relative_losses(cell: Cell, arrays: Arrays) -> Arrays:
    unit = constant_loss(cell.loss, cell.classes)
    names = ("train_loss", "test_loss")
    return {**arrays, **{f"{name}_relative": arrays[name] / unit for name in names}}


def constant_loss(loss: Loss, classes: int) -> float:
    """Return the loss of the best constant answer: 1/K for each of K classes.

    The MSE is averaged over the K outputs.
    """
    if loss == "nll":
        return float(np.log(classes))
    return (1 - 1 / classes) / classes


def thresholds(study: Study, arrays: Arrays) -> dict[Criterion, np.ndarray]:
    """Return the thresholds of a cell's replicas in parameters, [R], by criterion.

    NaN where a replica has none.
    """
    x = arrays["parameters"][0]
    curves = {
        "train_loss": arrays["train_loss_relative"],
        "train_error": arrays["train_error"],
    }
    found = {
        chosen: [threshold(x, c, chosen.level) for c in curves[chosen.criterion]]
        for chosen in criteria(study)
        if chosen != TEST_PEAK
    }
    found[TEST_PEAK] = [peak_location(x, curve) for curve in arrays["test_loss"]]
    return {criterion: np.array(values) for criterion, values in found.items()}
