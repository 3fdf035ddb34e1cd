"""The rounds of pruning in tables: by sparsity, and over ranges of it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from scaling_down.experiments.contract import Arrays, Results
from scaling_down.experiments.lottery.settings import Criterion, Rounds
from scaling_down.statistics.intervals import COLUMNS
from scaling_down.statistics.rows import curve_rows, summary_row

PER_CENT = 100
FINALS = {
    "test_accuracy_final": ("test_accuracy", PER_CENT),
    "train_accuracy_final": ("train_accuracy", PER_CENT),
    "test_loss_final": ("test_loss", 1),
    "train_loss_final": ("train_loss", 1),
}
"""The metrics at the last step: which history, and in what unit."""
COMPARED = ("test_accuracy", "test_loss")
RANGES = ((1, 60), (76, 95))
"""Ranges of sparsity in per cent that the paper speaks of, from and up to."""
RANGE_COLUMNS = ("criterion", "percent_from", "percent_to", "metric", *COLUMNS)


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


def joined_rounds(results: Results, criterion: Criterion) -> JoinedRounds:
    """Return all blocks of a criterion as one."""
    blocks = results.of(Rounds, criterion=criterion)
    blocks = sorted(blocks, key=lambda block: block.settings.rounds)
    finals = {
        name: np.concatenate([unit * b.arrays[what][:, :, -1] for b in blocks], axis=1)
        for name, (what, unit) in FINALS.items()
    }
    number = np.concatenate([block.settings.rounds for block in blocks])
    sparsity = np.concatenate([block.settings.sparsities for block in blocks])
    return JoinedRounds(number, sparsity, finals)


def round_rows(
    rounds: Mapping[Criterion, JoinedRounds],
) -> Iterator[pd.DataFrame]:
    """Yield the final metrics by sparsity, alone and compared."""
    for criterion, joined in rounds.items():
        x = {
            "round": joined.number,
            "sparsity": joined.sparsity,
            "percent": joined.percent,
        }
        condition = {"criterion": criterion}
        for metric, values in joined.finals.items():
            yield curve_rows(condition, metric, x, values)
        for what in COMPARED:
            for other, difference in _differences(rounds, criterion, f"{what}_final"):
                metric = f"{what}_difference_to_{other}"
                yield curve_rows(condition, metric, x, difference)


def _differences(
    rounds: Mapping[Criterion, JoinedRounds], criterion: Criterion, metric: str
) -> Iterator[tuple[str, np.ndarray]]:
    """Yield the paired differences to the dense network and to random masks, [R, K]."""
    values = rounds[criterion].finals[metric]
    yield "dense", values - values[:, :1]
    if criterion == "magnitude":
        yield "random", values - rounds["random"].finals[metric]


def range_rows(
    rounds: Mapping[Criterion, JoinedRounds],
) -> Iterator[dict[str, Any]]:
    """Yield what magnitude has over random masks, averaged over ranges of sparsity."""
    percent = PER_CENT * rounds["magnitude"].sparsity
    for first, last in RANGES:
        chosen = (first <= percent) & (percent <= last)
        if not chosen.any():
            continue
        condition = {
            "criterion": "magnitude", "percent_from": first, "percent_to": last
        }  # fmt: skip
        for what in COMPARED:
            differences = dict(_differences(rounds, "magnitude", f"{what}_final"))
            values = differences["random"][:, chosen].mean(axis=1)
            yield summary_row(condition, f"{what}_difference_to_random", values)


def round_plot(rounds: Mapping[Criterion, JoinedRounds]) -> pd.DataFrame:
    """Return the mean test accuracies by sparsity, for `dvc plots`."""
    means: dict[str, np.ndarray] = {
        criterion: joined.finals["test_accuracy_final"].mean(axis=0)
        for criterion, joined in rounds.items()
    }
    return pd.DataFrame({"sparsity": rounds["magnitude"].sparsity, **means})
