"""The tables of the metalearned activation."""

from typing import Any

import numpy as np
import pandas as pd

from scaling_down.experiments.contract import Result, Results
from scaling_down.experiments.metalearn_activation.settings import Metalearning, Study
from scaling_down.experiments.metalearn_activation.summarise.comparisons import (
    advantage_rows,
    arm_values,
    compared_arms,
    comparison_rows,
    rate_rows,
)
from scaling_down.experiments.metalearn_activation.summarise.functions import (
    function_rows,
    shape_metrics,
    shape_rows,
)
from scaling_down.statistics.rows import curve_rows, summary_row

PER_CENT = 100
CURVES = {
    "outer_loss": 1, "final_inner_loss": 1, "test_accuracy": PER_CENT,
    "share_outside": 1,
}  # fmt: skip
"""What each outer step shows, and in what unit."""


def summarise(
    study: Study, results: Results
) -> tuple[dict[str, pd.DataFrame], dict[str, Any]]:
    """Return the tables and the headline numbers of the metalearned activation."""
    trained = results.of(Metalearning)
    learned = results.of(Metalearning, family="learned")
    arms = compared_arms(results)
    summary = [
        summary_row(_condition(result), metric, values)
        for result in trained
        for metric, values in _metrics_of(result).items()
    ]
    summary += advantage_rows(arms, study)
    tables = {
        "summary": pd.DataFrame(summary),
        "curves": pd.concat([c for result in trained for c in _curves(result)]),
        "arms": pd.DataFrame(summary_row(*row) for row in arm_values(arms, study)),
        "arm_replicas": pd.DataFrame(
            {**condition, "metric": metric, "replica": replica, "value": value}
            for condition, metric, values in arm_values(arms, study)
            for replica, value in enumerate(values)
        ),
        "rates": pd.DataFrame(rate_rows(arms)),
        "comparisons": pd.DataFrame(comparison_rows(arms, study)),
        "functions": pd.concat([function_rows(result) for result in learned]),
        "shapes": pd.DataFrame([row for r in learned for row in shape_rows(r)]),
        "plot": _plot(trained),
    }
    return tables, _headlines(tables["summary"])


def _condition(result: Result[Metalearning]) -> dict[str, str]:
    return {"activation": result.settings.family, "protocol": result.settings.protocol}


def _curves(result: Result[Metalearning]) -> list[pd.DataFrame]:
    x = {"outer_step": result.arrays["outer_step"][0]}
    return [
        curve_rows(_condition(result), metric, x, unit * result.arrays[metric])
        for metric, unit in CURVES.items()
    ]


def _metrics_of(result: Result[Metalearning]) -> dict[str, np.ndarray]:
    """Return each replica's numbers, [n]; accuracies in per cent.

    `late` is the last third of the outer steps: the outer dynamics are chaotic, and
    single steps say little.
    """
    loss = result.arrays["outer_loss"]
    accuracy = PER_CENT * result.arrays["test_accuracy"]
    late = slice(-(loss.shape[1] // 3), None)
    metrics = {
        "outer_loss_first": loss[:, 0],
        "outer_loss_last": loss[:, -1],
        "outer_loss_change": loss[:, -1] - loss[:, 0],
        "outer_loss_late": loss[:, late].mean(axis=1),
        "test_accuracy_first": accuracy[:, 0],
        "test_accuracy_last": accuracy[:, -1],
        "test_accuracy_late": accuracy[:, late].mean(axis=1),
        "test_accuracy_best": accuracy.max(axis=1),
        "share_outside": result.arrays["share_outside"].max(axis=1),
    }
    if result.settings.family == "learned":
        return metrics | shape_metrics(result)
    into, out = result.arrays["parameters"].T
    return metrics | {"gain_in": into, "gain_out": out}


def _plot(trained: list[Result[Metalearning]]) -> pd.DataFrame:
    columns = {
        "_".join(_condition(result).values()): result.arrays["outer_loss"].mean(axis=0)
        for result in trained
    }
    return pd.DataFrame({"outer_step": trained[0].arrays["outer_step"][0], **columns})


def _headlines(summary: pd.DataFrame) -> dict[str, Any]:
    late = summary[summary["metric"] == "test_accuracy_late"]
    return {
        "test_accuracy": {
            f"{row.activation}_{row.protocol}": round(row.average, 2)
            for row in late.rename(columns={"mean": "average"}).itertuples()
        }
    }
