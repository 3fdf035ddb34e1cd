"""How thresholds grow with the samples and the classes: as constant n^a K^b."""

from collections.abc import Iterator, Sequence
from itertools import pairwise, product

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
    of_one_length,
    regular,
)

EXPONENTS = ("exponent_n", "exponent_k")


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
    cells: Sequence[Cell], criterion: Criterion, found: Thresholds
) -> dict[str, np.ndarray]:
    """Return the power law of the thresholds of cells that differ in n and K alone."""
    return power_law(cells, _values(cells, criterion, found))


def shared_exponents(
    sweeps: Sequence[Sweep], loss: Loss, criterion: Criterion, found: Thresholds
) -> Iterator[tuple[Sweep, int, dict[str, np.ndarray]]]:
    """Yield sweeps that differ in their labels, on the cells that all of them have.

    With each comes the number of these cells, and its power law on them.
    """
    alike = of_one_length(sweeps)
    shared = [
        cell for cell in alike[0].of(loss) if all(cell in s.of(loss) for s in alike)
    ]
    for sweep in alike if shared else []:
        cells = [Cell(sweep.name, loss, *cell) for cell in shared]
        yield sweep, len(cells), exponents(cells, criterion, found)


def local_exponents(
    sweep: Sweep, loss: Loss, criterion: Criterion, found: Thresholds
) -> Iterator[tuple[Cell, Cell, np.ndarray]]:
    """Yield both cells of neighbouring K and equal n, and the exponent in K, [R]."""
    for fewer, more in pairwise(sorted(cells_of(sweep, loss))):
        if fewer.n_train == more.n_train:
            ratio = found[more][criterion] / found[fewer][criterion]
            yield fewer, more, np.log(ratio) / np.log(more.classes / fewer.classes)


def limit(values: np.ndarray) -> np.ndarray:
    """Return what thresholds [3, R] at doubled lengths tend to, [R].

    Aitken's extrapolation: the changes in the logarithm are taken to go on shrinking
    by the factor between the two that are known. NaN where they do not shrink, or
    change their sign.
    """
    earlier, later = np.diff(np.log(values), axis=0)
    shrinks = (earlier * later > 0) & (abs(later) < abs(earlier))
    rest = np.where(later == 0, 0.0, np.nan)
    np.divide(later**2, earlier - later, out=rest, where=shrinks)
    return values[-1] * np.exp(rest)


def _values(
    cells: Sequence[Cell], criterion: Criterion, found: Thresholds
) -> np.ndarray:
    return np.stack([found[cell][criterion] for cell in cells], axis=1)


def longer_and_shorter(
    sweeps: Sequence[Sweep],
) -> Iterator[tuple[Sweep, Sweep, Loss]]:
    """Yield each sweep with the next shorter one of the same labels and a loss.

    Pairs without a common cell are left out, and curves.
    """
    for longer, loss in product(regular(sweeps), LOSSES):
        shorter = [
            sweep
            for sweep in regular(sweeps)
            if sweep.label_noise == longer.label_noise
            and sweep.epochs < longer.epochs
            and _shared(sweep, longer, loss)
        ]
        if shorter:
            yield longer, max(shorter, key=lambda sweep: sweep.epochs), loss


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

    The same samples, classes, loss and labels; each has twice the epochs of the one
    before.
    """
    alike: dict[tuple[float, tuple[int, int]], list[Sweep]] = {}
    for sweep in sorted(regular(sweeps), key=lambda sweep: sweep.epochs):
        for cell in sweep.of(loss):
            chain = alike.setdefault((sweep.label_noise, cell), [])
            if not chain or sweep.epochs == 2 * chain[-1].epochs:
                chain.append(sweep)
    for (_label_noise, cell), chain in alike.items():
        if len(chain) > 1:
            yield [Cell(sweep.name, loss, *cell) for sweep in chain]
