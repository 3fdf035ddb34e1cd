"""The tickets trained again, in tables: final accuracies, differences, curves."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from scaling_down.experiments.contract import Arrays, Result, Results
from scaling_down.experiments.dataset.settings import TrainingSets
from scaling_down.experiments.lottery.settings import (
    BASELINE,
    CONTROLS,
    Arm,
    Condition,
    Study,
    Ticket,
    tickets_of,
)
from scaling_down.experiments.lottery.summarise.rounds import (
    COMPARED,
    FINALS,
    PER_CENT,
    POPULATION,
)
from scaling_down.statistics.rows import curve_rows, summary_row

Arms = dict[Condition, dict[str, Arrays]]
CURVES = ("train_loss", "train_accuracy", "test_loss", "test_accuracy")
DECAYED = "decayed"
"""The dense network with the L2 penalty that the test samples choose."""


def final_arms(study: Study, results: Results) -> Arms:
    """Return the final metrics of all arms, [R] each, in the parameters' order.

    The baseline has the control tickets too, and the dense network with weight decay.
    """
    arms: Arms = {
        condition: {
            t: _finals(_arm(results, condition, t)) for t in tickets_of(condition)
        }
        for condition in study.ablation.conditions
    }
    arms[BASELINE] |= {t: _finals(_arm(results, BASELINE, t)) for t in CONTROLS}
    if study.ablation.weight_decays:
        arms[BASELINE][DECAYED] = _finals(chosen_decay(results))
    return arms


def _arm(results: Results, condition: Condition, ticket: Ticket) -> Result[Arm]:
    positions, weights, training_sets = condition
    return results.one(
        Arm, positions=positions, weights=weights, training_sets=training_sets,
        ticket=ticket, weight_decay=0.0,
    )  # fmt: skip


def chosen_decay(results: Results) -> Result[Arm]:
    """Return the dense network with weight decay that is best on the test samples.

    By the mean over replicas. These samples choose, so that it is to be judged on
    fresh ones.
    """
    decayed = [arm for arm in results.of(Arm) if arm.settings.weight_decay > 0]
    return max(decayed, key=lambda arm: arm.arrays["test_accuracy"][:, -1].mean())


def _finals(arm: Result[Arm]) -> Arrays:
    history = arm.arrays
    finals = {n: unit * history[m][:, -1] for n, (m, unit) in FINALS.items()}
    best = PER_CENT * history["test_accuracy"].max(axis=1)
    population = PER_CENT * history[POPULATION]
    return {**finals, "test_accuracy_best": best, POPULATION: population}


def ablation_rows(arms: Arms) -> Iterator[dict[str, Any]]:
    """Yield the final metrics of all arms, alone and compared."""
    for condition, tickets in arms.items():
        for ticket, metrics in tickets.items():
            columns = _columns(condition, ticket)
            for metric, values in metrics.items():
                yield summary_row(columns, metric, values)
            for metric, values in _differences(arms, condition, ticket):
                yield summary_row(columns, metric, values)


def decay_rows(results: Results) -> Iterator[dict[str, Any]]:
    """Yield what the dense network reaches with each L2 penalty, 0 among them."""
    positions, weights, training_sets = BASELINE
    dense = results.of(
        Arm, positions=positions, weights=weights, training_sets=training_sets,
        ticket="dense",
    )  # fmt: skip
    for arm in dense:
        columns = {"weight_decay": arm.settings.weight_decay}
        for metric, values in _finals(arm).items():
            yield summary_row(columns, metric, values)


def _columns(condition: Condition, ticket: str) -> dict[str, str]:
    positions, weights, training_sets = condition
    return {
        "positions": positions,
        "weights": weights,
        "training_sets": training_sets,
        "ticket": ticket,
    }


def _differences(
    arms: Arms, condition: Condition, ticket: str
) -> Iterator[tuple[str, np.ndarray]]:
    """Yield an arm's paired differences to other arms, [R] each."""
    own = arms[condition][ticket]
    for name, other in _compared_with(arms, condition, ticket).items():
        for metric, what in COMPARED.items():
            yield f"{what}_difference_to_{name}", own[metric] - other[metric]


def _compared_with(arms: Arms, condition: Condition, ticket: str) -> dict[str, Arrays]:
    """Return the arms that one is compared with, by name."""
    others: dict[str, Arrays] = {}
    tickets, (positions, weights, training_sets) = arms[condition], condition
    if ticket != "dense":
        others |= {"dense": tickets["dense"]} if "dense" in tickets else {}
        others["pooled_dense"] = _pooled_dense(arms, training_sets)
    if ticket == "lottery":
        names = ("random", *CONTROLS, DECAYED)
        others |= {name: tickets[name] for name in names if name in tickets}
    plain: Condition = ("plain", "original", training_sets)
    if condition != plain and ticket in arms.get(plain, {}):
        others["baseline"] = arms[plain][ticket]
    shuffled: Condition = ("shuffled", "original", training_sets)
    if positions == "chunked" and shuffled in arms:
        others["shuffled"] = arms[shuffled][ticket]
    if positions != "plain" and weights != "original":
        same: Condition = ("plain", weights, training_sets)
        others |= {"plain": arms[same][ticket]} if same in arms else {}
    return others


def _pooled_dense(arms: Arms, training_sets: TrainingSets) -> Arrays:
    """Return the dense network's metrics, averaged over the conditions that have one.

    To a dense network all orders of the positions and all draws of its initial weights
    are alike: in each replica its arms differ by chance alone, and their mean by less.
    """
    alike = [
        tickets["dense"]
        for (_positions, _weights, trained_on), tickets in arms.items()
        if trained_on == training_sets and "dense" in tickets
    ]
    return {name: np.mean([arm[name] for arm in alike], axis=0) for name in alike[0]}


def ablation_replicas(arms: Arms) -> Iterator[dict[str, Any]]:
    """Yield each replica's final metrics and its differences to other arms."""
    for condition, tickets in arms.items():
        for ticket, metrics in tickets.items():
            found = metrics | dict(_differences(arms, condition, ticket))
            for metric, values in found.items():
                for replica, value in enumerate(values):
                    row = {"replica": replica, "metric": metric, "value": value}
                    yield {**_columns(condition, ticket), **row}


def ablation_curves(study: Study, results: Results) -> Iterator[pd.DataFrame]:
    """Yield the losses and accuracies of all arms by step."""
    for condition in study.ablation.conditions:
        for ticket in tickets_of(condition):
            history = _arm(results, condition, ticket).arrays
            x = {"step": history["step"][0]}
            for metric in CURVES:
                unit = PER_CENT if metric.endswith("accuracy") else 1
                values = unit * history[metric]
                yield curve_rows(_columns(condition, ticket), metric, x, values)
