"""Intervals of means over replicas."""

from typing import Any

import numpy as np
from scipy import stats

CONFIDENCE = 0.95
COLUMNS = ["n", "mean", "sd", "ci_low", "ci_high"]


def mean_interval(values: np.ndarray, confidence: float = CONFIDENCE) -> dict[str, Any]:
    """Return n, mean, sd and Student's t interval of the mean, over axis 0.

    `values` has the shape [n, ...]; each entry but n has the shape [...]. With a
    single value sd and interval are NaN: one replica says nothing about the spread.
    """
    values = np.asarray(values, dtype=np.float64)
    n = len(values)
    mean = values.mean(axis=0)
    if n < 2:
        unknown = mean * np.nan
        return dict(zip(COLUMNS, (n, mean, unknown, unknown, unknown), strict=True))
    sd = values.std(axis=0, ddof=1)
    half = stats.t.ppf((1 + confidence) / 2, n - 1) * sd / np.sqrt(n)
    return dict(zip(COLUMNS, (n, mean, sd, mean - half, mean + half), strict=True))


def paired_interval(first: np.ndarray, second: np.ndarray) -> dict[str, Any]:
    """Return the interval of the mean difference first - second of paired replicas.

    Both have the replica as axis 0; raises ValueError where their shapes differ.
    """
    first, second = np.asarray(first, np.float64), np.asarray(second, np.float64)
    if first.shape != second.shape:
        raise ValueError(f"unpaired: shapes {first.shape} and {second.shape}")
    return mean_interval(first - second)
