"""Curves with their intervals as bands, and the note below a figure."""

from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from scaling_down.figures.style import SMALLEST

BAND_ALPHA = 0.2
INTERVALS = "95 % intervals of the mean (Student's t)"
CHARACTERS = 17
"""Characters of the smallest text that surely go into an inch."""


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


def replica_lines(axes: Axes, rows: pd.DataFrame, x: str, y: str, colour: str) -> None:
    """Draw each replica's curve, thin; `rows` has columns `replica`, `x` and `y`."""
    for _, own in rows.sort_values(x).groupby("replica"):
        axes.plot(own[x], own[y], color=colour, linewidth=0.5, alpha=0.6)


def note(figure: Figure, text: str) -> None:
    """Write a small note, such as n and the kind of interval, below a figure.

    It is broken into lines behind semicolons only.
    """
    longest = int(CHARACTERS * figure.get_figwidth())
    lines: list[str] = []
    for clause in text.split("; "):
        if lines and len(f"{lines[-1]}; {clause}") < longest:
            lines[-1] += f"; {clause}"
        else:
            lines.append(clause)
    figure.supxlabel(
        ";\n".join(lines), fontsize=SMALLEST, color="0.35", x=0.995, ha="right"
    )
