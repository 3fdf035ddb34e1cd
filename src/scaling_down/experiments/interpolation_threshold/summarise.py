"""The thresholds in tables: curves over width, thresholds, and their power laws.

Thresholds are numbers of parameters. Errors are in per cent, losses relative to that
of the best constant answer. Training metrics are over the labels that were trained on.
Every threshold is found by several criteria, at several levels.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from scaling_down.experiments.contract import Arrays, Results
from scaling_down.experiments.interpolation_threshold.cells import (
    TEST_PEAK,
    Cell,
    Criterion,
    Thresholds,
    cells_of,
    collect,
    criteria,
    fullest_n,
    main_criterion,
    thresholds,
)
from scaling_down.experiments.interpolation_threshold.exponents import (
    EXPONENTS,
    PREDICTED,
    changes,
    exponents,
    lengths,
    limit,
    local_exponents,
    longer_and_shorter,
)
from scaling_down.experiments.interpolation_threshold.settings import (
    LOSSES,
    Loss,
    Study,
    Sweep,
)
from scaling_down.statistics.curves import held_out_heights
from scaling_down.statistics.intervals import COLUMNS, mean_interval
from scaling_down.statistics.rows import curve_rows

PER_CENT = 100
METRICS = ("train_loss_relative", "test_loss_relative", "train_error", "test_error")
HEADER = ["sweep", "loss", "criterion", "level", "metric", *COLUMNS, "predicted"]
Values = Iterator[tuple[dict[str, Any], np.ndarray]]
"""Condition columns, metric and prediction among them, and the replicas' values."""


def summarise(
    study: Study, results: Results
) -> tuple[dict[str, pd.DataFrame], dict[str, Any]]:
    """Return the tables and the headline numbers of the sweeps."""
    cells = collect(study, results)
    found = {cell: thresholds(study, arrays) for cell, arrays in cells.items()}
    summary = list(_summary(study, cells, found))
    measured = list(_thresholds(found))
    tables = {
        "summary": _table(summary)[HEADER],
        "replicas": pd.DataFrame(_replicas([*summary, *measured])),
        "curves": pd.concat(_curves(cells)),
        "thresholds": _table(measured),
        "local_exponents": _table(_local(study, found)),
        "lengths": _table(_lengths(study, found)),
        "plot": _plot(study, found),
    }
    return tables, _metrics(study, tables["summary"])


def _table(rows: Iterable[tuple[dict[str, Any], np.ndarray]]) -> pd.DataFrame:
    return pd.DataFrame({**columns, **mean_interval(v)} for columns, v in rows)


def _replicas(
    rows: Iterable[tuple[dict[str, Any], np.ndarray]],
) -> Iterator[dict[str, Any]]:
    """Yield each replica's value, what is predicted left out."""
    for columns, values in rows:
        condition = {n: c for n, c in columns.items() if n != "predicted"}
        for replica, value in enumerate(values):
            yield {**condition, "replica": replica, "value": value}


def _curves(cells: Mapping[Cell, Arrays]) -> Iterator[pd.DataFrame]:
    for cell, arrays in cells.items():
        x = {name: arrays[name][0] for name in ("width", "parameters")}
        for metric in METRICS:
            yield curve_rows(cell._asdict(), metric, x, arrays[metric])


def _thresholds(found: Thresholds) -> Values:
    for cell, criteria_found in found.items():
        n, classes = cell.n_train, cell.classes
        # One-hot targets sum to one: the K outputs have K - 1 answers to learn.
        units = {
            "parameters": 1.0,
            "over_n": n,
            "over_nk": n * classes,
            "over_n_k_less_1": n * (classes - 1),
            "over_bits": n * np.log2(classes),
        }
        for criterion, values in criteria_found.items():
            condition = {**cell._asdict(), **criterion._asdict()}
            for metric, unit in units.items():
                yield {**condition, "metric": metric}, values / unit


def _summary(study: Study, cells: Mapping[Cell, Arrays], found: Thresholds) -> Values:
    for sweep in study.sweeps:
        for loss in LOSSES:
            for criterion in criteria(study):
                yield from _exponents(sweep, loss, criterion, found)
            if sweep.of(loss):
                yield _peak_rise(sweep, loss, cells)
    for longer, shorter in longer_and_shorter(study.sweeps):
        for loss in LOSSES:
            for criterion in criteria(study):
                yield from _changes(longer, shorter, loss, criterion, found)


