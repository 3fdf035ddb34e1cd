"""The tickets trained again, in tables: final accuracies, differences, curves."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from scaling_down.experiments.contract import Arrays, Result, Results
from scaling_down.experiments.lottery.settings import (
    BASELINE,
    TICKETS,
    Arm,
    Condition,
    Study,
    Ticket,
    Weights,
)
from scaling_down.experiments.lottery.summarise.rounds import (
    COMPARED,
    FINALS,
    PER_CENT,
)
from scaling_down.statistics.rows import curve_rows, summary_row

Arms = dict[Condition, dict[Ticket, Arrays]]
CURVES = ("train_loss", "train_accuracy", "test_loss", "test_accuracy")


def final_arms(study: Study, results: Results) -> Arms:
    """Return the final metrics of all arms, [R] each, in the parameters' order."""
    return {
        condition: {t: _finals(_arm(results, condition, t)) for t in TICKETS}
        for condition in study.ablation.conditions
    }


def _arm(results: Results, condition: Condition, ticket: Ticket) -> Result[Arm]:
    positions, weights = condition
    return results.one(Arm, positions=positions, weights=weights, ticket=ticket)


def _finals(arm: Result[Arm]) -> Arrays:
    history = arm.arrays
    finals = {n: unit * history[m][:, -1] for n, (m, unit) in FINALS.items()}
    best = PER_CENT * history["test_accuracy"].max(axis=1)
    return {**finals, "test_accuracy_best": best}


def ablation_rows(arms: Arms) -> Iterator[dict[str, Any]]:
    """Yield the final metrics of all arms, alone and compared."""
    for condition, tickets in arms.items():
        for ticket, metrics in tickets.items():
            columns = _columns(condition, ticket)
            for metric, values in metrics.items():
                yield summary_row(columns, metric, values)
            for metric, values in _differences(arms, condition, ticket):
                yield summary_row(columns, metric, values)


def _columns(condition: Condition, ticket: Ticket) -> dict[str, str]:
    positions, weights = condition
    return {"positions": positions, "weights": weights, "ticket": ticket}


def _differences(
    arms: Arms, condition: Condition, ticket: Ticket
) -> Iterator[tuple[str, np.ndarray]]:
    """Yield an arm's paired differences to other arms, [R] each."""
    for name, other in _compared_with(arms, condition, ticket).items():
        for what in COMPARED:
            metric = f"{what}_final"
            difference = arms[condition][ticket][metric] - other[metric]
            yield f"{what}_difference_to_{name}", difference


def _compared_with(
    arms: Arms, condition: Condition, ticket: Ticket
) -> dict[str, Arrays]:
    """Return the arms that one is compared with, by name."""
    others: dict[str, Arrays] = {}
    if ticket != "dense":
        others["dense"] = arms[condition]["dense"]
        others["pooled_dense"] = _pooled_dense(arms, condition[1])
    if ticket == "lottery":
        others["random"] = arms[condition]["random"]
    if condition != BASELINE and BASELINE in arms:
        others["baseline"] = arms[BASELINE][ticket]
    shuffled: Condition = ("shuffled", "original")
    if condition == ("chunked", "original") and shuffled in arms:
        others["shuffled"] = arms[shuffled][ticket]
    return others


def _pooled_dense(arms: Arms, weights: Weights) -> Arrays:
    """Return the dense network's metrics, averaged over the orders of the positions.

    For a dense network all orders are alike: in each replica its arms differ by noise
    alone, and their mean has less of it.
    """
    alike = [tickets["dense"] for (_, w), tickets in arms.items() if w == weights]
    return {name: np.mean([arm[name] for arm in alike], axis=0) for name in alike[0]}


def ablation_replicas(arms: Arms) -> Iterator[dict[str, Any]]:
    """Yield each replica's accuracy and its difference to the dense network's."""
    for condition, tickets in arms.items():
        for ticket, metrics in tickets.items():
            accuracy = metrics["test_accuracy_final"]
            benefit = accuracy - tickets["dense"]["test_accuracy_final"]
            for replica in range(len(accuracy)):
                yield {
                    **_columns(condition, ticket),
                    "replica": replica,
                    "test_accuracy_final": accuracy[replica],
                    "test_accuracy_difference_to_dense": benefit[replica],
                }


def ablation_curves(study: Study, results: Results) -> Iterator[pd.DataFrame]:
    """Yield the losses and accuracies of all arms by step."""
    for condition in study.ablation.conditions:
        for ticket in TICKETS:
            history = _arm(results, condition, ticket).arrays
            x = {"step": history["step"][0]}
            for metric in CURVES:
                unit = PER_CENT if metric.endswith("accuracy") else 1
                values = unit * history[metric]
                yield curve_rows(_columns(condition, ticket), metric, x, values)
