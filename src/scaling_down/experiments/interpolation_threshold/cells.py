"""The cells of the sweeps: their curves over width and their thresholds."""

from collections.abc import Sequence
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

CRITERIA = ("train_loss", "train_error", "test_peak")


class Cell(NamedTuple):
    """What a threshold is measured for."""

    sweep: str
    loss: Loss
    n_train: int
    classes: int


Thresholds = dict[Cell, dict[str, np.ndarray]]
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
    return [Cell(sweep.name, loss, n, classes) for n, classes in sweep.cells]


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


def thresholds(study: Study, arrays: Arrays) -> dict[str, np.ndarray]:
    """Return the thresholds of a cell's replicas in parameters, [R], by criterion.

    NaN where a replica has none.
    """
    x = arrays["parameters"][0]
    loss_level, error_level = study.interpolation_level, study.train_error_level
    loss, error = arrays["train_loss_relative"], arrays["train_error"]
    found = {
        "train_loss": [threshold(x, curve, loss_level) for curve in loss],
        "train_error": [threshold(x, curve, error_level) for curve in error],
        "test_peak": [peak_location(x, curve) for curve in arrays["test_loss"]],
    }
    return {criterion: np.array(values) for criterion, values in found.items()}


def fullest_n(cells: Sequence[tuple[int, int]]) -> int:
    """Return the n that the most numbers of classes have; of several the largest."""
    samples = [n for n, _ in cells]
    return max(samples, key=lambda n: (samples.count(n), n))