def _exponents(
    sweep: Sweep, loss: Loss, criterion: Criterion, found: Thresholds
) -> Values:
    condition = {"sweep": sweep.name, "loss": loss, **criterion._asdict()}
    if not sweep.of(loss):
        return
    for metric, values in exponents(sweep, loss, criterion, found).items():
        predicted = {"metric": metric, "predicted": PREDICTED[loss][metric]}
        yield {**condition, **predicted}, values


def _changes(
    longer: Sweep,
    shorter: Sweep,
    loss: Loss,
    criterion: Criterion,
    found: Thresholds,
) -> Values:
    """Yield what longer training changes; the claim knows of no such change."""
    condition = {"sweep": longer.name, "loss": loss, **criterion._asdict()}
    for metric, values in changes(longer, shorter, loss, criterion, found).items():
        yield {**condition, "metric": metric, "predicted": 0}, values


def _peak_rise(
    sweep: Sweep, loss: Loss, cells: Mapping[Cell, Arrays]
) -> tuple[dict[str, Any], np.ndarray]:
    """Return how far the relative test loss rises to its peak, mean over the cells."""
    curves = [cells[cell]["test_loss_relative"] for cell in cells_of(sweep, loss)]
    rises = np.stack([held_out_heights(curve)["rise"] for curve in curves])
    condition = {"sweep": sweep.name, "loss": loss, **TEST_PEAK._asdict()}
    predicted = {"metric": "peak_rise_relative", "predicted": np.nan}
    return {**condition, **predicted}, rises.mean(axis=0)


def _local(study: Study, found: Thresholds) -> Values:
    """Yield the exponents in K between neighbouring numbers of classes."""
    for sweep in study.sweeps:
        for loss in LOSSES:
            for criterion in criteria(study):
                pairs = local_exponents(sweep, loss, criterion, found)
                for fewer, more, values in pairs:
                    condition = {
                        "sweep": sweep.name,
                        "loss": loss,
                        "n_train": fewer.n_train,
                        "classes_from": fewer.classes,
                        "classes_to": more.classes,
                        **criterion._asdict(),
                        "metric": "exponent_k",
                    }
                    yield condition, values


def _lengths(study: Study, found: Thresholds) -> Values:
    """Yield thresholds by length of training, over n, their changes and their limits.

    `change_by_doubling` is in per cent of the threshold at half of the epochs; a limit
    needs three lengths.
    """
    for loss in LOSSES:
        for cells in lengths(study.sweeps, loss):
            for criterion in criteria(study):
                yield from _lengths_of(study, cells, criterion, found)


def _lengths_of(
    study: Study, cells: Sequence[Cell], criterion: Criterion, found: Thresholds
) -> Values:
    epochs = {sweep.name: sweep.epochs for sweep in study.sweeps}
    values = np.stack([found[cell][criterion] for cell in cells])
    over_n = values / cells[0].n_train
    conditions = [
        {**cell._asdict(), **criterion._asdict(), "epochs": epochs[cell.sweep]}
        for cell in cells
    ]
    for condition, own in zip(conditions, over_n, strict=True):
        yield {**condition, "metric": "over_n"}, own
    for condition, ratio in zip(conditions[1:], values[1:] / values[:-1], strict=True):
        yield {**condition, "metric": "change_by_doubling"}, PER_CENT * (ratio - 1)
    if len(cells) > 2:
        yield {**conditions[-1], "metric": "limit_over_n"}, limit(over_n[-3:])


def _plot(study: Study, found: Thresholds) -> pd.DataFrame:
    """Return the first sweep's mean thresholds over n by classes, for `dvc plots`."""
    sweep = study.sweeps[0]
    n = fullest_n(sweep.cells.mse)
    columns = {
        loss: {
            cell.classes: found[cell][main_criterion(study)].mean() / n
            for cell in cells_of(sweep, loss)
            if cell.n_train == n
        }
        for loss in LOSSES
    }
    return pd.DataFrame(columns).rename_axis("classes").sort_index().reset_index()


def _metrics(study: Study, summary: pd.DataFrame) -> dict[str, Any]:
    """Return the exponents by the main criterion, by sweep."""
    criterion, level = main_criterion(study)
    rows = summary[
        (summary["criterion"] == criterion)
        & (summary["level"] == level)
        & summary["metric"].isin(EXPONENTS)
    ].rename(columns={"mean": "average"})
    metrics: dict[str, Any] = {}
    for row in rows.itertuples():
        of_sweep = metrics.setdefault(row.sweep, {})
        of_sweep[f"{row.loss}_{row.metric}"] = _rounded(row.average)
    return metrics


def _rounded(value: float) -> float | None:
    return None if np.isnan(value) else round(value, 3)
