"""Accuracies in per cent: at the end, at their best, along the way, compared."""

from collections.abc import Mapping
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd

from scaling_down.experiments.classification.published import TABLE_1
from scaling_down.experiments.classification.settings import Study, Training
from scaling_down.experiments.contract import Result, Results
from scaling_down.statistics.intervals import COLUMNS, mean_interval, paired_interval
from scaling_down.statistics.rows import curve_rows, summary_row

PER_CENT = 100
Values = dict[tuple[str, str], np.ndarray]


def summarise(
    study: Study, results: Results
) -> tuple[dict[str, pd.DataFrame], dict[str, Any]]:
    """Return the tables and the headline numbers of the benchmark."""
    final: Values
    rows, curves, final = [], [], {}
    trained = results.of(Training)
    for result in trained:
        condition = _condition(result)
        metrics = final_metrics(result)
        rows += [summary_row(condition, n, v) for n, v in metrics.items()]
        curves += _curves(condition, result)
        cell = result.settings.model, result.settings.positions
        final[cell] = metrics["test_accuracy_final"]
    summary = pd.DataFrame(rows)
    tables = {
        "summary": summary,
        "comparisons": _comparisons(final),
        "curves": pd.concat(curves),
        "table1": _table1(final),
        "plot": _plot(trained),
    }
    return tables, _metrics(summary)


def _condition(result: Result[Training]) -> dict[str, str]:
    return {
        "model": result.settings.model,
        "positions": result.settings.positions,
    }


def final_metrics(result: Result[Training]) -> dict[str, np.ndarray]:
    """Return each replica's numbers, [n], accuracies in per cent.

    `test_accuracy_best` is the best over the evaluations, chosen on the test set
    itself: an optimistic number, given since the paper seems to print it.
    """
    arrays = result.arrays
    return {
        "test_accuracy_final": PER_CENT * arrays["test_accuracy"][:, -1],
        "test_accuracy_best": PER_CENT * arrays["test_accuracy"].max(axis=1),
        "train_accuracy_final": PER_CENT * arrays["train_accuracy"][:, -1],
        "test_loss_final": arrays["test_loss"][:, -1],
        "train_loss_final": arrays["train_loss"][:, -1],
    }


def _curves(
    condition: Mapping[str, str], result: Result[Training]
) -> list[pd.DataFrame]:
    x = {"step": result.arrays["step"][0]}
    return [
        curve_rows(condition, metric, x, factor * result.arrays[metric])
        for metric, factor in (
            ("test_accuracy", PER_CENT), ("train_accuracy", PER_CENT),
            ("test_loss", 1), ("train_loss", 1),
        )
    ]  # fmt: skip


def _comparisons(final: Values) -> pd.DataFrame:
    """Return paired differences of final test accuracy, in percentage points."""
    rows = []
    for (first, a), (second, b) in combinations(final.items(), 2):
        if first[0] == second[0] or first[1] == second[1]:
            names = {
                "model": first[0],
                "positions": first[1],
                "other_model": second[0],
                "other_positions": second[1],
            }
            interval = paired_interval(a, b)
            rows.append({**names, "metric": "test_accuracy_final", **interval})
    columns = [
        "model", "positions", "other_model", "other_positions", "metric", *COLUMNS
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=columns)


def _table1(final: Values) -> pd.DataFrame:
    """Return our means and intervals beside the paper's Table 1."""
    rows = []
    for (model, positions), (published, sd) in TABLE_1.items():
        values = final.get((model, positions))
        measured = mean_interval(values) if values is not None else {"n": 0}
        origin = "measured" if values is not None else "published constant"
        condition = {"model": model, "data": positions, "origin": origin}
        published_row = {"published_mean": published, "published_sd": sd}
        rows.append({**condition, **measured, **published_row})
    columns = ["model", "data", "origin", *COLUMNS, "published_mean", "published_sd"]
    return pd.DataFrame(rows, columns=columns)


def _plot(trained: list[Result[Training]]) -> pd.DataFrame:
    """Return the mean test accuracies by step, a column a cell, for `dvc plots`."""
    columns = {
        "_".join(_condition(result).values()): PER_CENT
        * result.arrays["test_accuracy"].mean(axis=0)
        for result in trained
    }
    step = trained[0].arrays["step"][0]
    return pd.DataFrame({"step": step, **columns})


def _metrics(summary: pd.DataFrame) -> dict[str, Any]:
    final = summary[summary["metric"] == "test_accuracy_final"]
    return {
        "test_accuracy": {
            f"{row.model}_{row.positions}": round(row.average, 2)
            for row in final.rename(columns={"mean": "average"}).itertuples()
        }
    }
