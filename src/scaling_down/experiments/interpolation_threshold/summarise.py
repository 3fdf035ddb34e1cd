"""Tables of the sweeps: curves, thresholds, and how they grow with n and K.

Thresholds are numbers of parameters. Errors are in per cent, losses relative to that
of the best constant answer. Training metrics are over the labels that were trained on.
Every threshold is found by several criteria, at several levels.
"""

from collections.abc import Iterator, Mapping, Sequence
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
    main_criterion,
    thresholds,
)
from scaling_down.experiments.interpolation_threshold.exponents import (
    EXPONENTS,
    changes,
    exponents,
    lengths,
    limit,
    local_exponents,
    longer_and_shorter,
    shared_exponents,
)
from scaling_down.experiments.interpolation_threshold.published import PREDICTED
from scaling_down.experiments.interpolation_threshold.settings import (
    LOSSES,
    Loss,
    Study,
    Sweep,
    regular,
)
from scaling_down.statistics.curves import held_out_heights
from scaling_down.statistics.intervals import COLUMNS, mean_interval
from scaling_down.statistics.rows import curve_rows

PER_CENT = 100
METRICS = ("train_loss_relative", "test_loss_relative", "train_error", "test_error")
CRITERION = [*Criterion._fields, "metric"]
SUMMARY = ["sweep", "loss", *CRITERION, "predicted"]
THRESHOLDS = [*Cell._fields, *CRITERION]
SHARED = ["sweep", "loss", "cells", *CRITERION]
LOCAL = ["sweep", "loss", "n_train", "classes_from", "classes_to", *CRITERION]
LENGTHS = [*Cell._fields, "epochs", *CRITERION]
Values = Iterator[tuple[dict[str, Any], np.ndarray]]
"""A row's columns of condition, metric among them, and the replicas' values, [R]."""
Rows = Sequence[tuple[dict[str, Any], np.ndarray]]


def summarise(
    study: Study, results: Results
) -> tuple[dict[str, pd.DataFrame], dict[str, Any]]:
    """Return the tables and the headline numbers of the sweeps."""
    cells = collect(study, results)
    found = {cell: thresholds(study, arrays) for cell, arrays in cells.items()}
    summary = list(_summary(study, cells, found))
    measured = list(_thresholds(found))
    shared = list(_shared(study, found))
    local = list(_local(study, found))
    by_length = list(_lengths(study, found))
    parameters = [row for row in measured if row[0]["metric"] == "parameters"]
    tables = {
        "summary": _table(summary, SUMMARY),
        "replicas": _replicas([*summary, *parameters, *shared, *local, *by_length]),
        "curves": pd.concat(_curves(cells)),
        "thresholds": _table(measured, THRESHOLDS),
        "shared_exponents": _table(shared, SHARED),
        "local_exponents": _table(local, LOCAL),
        "lengths": _table(by_length, LENGTHS),
        "plot": _plot(study, found),
    }
    return tables, _metrics(study, tables["summary"])


def _table(rows: Rows, condition: Sequence[str]) -> pd.DataFrame:
    made = [{**columns, **mean_interval(values)} for columns, values in rows]
    return pd.DataFrame(made, columns=[*condition, *COLUMNS])


def _replicas(rows: Rows) -> pd.DataFrame:
    """Return each replica's value, what is predicted left out."""
    return pd.DataFrame(
        {**columns, "replica": replica, "value": value}
        for columns, values in rows
        for replica, value in enumerate(values)
    ).drop(columns="predicted")


def _curves(cells: Mapping[Cell, Arrays]) -> Iterator[pd.DataFrame]:
    for cell, arrays in cells.items():
        x = {name: arrays[name][0] for name in ("width", "parameters")}
        for metric in METRICS:
            yield curve_rows(cell._asdict(), metric, x, arrays[metric])


def _thresholds(found: Thresholds) -> Values:
    for cell, by_criterion in found.items():
        n, classes = cell.n_train, cell.classes
        units = {
            "parameters": 1,
            "over_n": n,
            "over_nk": n * classes,
            # One-hot targets sum to one: the K outputs have K - 1 answers to learn.
            "over_n_k_less_1": n * (classes - 1),
            "over_bits": n * np.log2(classes),
        }
        for criterion, values in by_criterion.items():
            condition = {**cell._asdict(), **criterion._asdict()}
            for metric, unit in units.items():
                yield {**condition, "metric": metric}, values / unit


