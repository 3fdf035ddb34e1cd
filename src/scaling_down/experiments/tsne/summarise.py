"""Divergences, accuracies and purities, in per cent; the points of the picture."""

from collections.abc import Iterator
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd

from scaling_down.experiments.contract import Result, Results
from scaling_down.experiments.dataset.digits import MNIST
from scaling_down.experiments.tsne.settings import Embedded, EmbeddedDigits, Study
from scaling_down.statistics.intervals import COLUMNS, paired_interval
from scaling_down.statistics.rows import summary_row

PER_CENT = 100
METRICS = {
    "network_accuracy": PER_CENT,
    "kl_early": 1,
    "kl": 1,
    "space_accuracy": PER_CENT,
    "space_purity": PER_CENT,
    "embedding_accuracy": PER_CENT,
    "embedding_purity": PER_CENT,
}
"""The metrics, and the factor to their unit."""
DECIMALS = 2


def summarise(
    study: Study, results: Results
) -> tuple[dict[str, pd.DataFrame], dict[str, Any]]:
    """Return the tables and the headline numbers of the embeddings."""
    found: dict[str, Result[Any]] = {
        space: results.one(Embedded, space=space) for space in study.spaces
    }
    if digits := results.of(EmbeddedDigits):
        found |= {MNIST: digits[0]}
    values = {space: metric_values(result) for space, result in found.items()}
    summary = pd.DataFrame(
        summary_row({"space": space}, metric, numbers)
        for space, metrics in values.items()
        for metric, numbers in metrics.items()
    )
    of_one_dataset = {n: metrics for n, metrics in values.items() if n != MNIST}
    comparisons = pd.DataFrame(
        _comparisons(of_one_dataset),
        columns=["space", "other_space", "metric", *COLUMNS],
    )
    points = pd.concat(_points(space, result) for space, result in found.items())
    tables = {"summary": summary, "comparisons": comparisons, "points": points}
    return tables, _metrics(summary)


def metric_values(result: Result[Any]) -> dict[str, np.ndarray]:
    """Return each replica's numbers, [R], accuracies and purities in per cent."""
    arrays = result.arrays
    return {n: unit * arrays[n] for n, unit in METRICS.items() if n in arrays}


def _comparisons(values: dict[Any, dict[str, np.ndarray]]) -> Iterator[dict[str, Any]]:
    """Yield the paired differences of all pairs of spaces of MNIST-1D."""
    for (space, first), (other, second) in combinations(values.items(), 2):
        for metric in (name for name in METRICS if name in first and name in second):
            names = {"space": space, "other_space": other, "metric": metric}
            yield {**names, **paired_interval(first[metric], second[metric])}


def _points(space: str, result: Result[Any]) -> pd.DataFrame:
    """Return the embedding of the first replica."""
    x, y = np.round(result.arrays["points"][0].astype(np.float64), DECIMALS).T
    where = {"space": space, "replica": result.replicas[0]}
    return pd.DataFrame({**where, "label": result.arrays["labels"][0], "x": x, "y": y})


def _metrics(summary: pd.DataFrame) -> dict[str, Any]:
    rows = summary[summary["metric"] == "embedding_purity"]
    means = zip(rows["space"], rows["mean"], strict=True)
    return {"embedding_purity": {space: round(mean, 2) for space, mean in means}}
