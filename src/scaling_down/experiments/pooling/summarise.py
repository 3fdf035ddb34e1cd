"""Accuracies in per cent by variant and number of samples, and under shifts."""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd

from scaling_down.experiments.contract import Result, Results
from scaling_down.experiments.pooling.settings import Arm, Study, Training
from scaling_down.statistics.intervals import COLUMNS
from scaling_down.statistics.rows import curve_rows, summary_row

PER_CENT = 100
POOLED = "pooled"
POOLED_VARIANTS = ("max", "average", "l2")
"""The methods of the paper that pool; `pooled` is their mean within each replica."""
BASELINES = ("no_pool", "head_average", "head_stride", "max")
COMPARED = ("test_accuracy_final", "test_accuracy_population", "agreement")
Cell = tuple[Arm, int, str]
"""An arm, a number of training samples and a variant."""
CELL = ("arm", "n_train", "variant")
"""The columns that name a cell."""
Metrics = dict[str, np.ndarray]


def summarise(
    study: Study, results: Results
) -> tuple[dict[str, pd.DataFrame], dict[str, Any]]:
    """Return the tables and the headline numbers of the comparison."""
    trained = dict(_cells(study, results))
    final = {cell: final_metrics(result) for cell, result in trained.items()}
    compared = final | _pooled_cells(final)
    summary = pd.DataFrame(
        summary_row(_condition(cell), name, values)
        for cell, metrics in final.items()
        for name, values in metrics.items()
    )
    tables = {
        "summary": summary,
        "comparisons": pd.DataFrame(
            _comparisons(compared), columns=[*CELL, "baseline", "metric", *COLUMNS]
        ),
        "trends": pd.DataFrame(
            _trends(compared),
            columns=["arm", "variant", "baseline", "metric", *COLUMNS],
        ),
        "shifts": pd.concat(_shifts(trained)),
        "curves": pd.concat(_curves(trained)),
        "plot": _plot(study, final),
    }
    return tables, _headlines(final)


def _cells(study: Study, results: Results) -> Iterator[tuple[Cell, Result[Training]]]:
    for arm, schedule in study.arms.items():
        for n, steps in schedule.items():
            for variant in study.variants:
                found = results.one(Training, variant=variant, n_train=n, steps=steps)
                yield (arm, n, variant), found


def final_metrics(result: Result[Training]) -> Metrics:
    """Return each replica's numbers, [n], accuracies and agreement in per cent.

    `agreement` is the mean over all shifts.
    """
    arrays = result.arrays
    return {
        "test_accuracy_final": PER_CENT * arrays["test_accuracy"][:, -1],
        "test_accuracy_population": PER_CENT * arrays["test_accuracy_population"],
        "train_accuracy_final": PER_CENT * arrays["train_accuracy"][:, -1],
        "test_loss_final": arrays["test_loss"][:, -1],
        "train_loss_final": arrays["train_loss"][:, -1],
        "agreement": PER_CENT * arrays["agreement"].mean(axis=1),
    }


def _pooled_cells(final: Mapping[Cell, Metrics]) -> dict[Cell, Metrics]:
    """Return the mean of the pooled variants in each arm, at each number of samples."""
    places = dict.fromkeys((arm, n) for arm, n, _ in final)
    means: dict[Cell, Metrics] = {}
    for arm, n in places:
        arms = [final[arm, n, v] for v in POOLED_VARIANTS if (arm, n, v) in final]
        if arms:
            means[arm, n, POOLED] = {
                name: np.mean([metrics[name] for metrics in arms], axis=0)
                for name in COMPARED
            }
    return means


def _differences(
    cells: Mapping[Cell, Metrics],
) -> Iterator[tuple[Cell, str, str, np.ndarray]]:
    """Yield cell, baseline, metric and the paired differences [n] of the two."""
    for cell, metrics in cells.items():
        arm, n, variant = cell
        for baseline in BASELINES:
            if baseline != variant and (arm, n, baseline) in cells:
                other = cells[arm, n, baseline]
                for name in COMPARED:
                    yield cell, baseline, name, metrics[name] - other[name]


def _comparisons(cells: Mapping[Cell, Metrics]) -> Iterator[dict[str, Any]]:
    """Yield differences from the baselines, in points, paired by training set."""
    for cell, baseline, name, difference in _differences(cells):
        condition = {**_condition(cell), "baseline": baseline}
        yield summary_row(condition, name, difference)


def _trends(cells: Mapping[Cell, Metrics]) -> Iterator[dict[str, Any]]:
    """Yield how the differences in accuracy change as the samples become ten times.

    By least squares over the logarithm of their number, within each replica.
    """
    found: dict[tuple[Arm, str, str], dict[int, np.ndarray]] = {}
    for (arm, n, variant), baseline, name, difference in _differences(cells):
        if name == "test_accuracy_final":
            found.setdefault((arm, variant, baseline), {})[n] = difference
    for (arm, variant, baseline), by_size in found.items():
        condition = {"arm": arm, "variant": variant, "baseline": baseline}
        yield summary_row(condition, "per_tenfold", slope_per_tenfold(by_size))


def slope_per_tenfold(by_size: Mapping[int, np.ndarray]) -> np.ndarray:
    """Return each replica's slope [n] of values [n] over log10 of their keys.

    NaN where there is a single key.
    """
    values = np.stack(list(by_size.values()))
    if len(values) < 2:
        return np.full(values.shape[1], np.nan)
    slopes: np.ndarray = np.polyfit(np.log10(list(by_size)), values, 1)[0]
    return slopes


def _shifts(trained: Mapping[Cell, Result[Training]]) -> Iterator[pd.DataFrame]:
    for cell, result in trained.items():
        x = {"shift": np.array(result.settings.shifts)}
        for metric, name in (
            ("agreement", "agreement"),
            ("test_accuracy", "shifted_accuracy"),
        ):
            values = PER_CENT * result.arrays[name]
            yield curve_rows(_condition(cell), metric, x, values)


def _curves(trained: Mapping[Cell, Result[Training]]) -> Iterator[pd.DataFrame]:
    for cell, result in trained.items():
        x = {"step": result.arrays["step"][0]}
        for metric in ("test_accuracy", "train_accuracy"):
            values = PER_CENT * result.arrays[metric]
            yield curve_rows(_condition(cell), metric, x, values)


def _plot(study: Study, final: Mapping[Cell, Metrics]) -> pd.DataFrame:
    """Return the mean test accuracies by number of samples, for `dvc plots`."""
    columns: dict[str, list[float]] = {
        variant: [
            final["equal_steps", n, variant]["test_accuracy_final"].mean()
            for n in study.train_sizes
        ]
        for variant in study.variants
    }
    return pd.DataFrame({"n_train": study.train_sizes, **columns})


def _headlines(final: Mapping[Cell, Metrics]) -> dict[str, Any]:
    return {
        "test_accuracy": {
            f"{variant}_{n}": round(metrics["test_accuracy_final"].mean(), 2)
            for (arm, n, variant), metrics in final.items()
            if arm == "equal_steps"
        }
    }


def _condition(cell: Cell) -> dict[str, Any]:
    return dict(zip(CELL, cell, strict=True))