def _summary(study: Study, cells: Mapping[Cell, Arrays], found: Thresholds) -> Values:
    """Yield exponents, rises to the peak, and what longer training changes.

    The claim knows of no such change. A curve has one cell, and no exponent.
    """
    for sweep, loss in _trained(regular(study.sweeps)):
        for criterion in criteria(study):
            fits = exponents(cells_of(sweep, loss), criterion, found)
            condition = _condition(sweep, loss, criterion)
            for metric, values in fits.items():
                predicted = PREDICTED[loss][metric]
                yield {**condition, "metric": metric, "predicted": predicted}, values
    for sweep, loss in _trained(study.sweeps):
        yield _peak_rise(sweep, loss, cells)
    for longer, shorter, loss in longer_and_shorter(study.sweeps):
        for criterion in criteria(study):
            condition = _condition(longer, loss, criterion)
            rows = changes(longer, shorter, loss, criterion, found)
            for metric, values in rows.items():
                yield {**condition, "metric": metric, "predicted": 0}, values


def _trained(sweeps: Sequence[Sweep]) -> Iterator[tuple[Sweep, Loss]]:
    yield from ((s, loss) for s in sweeps for loss in LOSSES if s.of(loss))


def _condition(sweep: Sweep, loss: Loss, criterion: Criterion) -> dict[str, Any]:
    return {"sweep": sweep.name, "loss": loss, **criterion._asdict()}


def _peak_rise(
    sweep: Sweep, loss: Loss, cells: Mapping[Cell, Arrays]
) -> tuple[dict[str, Any], np.ndarray]:
    """Return how far the relative test loss rises to its peak, mean over the cells."""
    curves = [cells[cell]["test_loss_relative"] for cell in cells_of(sweep, loss)]
    rises = np.stack([held_out_heights(curve)["rise"] for curve in curves])
    condition = _condition(sweep, loss, TEST_PEAK)
    return {**condition, "metric": "peak_rise_relative"}, rises.mean(axis=0)


def _shared(study: Study, found: Thresholds) -> Values:
    """Yield the exponents on the cells that all kinds of labels have in common."""
    for loss in LOSSES:
        for criterion in criteria(study):
            fits = shared_exponents(study.sweeps, loss, criterion, found)
            for sweep, cells, fit in fits:
                condition = {**_condition(sweep, loss, criterion), "cells": cells}
                for metric in EXPONENTS:
                    yield {**condition, "metric": f"shared_{metric}"}, fit[metric]


def _local(study: Study, found: Thresholds) -> Values:
    """Yield the exponents in K between neighbouring numbers of classes."""
    for sweep, loss in _trained(study.sweeps):
        for criterion in criteria(study):
            pairs = local_exponents(sweep, loss, criterion, found)
            for fewer, more, values in pairs:
                between = {
                    "n_train": fewer.n_train,
                    "classes_from": fewer.classes,
                    "classes_to": more.classes,
                    "metric": "local_exponent_k",
                }
                yield {**_condition(sweep, loss, criterion), **between}, values


def _lengths(study: Study, found: Thresholds) -> Values:
    """Yield thresholds over n by length of training, their changes and their limits.

    `change_by_doubling` is in per cent of the threshold at half of the epochs; a limit
    needs three lengths.
    """
    epochs = {sweep.name: sweep.epochs for sweep in study.sweeps}
    for loss in LOSSES:
        for cells in lengths(study.sweeps, loss):
            for criterion in criteria(study):
                yield from _lengths_of(cells, epochs, criterion, found)


def _lengths_of(
    cells: Sequence[Cell],
    epochs: Mapping[str, int],
    criterion: Criterion,
    found: Thresholds,
) -> Values:
    over_n = np.stack([found[cell][criterion] / cell.n_train for cell in cells])
    growth = over_n[1:] / over_n[:-1] - 1
    conditions = [
        {**cell._asdict(), "epochs": epochs[cell.sweep], **criterion._asdict()}
        for cell in cells
    ]
    for condition, values in zip(conditions, over_n, strict=True):
        yield {**condition, "metric": "over_n"}, values
    for condition, values in zip(conditions[1:], growth, strict=True):
        yield {**condition, "metric": "change_by_doubling"}, PER_CENT * values
    if len(cells) > 2:
        yield {**conditions[-1], "metric": "limit_over_n"}, limit(over_n[-3:])


def _plot(study: Study, found: Thresholds) -> pd.DataFrame:
    """Return the first sweep's mean thresholds over n by classes, for `dvc plots`."""
    sweep = study.sweeps[0]
    n = sweep.fullest_n()
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
