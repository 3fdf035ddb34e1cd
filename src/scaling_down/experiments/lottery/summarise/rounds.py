"""The rounds of pruning in tables: by sparsity, and over ranges of it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from scaling_down.experiments.contract import Arrays, Result, Results
from scaling_down.experiments.lottery.settings import (
    Criterion,
    Protocol,
    Rounds,
    Study,
)
from scaling_down.statistics.intervals import COLUMNS, mean_interval
from scaling_down.statistics.peaks import widened_to_grid
from scaling_down.statistics.rows import curve_rows, summary_row

PER_CENT = 100
FINALS = {
    "test_accuracy_final": ("test_accuracy", PER_CENT),
    "train_accuracy_final": ("train_accuracy", PER_CENT),
    "test_loss_final": ("test_loss", 1),
    "train_loss_final": ("train_loss", 1),
}
"""The metrics at the last step: which history, and in what unit."""
POPULATION = "test_accuracy_population"
COMPARED = {
    "test_accuracy_final": "test_accuracy",
    "test_loss_final": "test_loss",
    POPULATION: POPULATION,
}
"""The final metrics that are compared, and what their differences are called."""
RANGES = ((1, 60), (76, 95))
"""Ranges of sparsity in per cent that the paper speaks of, from and up to."""
RANGE_COLUMNS = (
    "protocol", "criterion", "percent_from", "percent_to", "metric", *COLUMNS
)  # fmt: skip


@dataclass(frozen=True)
class JoinedRounds:
    """The rounds of a criterion: `number`, `sparsity` [K] and final metrics [R, K]."""

    number: np.ndarray
    sparsity: np.ndarray
    finals: Arrays

    @property
    def percent(self) -> np.ndarray:
        """Return the sparsities in whole per cent, [K]."""
        return np.round(PER_CENT * self.sparsity).astype(np.int64)

    def only(self, places: np.ndarray) -> "JoinedRounds":
        """Return some of the rounds."""
        finals = {name: values[:, places] for name, values in self.finals.items()}
        return JoinedRounds(self.number[places], self.sparsity[places], finals)


Pruned = dict[Criterion, JoinedRounds]


def pruned(study: Study, results: Results, protocol: Protocol) -> Pruned:
    """Return the rounds of a protocol, of each criterion."""
    score_step, random_masks = study.scoring(protocol)
    return {
        "magnitude": _joined(results.of(Rounds, score_step=score_step)),
        "random": _joined(results.of(Rounds, random_masks=random_masks)),
    }


def _joined(blocks: Sequence[Result[Rounds]]) -> JoinedRounds:
    """Return all blocks of a criterion as one."""
    blocks = sorted(blocks, key=lambda block: block.settings.rounds)
    finals = {
        name: np.concatenate([unit * b.arrays[what][:, :, -1] for b in blocks], axis=1)
        for name, (what, unit) in FINALS.items()
    }
    fresh = [PER_CENT * block.arrays[POPULATION] for block in blocks]
    finals[POPULATION] = np.concatenate(fresh, axis=1)
    number = np.concatenate([block.settings.rounds for block in blocks])
    sparsity = np.concatenate([block.settings.sparsities for block in blocks])
    return JoinedRounds(number, sparsity, finals)


def round_rows(rounds: Mapping[Protocol, Pruned]) -> Iterator[pd.DataFrame]:
    """Yield the final metrics by sparsity, alone and compared."""
    for protocol, criteria in rounds.items():
        for criterion, joined in criteria.items():
            condition = {"protocol": protocol, "criterion": criterion}
            for metric, values in joined.finals.items():
                yield curve_rows(condition, metric, _axes(joined), values)
            for other, (compared, differences) in _differences(criteria, criterion):
                for name, values in differences.items():
                    metric = f"{name}_difference_to_{other}"
                    yield curve_rows(condition, metric, _axes(compared), values)


def _axes(joined: JoinedRounds) -> dict[str, np.ndarray]:
    return {
        "round": joined.number,
        "sparsity": joined.sparsity,
        "percent": joined.percent,
    }


def _differences(
    criteria: Pruned, criterion: Criterion
) -> Iterator[tuple[str, tuple[JoinedRounds, Arrays]]]:
    """Yield what rounds are compared with, which of them, and the paired differences.

    With the dense network, which is the first round, and with random masks, of which
    there may be fewer rounds; the differences are [R, K], by what they are called.
    """
    joined, dense = criteria[criterion], criteria["magnitude"]
    yield "dense", (joined, _less(joined, dense.only(np.array([0]))))
    if criterion == "magnitude":
        random = criteria["random"]
        beside = joined.only(np.flatnonzero(np.isin(joined.number, random.number)))
        yield "random", (beside, _less(beside, random))


def _less(joined: JoinedRounds, other: JoinedRounds) -> Arrays:
    return {
        name: joined.finals[metric] - other.finals[metric]
        for metric, name in COMPARED.items()
    }


def range_rows(rounds: Mapping[Protocol, Pruned]) -> Iterator[dict[str, Any]]:
    """Yield what magnitude has over random masks, averaged over ranges of sparsity."""
    for protocol, criteria in rounds.items():
        beside, differences = dict(_differences(criteria, "magnitude"))["random"]
        percent = PER_CENT * beside.sparsity
        for first, last in RANGES:
            chosen = (first <= percent) & (percent <= last)
            if not chosen.any():
                continue
            condition = {
                "protocol": protocol, "criterion": "magnitude",
                "percent_from": first, "percent_to": last,
            }  # fmt: skip
            for name, values in differences.items():
                mean = values[:, chosen].mean(axis=1)
                yield summary_row(condition, f"{name}_difference_to_random", mean)


def lowest_loss_rows(rounds: Mapping[Protocol, Pruned]) -> Iterator[dict[str, Any]]:
    """Yield at what sparsity, in per cent, each replica's test loss is lowest."""
    for protocol, criteria in rounds.items():
        for criterion, joined in criteria.items():
            lowest = joined.finals["test_loss_final"].argmin(axis=1)
            condition = {"protocol": protocol, "criterion": criterion}
            percent = PER_CENT * joined.sparsity
            interval = widened_to_grid(mean_interval(percent[lowest]), percent)
            metric = {"metric": "percent_of_lowest_test_loss"}
            yield {**condition, **metric, **interval}


def round_plot(criteria: Pruned) -> pd.DataFrame:
    """Return the mean test accuracies by sparsity, for `dvc plots`."""
    frames = [
        pd.DataFrame(
            {
                "sparsity": joined.sparsity,
                criterion: joined.finals["test_accuracy_final"].mean(axis=0),
            }
        ).set_index("sparsity")
        for criterion, joined in criteria.items()
    ]
    return pd.concat(frames, axis=1).reset_index()
