"""What marks activations, protocols and printed values in the figures."""

from typing import Any

import pandas as pd
from matplotlib.axes import Axes

COLOURS = {
    "learned": "tab:blue", "relu_gains": "tab:orange", "swish_gains": "tab:purple",
    "relu": "tab:orange", "swish": "tab:purple",
}  # fmt: skip
OTHERS = "0.35"
NAMES = {
    "learned": "learned", "relu_gains": "ReLU with gains",
    "swish_gains": "Swish with gains", "relu": "ReLU", "elu": "ELU", "swish": "Swish",
    "tanh": "tanh", "softplus": "softplus", "sigmoid": "sigmoid", "sin": "sin",
}  # fmt: skip
PROTOCOLS = {"published": "-", "corrected": "--"}
INTERVALS = "95 % intervals of the mean (Student's t)"
PRINTED: dict[str, Any] = {
    "linestyle": "none", "marker": "D", "markerfacecolor": "white", "markersize": 4,
}  # fmt: skip
"""Marker of what the notebook prints."""


def label(activation: str) -> str:
    """Return an activation's name as people write it."""
    return NAMES[activation]


def look(activation: str, protocol: str) -> dict[str, Any]:
    """Return the line of a metalearned activation."""
    return {"color": COLOURS[activation], "linestyle": PROTOCOLS[protocol]}


def interval(axes: Axes, x: float, row: pd.Series, **marks: Any) -> None:
    """Draw a mean with its interval; without interval the mean alone."""
    error = None
    if pd.notna(row["ci_low"]):
        error = [[row["mean"] - row["ci_low"]], [row["ci_high"] - row["mean"]]]
    axes.errorbar(
        [x], [row["mean"]], yerr=error, markersize=4, elinewidth=1.1, capsize=2,
        linestyle="none", **marks,
    )  # fmt: skip
