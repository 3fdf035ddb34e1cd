"""Curves with their intervals, notes, and points side by side."""

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

BAND_ALPHA = 0.2


def band(axes: Axes, rows: pd.DataFrame, x: str, **line: Any) -> None:
    """Draw a curve of means with its interval as a band.

    `rows` has the columns `x`, mean, ci_low and ci_high; without an interval (one
    replica) only the line is drawn.
    """
    rows = rows.sort_values(x)
    (drawn,) = axes.plot(rows[x], rows["mean"], **line)
    if rows["ci_low"].notna().any():
        axes.fill_between(
            rows[x], rows["ci_low"], rows["ci_high"],
            color=drawn.get_color(), alpha=BAND_ALPHA, linewidth=0,
        )  # fmt: skip


def note(figure: Figure, text: str) -> None:
    """Write a small note, such as n and the kind of interval, below a figure."""
    figure.supxlabel(text, fontsize=6, color="0.35", x=0.995, ha="right")


def spread(count: int, width: float = 0.3) -> np.ndarray:
    """Return `count` small offsets, for points that would hide one another."""
    return np.linspace(-width / 2, width / 2, count) if count > 1 else np.zeros(1)
