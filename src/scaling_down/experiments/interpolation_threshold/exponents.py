"""How thresholds grow with the samples and the classes: as constant n^a K^b."""

from collections.abc import Iterator, Sequence

import numpy as np

from scaling_down.experiments.interpolation_threshold.cells import (
    Cell,
    Thresholds,
    cells_of,
)
from scaling_down.experiments.interpolation_threshold.settings import Loss, Sweep

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
    sweep: Sweep, loss: Loss, criterion: str, found: Thresholds
) -> dict[str, np.ndarray]:
    """Return the power law of a sweep's thresholds with one loss."""
    cells = cells_of(sweep, loss)
    return power_law(cells, _values(cells, criterion, found))


def _values(cells: Sequence[Cell], criterion: str, found: Thresholds) -> np.ndarray:
    return np.stack([found[cell][criterion] for cell in cells], axis=1)


def longer_and_shorter(
    sweeps: Sequence[Sweep],
) -> Iterator[tuple[Sweep, Sweep]]:
    """Yield each sweep with the next shorter one of the same labels, if there is one.

    Pairs without a common cell are left out.
    """
    for longer in sweeps:
        shorter = [
            sweep
            for sweep in sweeps
            if sweep.label_noise == longer.label_noise
            and sweep.epochs < longer.epochs
            and _shared(sweep, longer)
        ]
        if shorter:
            yield longer, max(shorter, key=lambda sweep: sweep.epochs)


def changes(
    longer: Sweep,
    shorter: Sweep,
    loss: Loss,
    criterion: str,
    found: Thresholds,
) -> dict[str, np.ndarray]:
    """Return what the longer training changes, longer less shorter, [R] each.

    The exponents are both fitted on the cells that the sweeps share; the change of
    the threshold is the mean over these of the logarithm to base 2.
    """
    shared = _shared(longer, shorter)
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


def _shared(first: Sweep, second: Sweep) -> list[tuple[int, ...]]:
    """Return the (samples, classes) that two sweeps have in common."""
    others = {tuple(cell) for cell in second.cells}
    return [tuple(cell) for cell in first.cells if tuple(cell) in others]
