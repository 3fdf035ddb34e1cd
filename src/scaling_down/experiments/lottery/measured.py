"""The numbers of all runs, put together by what they are about."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from scaling_down.experiments.contract import Arrays, Result
from scaling_down.experiments.lottery.settings import CRITERIA, TICKETS

PER_CENT = 100
FINALS = {
    "test_accuracy_final": ("test_accuracy", PER_CENT),
    "train_accuracy_final": ("train_accuracy", PER_CENT),
    "test_loss_final": ("test_loss", 1),
    "train_loss_final": ("train_loss", 1),
}
"""The metrics at the last step: which history, and in what unit."""

Condition = tuple[str, str]


@dataclass(frozen=True)
class Measured:
    """What was measured, each array with the replica as axis 0.

    `number`, `sparsity` [K] are of the rounds; `rounds` by criterion and metric [R,
    K]; `ablations` by (positions, weights), ticket and metric [R]; `histories` by
    (positions, weights) and ticket; `masks` by criterion and round. Accuracies are
    in per cent but in the histories.
    """

    number: np.ndarray
    sparsity: np.ndarray
    rounds: dict[str, Arrays]
    ablations: dict[Condition, dict[str, Arrays]]
    histories: dict[Condition, dict[str, Arrays]]
    masks: dict[str, dict[int, Result]]
    replicas: tuple[int, ...]

    def place(self, sparsity: float) -> int:
        """Return the place in `rounds` of the round whose sparsity is nearest."""
        return int(np.abs(self.sparsity - sparsity).argmin())


def collect(settings: Mapping[str, Any], results: Mapping[str, Result]) -> Measured:
    """Return the numbers of all runs."""
    blocks = {c: list(_blocks(results, c)) for c in CRITERIA}
    first = [block.arrays for block in blocks[CRITERIA[0]]]
    conditions = [tuple(pair) for pair in settings["ablation"]["conditions"]]
    histories = {
        pair: {t: results[_cell("ablation", *pair, t)].arrays for t in TICKETS}
        for pair in conditions
    }
    return Measured(
        number=np.concatenate([arrays["round"][0] for arrays in first]),
        sparsity=np.concatenate([arrays["sparsity"][0] for arrays in first]),
        rounds={c: _finals_of_rounds(blocks[c]) for c in CRITERIA},
        ablations={
            pair: {ticket: _finals(history) for ticket, history in arms.items()}
            for pair, arms in histories.items()
        },
        histories=histories,
        masks={c: _masks(results, c) for c in CRITERIA},
        replicas=blocks[CRITERIA[0]][0].replicas,
    )


def _cell(*parts: str) -> str:
    return "-".join(parts)


def _blocks(results: Mapping[str, Result], criterion: str) -> Iterator[Result]:
    cells = (r for cell, r in results.items() if cell.startswith(f"rounds-{criterion}"))
    yield from sorted(cells, key=lambda result: result.settings["rounds"][0])


def _masks(results: Mapping[str, Result], criterion: str) -> dict[int, Result]:
    cells = (r for cell, r in results.items() if cell.startswith(f"masks-{criterion}"))
    return {result.settings["round"]: result for result in cells}


def _finals_of_rounds(blocks: list[Result]) -> Arrays:
    return {
        name: np.concatenate([unit * b.arrays[metric][:, :, -1] for b in blocks], 1)
        for name, (metric, unit) in FINALS.items()
    }


def _finals(history: Arrays) -> Arrays:
    finals = {n: unit * history[m][:, -1] for n, (m, unit) in FINALS.items()}
    best = PER_CENT * history["test_accuracy"].max(axis=1)
    return {**finals, "test_accuracy_best": best}
