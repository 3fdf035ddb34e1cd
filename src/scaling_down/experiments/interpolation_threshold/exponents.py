"""How thresholds grow with the samples and the classes: as constant n^a K^b."""

from collections.abc import Iterator, Sequence
from itertools import pairwise

import numpy as np

from scaling_down.experiments.interpolation_threshold.cells import (
    Cell,
    Criterion,
    Thresholds,
    cells_of,
)
from scaling_down.experiments.interpolation_threshold.settings import (
    LOSSES,
    Loss,
    Sweep,
)

EXPONENTS = ("exponent_n", "exponent_k")
PREDICTED = {
    "nll": {"exponent_n": 1, "exponent_k": 0, "constant": 1},
    "mse": {"exponent_n": 1, "exponent_k": 1, "constant": 1},
}
"""The claim of 2020: thresholds at n with NLL, at n K with MSE."""


def power_law(cells: Sequence[Cell], values: np.ndarray) -> dict[str, np.ndarray]:
    """Fit values [R, C] of C cells; return both exponents and the constant, [R] each.

    Least squares in the logarithms, each replica on its own. NaN for a replica
    without a value in some cell, for an exponent of what all cells have in common
    (and then for the constant), and for all that the cells do not tell apart.
    """
    n, classes = (np.array([getattr(c, x) for c in cells]) for x in Cell._fields[2:])
    columns = {"exponent_n": np.log(n), "exponent_k": np.log(classes)}
    varied = {name: column for name, column in columns.items() if np.ptp(column) > 0}
    design = np.column_stack([*varied.values(), np.ones(len(cells))])
    fitted = {name: np.full(len(values), np.nan) for name in (*columns, "constant")}
    whole = np.isfinite(values).all(axis=1)
    if np.linalg.matrix_rank(design) == len(varied) + 1 and whole.any():
        solution = np.linalg.lstsq(design, np.log(values[whole]).T)[0]
        for name, row in zip(varied, solution, strict=False):
            fitted[name][whole] = row
        if len(varied) == len(columns):
            fitted["constant"][whole] = np.exp(solution[-1])
    return fitted


def exponents(
    sweep: Sweep, loss: Loss, criterion: Criterion, found: Thresholds
) -> dict[str, np.ndarray]:
    """Return the power law of a sweep's thresholds with one loss."""
    cells = cells_of(sweep, loss)
    return power_law(cells, _values(cells, criterion, found))


def local_exponents(
    sweep: Sweep, loss: Loss, criterion: Criterion, found: Thresholds
) -> Iterator[tuple[Cell, Cell, np.ndarray]]:
    """Yield the exponent in K between neighbouring K of equal n, [R], and both cells."""
    cells = sorted(cells_of(sweep, loss))
    for fewer, more in pairwise(cells):
        if fewer.n_train == more.n_train:
            ratio = found[more][criterion] / found[fewer][criterion]
            yield fewer, more, np.log(ratio) / np.log(more.classes / fewer.classes)


def limit(values: np.ndarray) -> np.ndarray:
    """Return what thresholds [3, R] at doubled lengths tend to, [R].

    Aitken's extrapolation: the changes in the logarithm are taken to go on shrinking
    by the factor between the two that are known. NaN where they do not shrink.
    """
    first, second, third = np.log(values)
    factor = (third - second) / (second - first)
    shrinks = (0 <= factor) & (factor < 1)
    rest = np.where(shrinks, factor / (1 - factor), np.nan) * (third - second)
    return np.exp(third + rest)


def _values(
    cells: Sequence[Cell], criterion: Criterion, found: Thresholds
) -> np.ndarray:
    return np.stack([found[cell][criterion] for cell in cells], axis=1)


def longer_and_shorter(
    sweeps: Sequence[Sweep],
) -> Iterator[tuple[Sweep, Sweep]]:
    """Yield each sweep with the next shorter one of the same labels, if there is one.

    Pairs without a common cell are left out, and sweeps with widths of their own.
    """
    for longer in sweeps:
        shorter = [
            sweep
            for sweep in sweeps
            if sweep.label_noise == longer.label_noise
            and sweep.epochs < longer.epochs
            and sweep.widths is None is longer.widths
            and any(_shared(sweep, longer, loss) for loss in LOSSES)
        ]
        if shorter:
            yield longer, max(shorter, key=lambda sweep: sweep.epochs)


def changes(
    longer: Sweep,
    shorter: Sweep,
    loss: Loss,
    criterion: Criterion,
    found: Thresholds,
) -> dict[str, np.ndarray]:
    """Return what the longer training changes, longer less shorter, [R] each.

    The exponents are both fitted on the cells that the sweeps share; the change of
    the threshold is the mean over these of the logarithm to base 2.
    """
    shared = _shared(longer, shorter, loss)
    late, early = (
        [Cell(sweep.name, loss, n, classes) for n, classes in shared]
        for sweep in (longer, shorter)
    )
    values = _values(late, criterion, found), _values(early, criterion, found)
    fits = power_law(late, values[0]), power_law(early, values[1])
    return {
        **{f"{name}_change": fits[0][name] - fits[1][name] for name in EXPONENTS},
        "threshold_change": np.log2(values[0] / values[1]).mean(axis=1),
    }


def _shared(first: Sweep, second: Sweep, loss: Loss) -> list[tuple[int, int]]:
    """Return the (samples, classes) that two sweeps have in common."""
    return [cell for cell in first.of(loss) if cell in second.of(loss)]


def lengths(sweeps: Sequence[Sweep], loss: Loss) -> Iterator[list[Cell]]:
    """Yield the cells that are trained for several lengths, shortest first.

    The same samples, classes, loss and labels, in sweeps of doubled epochs.
    """
    regular = sorted((s for s in sweeps if s.widths is None), key=lambda s: s.epochs)
    alike = {
        (sweep.label_noise, cell): [
            Cell(other.name, loss, *cell)
            for other in regular
            if other.label_noise == sweep.label_noise and cell in other.of(loss)
        ]
        for sweep in regular
        for cell in sweep.of(loss)
    }
    yield from (cells for cells in alike.values() if len(cells) > 1)
