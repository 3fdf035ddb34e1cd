"""Replicas as dots, with their mean and its interval, beside what was published."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

FEW = 8
"""Below so many replicas a figure shows each of them: an interval alone says little."""
PUBLISHED: dict[str, Any] = {
    "marker": "D",
    "linestyle": "none",
    "markerfacecolor": "white",
    "markersize": 3.5,
}
"""What marks a value that a source prints."""


def dots(
    axes: Axes,
    x: float,
    values: Sequence[float] | np.ndarray,
    row: pd.Series,
    *,
    color: str,
    width: float = 0.12,
    **marks: Any,
) -> None:
    """Draw the replicas' values [n] about x, and their mean with its interval at x.

    `row` has mean, ci_low and ci_high; `width` is how far the dots spread. `marks`
    are those of the interval, such as its label.
    """
    axes.plot(
        x + spread(len(values), width), values, "o", markersize=2.5, alpha=0.5,
        color=color, markeredgewidth=0,
    )  # fmt: skip
    interval(axes, x, row, color=color, **marks)


def interval(axes: Axes, x: float, row: pd.Series, **marks: Any) -> None:
    """Draw a mean as a dash with its interval; without interval the dash alone."""
    error = None
    if pd.notna(row["ci_low"]):
        error = [[row["mean"] - row["ci_low"]], [row["ci_high"] - row["mean"]]]
    looks = {"fmt": "_", "markersize": 9, "markeredgewidth": 1.5, **marks}
    axes.errorbar([x], [row["mean"]], yerr=error, elinewidth=1.2, capsize=2, **looks)


def spread(count: int, width: float = 0.3) -> np.ndarray:
    """Return `count` small offsets, for points that would hide one another."""
    return np.linspace(-width / 2, width / 2, count) if count > 1 else np.zeros(count)
