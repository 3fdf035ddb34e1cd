"""Accuracies in per cent: at the end, at their best, along the way, compared."""

from collections.abc import Iterator, Mapping
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
HARD_DIGITS = [2, 7]
"""Those on which the paper's CNN and its human err most."""
COMPARED = ("test_accuracy_final", "test_accuracy_population")
Values = dict[tuple[str, ...], dict[str, np.ndarray]]


def summarise(
    study: Study, results: Results
) -> tuple[dict[str, pd.DataFrame], dict[str, Any]]:
    """Return the tables and the headline numbers of the benchmark."""
    final: Values
    rows, curves, final = [], [], {}
    errors: list[dict[str, Any]] = []
    trained = results.of(Training)
    for result in trained:
        condition = _condition(result)
        metrics = final_metrics(result)
        rows += [summary_row(condition, n, v) for n, v in metrics.items()]
        curves += _curves(condition, result)
        errors += _errors(condition, result)
        final[tuple(condition.values())] = metrics
    summary = pd.DataFrame(rows)
    tables = {
        "summary": summary,
        "comparisons": _comparisons(final),
        "curves": pd.concat(curves),
        "errors": pd.DataFrame(errors),
        "table1": _table1(final),
        "plot": _plot(trained),
    }
    return tables, _metrics(summary)


def _condition(result: Result[Training]) -> dict[str, str]:
    return {
        "model": result.settings.model,
        "positions": result.settings.positions,
        "training_sets": result.settings.training_sets,
    }


def final_metrics(result: Result[Training]) -> dict[str, np.ndarray]:
    """Return each replica's numbers, [n], accuracies in per cent.

    `test_accuracy_best` is the best over the evaluations, chosen on the test set
    itself: an optimistic number, given since the paper seems to print it.
    `test_accuracy_population` is the final one on fresh samples, and the excess error
    by how much the error on the digits 2 and 7 exceeds that on all, there.
    """
    arrays = result.arrays
    overall = arrays["test_accuracy_population"]
    on_both = arrays["class_accuracy_population"][:, HARD_DIGITS].mean(axis=1)
    return {
        "test_accuracy_final": PER_CENT * arrays["test_accuracy"][:, -1],
        "test_accuracy_best": PER_CENT * arrays["test_accuracy"].max(axis=1),
        "test_accuracy_population": PER_CENT * overall,
        "excess_error_on_2_and_7": PER_CENT * (overall - on_both),
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


def _errors(
    condition: Mapping[str, str], result: Result[Training]
) -> Iterator[dict[str, Any]]:
    """Yield the errors by digit on fresh samples, in per cent."""
    accuracies = result.arrays["class_accuracy_population"]
    for digit, accuracy in enumerate(accuracies.T):
        columns = {**condition, "digit": digit}
        yield summary_row(columns, "error_population", PER_CENT * (1 - accuracy))


def _comparisons(final: Values) -> pd.DataFrame:
    """Return paired differences of final test accuracies, in percentage points.

    Of cells that differ in the model or in the positions alone.
    """
    rows = []
    for (first, a), (second, b) in combinations(final.items(), 2):
        if first[2] == second[2] and (first[0] == second[0] or first[1] == second[1]):
            names = {
                "training_sets": first[2],
                "model": first[0],
                "positions": first[1],
                "other_model": second[0],
                "other_positions": second[1],
            }
            for metric in COMPARED:
                interval = paired_interval(a[metric], b[metric])
                rows.append({**names, "metric": metric, **interval})
    columns = [
        "training_sets", "model", "positions", "other_model", "other_positions",
        "metric", *COLUMNS,
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=columns)


def _table1(final: Values) -> pd.DataFrame:
    """Return our means and intervals beside the paper's Table 1."""
    rows = []
    for (model, positions), (published, sd) in TABLE_1.items():
        metrics = final.get((model, positions, "shared"))
        values = None if metrics is None else metrics["test_accuracy_final"]
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
    """Return the mean final test accuracies on the shared training set."""
    final = summary[
        (summary["metric"] == "test_accuracy_final")
        & (summary["training_sets"] == "shared")
    ]
    return {
        "test_accuracy": {
            f"{row.model}_{row.positions}": round(row.average, 2)
            for row in final.rename(columns={"mean": "average"}).itertuples()
        }
    }
