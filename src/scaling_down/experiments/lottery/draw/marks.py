"""What marks tickets, intervals and printed values in the figures."""

from typing import Any

import pandas as pd
from matplotlib.axes import Axes

COLOURS = {"dense": "0.25", "lottery": "tab:blue", "random": "tab:orange"}
INTERVALS = "95 % intervals of the mean (Student's t)"
_HOLLOW: dict[str, Any] = {
    "linestyle": "none",
    "markerfacecolor": "white",
    "markersize": 3.5,
}
PRINTED = {2020: {"marker": "D", **_HOLLOW}, 2024: {"marker": "s", **_HOLLOW}}
"""Markers of what the sources print."""


def interval(axes: Axes, x: float, row: pd.Series, **marks: Any) -> None:
    """Draw a mean as a dash with its interval; without interval the dash alone."""
    error = None
    if pd.notna(row["ci_low"]):
        error = [[row["mean"] - row["ci_low"]], [row["ci_high"] - row["mean"]]]
    axes.errorbar(
        [x], [row["mean"]], yerr=error, fmt="_", markersize=9, markeredgewidth=1.5,
        elinewidth=1.2, capsize=2, **marks,
    )  # fmt: skip
