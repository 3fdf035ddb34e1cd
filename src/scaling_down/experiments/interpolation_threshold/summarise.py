"""The thresholds in tables: curves over width, thresholds, and their power laws.

Thresholds are numbers of parameters. Errors are in per cent, losses relative to that
of the best constant answer. Training metrics are over the labels that were trained on.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd

from scaling_down.experiments.contract import Arrays, Results
from scaling_down.experiments.interpolation_threshold.cells import (
    CRITERIA,
    Cell,
    Thresholds,
    cells_of,
    collect,
    fullest_n,
    thresholds,
)
from scaling_down.experiments.interpolation_threshold.exponents import (
    EXPONENTS,
    PREDICTED,
    changes,
    exponents,
    longer_and_shorter,
)
from scaling_down.experiments.interpolation_threshold.settings import (
    LOSSES,
    Loss,
    Study,
    Sweep,
)
from scaling_down.statistics.curves import held_out_heights
from scaling_down.statistics.intervals import COLUMNS
from scaling_down.statistics.rows import curve_rows, summary_row

METRICS = ("train_loss_relative", "test_loss_relative", "train_error", "test_error")
HEADER = ["sweep", "loss", "criterion", "metric", *COLUMNS, "predicted"]


def summarise(
    study: Study, results: Results
) -> tuple[dict[str, pd.DataFrame], dict[str, Any]]:
    """Return the tables and the headline numbers of the sweeps."""
    cells = collect(study, results)
    found = {cell: thresholds(study, arrays) for cell, arrays in cells.items()}
    summary = pd.DataFrame(_summary(study, cells, found), columns=HEADER)
    tables = {
        "summary": summary,
        "curves": pd.concat(_curves(cells)),
        "thresholds": pd.DataFrame(_thresholds(found)),
        "plot": _plot(study, found),
    }
    return tables, _metrics(summary)


def _curves(cells: Mapping[Cell, Arrays]) -> Iterator[pd.DataFrame]:
    for cell, arrays in cells.items():
        x = {name: arrays[name][0] for name in ("width", "parameters")}
        for metric in METRICS:
            yield curve_rows(cell._asdict(), metric, x, arrays[metric])


def _thresholds(found: Thresholds) -> Iterator[dict[str, Any]]:
    for cell, criteria in found.items():
        for criterion, values in criteria.items():
            condition = {**cell._asdict(), "criterion": criterion}
            n, classes = cell.n_train, cell.classes
            yield summary_row(condition, "parameters", values)
            yield summary_row(condition, "over_n", values / n)
            yield summary_row(condition, "over_nk", values / (n * classes))
            # One-hot targets sum to one: the K outputs have K - 1 answers to learn.
            per_answer = values / (n * (classes - 1))
            yield summary_row(condition, "over_n_k_less_1", per_answer)


def _summary(
    study: Study, cells: Mapping[Cell, Arrays], found: Thresholds
) -> Iterator[dict[str, Any]]:
    for sweep in study.sweeps:
        for loss in LOSSES:
            yield from _exponents(sweep, loss, found)
            yield _peak_rise(sweep, loss, cells)
    for longer, shorter in longer_and_shorter(study.sweeps):
        for loss in LOSSES:
            yield from _changes(longer, shorter, loss, found)


def _exponents(sweep: Sweep, loss: Loss, found: Thresholds) -> Iterator[dict[str, Any]]:
    for criterion in CRITERIA:
        condition = {"sweep": sweep.name, "loss": loss, "criterion": criterion}
        for metric, values in exponents(sweep, loss, criterion, found).items():
            predicted = {"predicted": PREDICTED[loss][metric]}
            yield {**summary_row(condition, metric, values), **predicted}


def _changes(
    longer: Sweep, shorter: Sweep, loss: Loss, found: Thresholds
) -> Iterator[dict[str, Any]]:
    """Yield what longer training changes; the claim knows of no such change."""
    for criterion in CRITERIA:
        condition = {"sweep": longer.name, "loss": loss, "criterion": criterion}
        rows = changes(longer, shorter, loss, criterion, found)
        for metric, values in rows.items():
            yield {**summary_row(condition, metric, values), "predicted": 0}


def _peak_rise(
    sweep: Sweep, loss: Loss, cells: Mapping[Cell, Arrays]
) -> dict[str, Any]:
    """Return how far the relative test loss rises to its peak, mean over the cells."""
    curves = [cells[cell]["test_loss_relative"] for cell in cells_of(sweep, loss)]
    rises = np.stack([held_out_heights(curve)["rise"] for curve in curves])
    condition = {"sweep": sweep.name, "loss": loss, "criterion": "test_peak"}
    return summary_row(condition, "peak_rise_relative", rises.mean(axis=0))


def _plot(study: Study, found: Thresholds) -> pd.DataFrame:
    """Return the first sweep's mean thresholds over n by classes, for `dvc plots`."""
    sweep = study.sweeps[0]
    n = fullest_n(sweep.cells)
    columns = {
        loss: {
            cell.classes: found[cell]["train_loss"].mean() / n
            for cell in cells_of(sweep, loss)
            if cell.n_train == n
        }
        for loss in LOSSES
    }
    return pd.DataFrame(columns).rename_axis("classes").sort_index().reset_index()


def _metrics(summary: pd.DataFrame) -> dict[str, Any]:
    """Return the exponents of the training loss's thresholds by sweep."""
    rows = summary[
        (summary["criterion"] == "train_loss") & summary["metric"].isin(EXPONENTS)
    ].rename(columns={"mean": "average"})
    metrics: dict[str, Any] = {}
    for row in rows.itertuples():
        of_sweep = metrics.setdefault(row.sweep, {})
        of_sweep[f"{row.loss}_{row.metric}"] = _rounded(row.average)
    return metrics


def _rounded(value: float) -> float | None:
    return None if np.isnan(value) else round(value, 3)
