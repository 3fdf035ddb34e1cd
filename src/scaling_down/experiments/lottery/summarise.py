"""Lottery tickets in tables: by sparsity, by ablation, and what their masks show.

Accuracies are in per cent, differences of them in points; differences are paired.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd

from scaling_down.experiments.contract import Result
from scaling_down.experiments.lottery.headlines import headlines
from scaling_down.experiments.lottery.measured import PER_CENT, Measured, collect
from scaling_down.experiments.lottery.settings import CRITERIA
from scaling_down.experiments.lottery.summarise_masks import mask_tables
from scaling_down.statistics.rows import curve_rows, summary_row

BASELINE = ("plain", "original")
COMPARED = ("test_accuracy", "test_loss")


def summarise(
    settings: Mapping[str, Any], results: Mapping[str, Result]
) -> tuple[dict[str, pd.DataFrame], dict[str, Any]]:
    """Return the tables and the headline numbers of the lottery tickets."""
    measured = collect(settings, results)
    summary = headlines(settings, measured)
    tables = {
        "summary": summary,
        "rounds": pd.concat(_rounds(measured)),
        "ablations": pd.DataFrame(_ablations(measured)),
        "ablation_replicas": pd.DataFrame(_ablation_replicas(measured)),
        "curves": pd.concat(_curves(measured)),
        **mask_tables(settings["ablation"]["sparsity"], measured),
        "plot": _plot(measured),
    }
    return tables, _metrics(summary)


def _rounds(measured: Measured) -> Iterator[pd.DataFrame]:
    x = {"round": measured.number, "sparsity": measured.sparsity}
    for criterion, metrics in measured.rounds.items():
        condition = {"criterion": criterion}
        for metric, values in metrics.items():
            yield curve_rows(condition, metric, x, values)
        for what in COMPARED:
            values = metrics[f"{what}_final"]
            against_dense = values - values[:, :1]
            yield curve_rows(condition, f"{what}_difference_to_dense", x, against_dense)
            if criterion == "magnitude":
                against = values - measured.rounds["random"][f"{what}_final"]
                yield curve_rows(condition, f"{what}_difference_to_random", x, against)


def _ablations(measured: Measured) -> Iterator[dict[str, Any]]:
    for pair, arms in measured.ablations.items():
        for ticket, metrics in arms.items():
            condition = _condition(pair, ticket)
            for metric, values in metrics.items():
                yield summary_row(condition, metric, values)
            for metric, values in _differences(measured, pair, ticket):
                yield summary_row(condition, metric, values)


def _condition(pair: tuple[str, str], ticket: str) -> dict[str, str]:
    return {"positions": pair[0], "weights": pair[1], "ticket": ticket}


def _differences(
    measured: Measured, pair: tuple[str, str], ticket: str
) -> Iterator[tuple[str, np.ndarray]]:
    """Yield an arm's paired differences to dense, to random and to the baseline."""
    arms = measured.ablations[pair]
    against = {
        "dense": arms["dense"] if ticket != "dense" else None,
        "random": arms["random"] if ticket == "lottery" else None,
        "baseline": measured.ablations.get(BASELINE, {}).get(ticket)
        if pair != BASELINE
        else None,
    }
    for name, other in against.items():
        if other is not None:
            for what in COMPARED:
                difference = arms[ticket][f"{what}_final"] - other[f"{what}_final"]
                yield f"{what}_difference_to_{name}", difference


def _ablation_replicas(measured: Measured) -> Iterator[dict[str, Any]]:
    for pair, arms in measured.ablations.items():
        for ticket, metrics in arms.items():
            accuracy = metrics["test_accuracy_final"]
            benefit = accuracy - arms["dense"]["test_accuracy_final"]
            for place, replica in enumerate(measured.replicas):
                yield {
                    **_condition(pair, ticket),
                    "replica": replica,
                    "test_accuracy_final": accuracy[place],
                    "test_accuracy_difference_to_dense": benefit[place],
                }


def _curves(measured: Measured) -> Iterator[pd.DataFrame]:
    for pair, arms in measured.histories.items():
        for ticket, history in arms.items():
            x = {"step": history["step"][0]}
            for metric in (
                "train_loss",
                "train_accuracy",
                "test_loss",
                "test_accuracy",
            ):
                unit = PER_CENT if metric.endswith("accuracy") else 1
                values = unit * history[metric]
                yield curve_rows(_condition(pair, ticket), metric, x, values)


def _plot(measured: Measured) -> pd.DataFrame:
    """Return the mean test accuracies by sparsity, for `dvc plots`."""
    means = {
        criterion: measured.rounds[criterion]["test_accuracy_final"].mean(axis=0)
        for criterion in CRITERIA
    }
    return pd.DataFrame({"sparsity": measured.sparsity, **means})


def _metrics(summary: pd.DataFrame) -> dict[str, Any]:
    named = summary.rename(columns={"mean": "average"}).itertuples()
    chosen = ("test_accuracy_final", "test_accuracy_difference")
    return {r.quantity: round(r.average, 2) for r in named if r.metric in chosen}
