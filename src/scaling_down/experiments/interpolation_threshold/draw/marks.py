"""Names, markers and points that the figures of the thresholds share."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from scaling_down.experiments.interpolation_threshold.settings import Study
from scaling_down.figures.dots import FEW, dots, interval
from scaling_down.figures.palette import INK, MUTED
from scaling_down.figures.palette import LOSSES as COLOURS
from scaling_down.figures.style import SMALLEST

Tables = Mapping[str, pd.DataFrame]
NAMES = {"nll": "NLL", "mse": "MSE"}
MARKERS = ("o", "s", "^", "D", "v", "P", "X", "<", ">")
CRITERIA = {
    "train_loss": "training loss",
    "train_error": "training error",
    "test_peak": "peak of test loss",
}
SHAPES = dict(zip(CRITERIA, MARKERS, strict=False))
CLAIMED: dict[str, Any] = {"color": MUTED, "linewidth": 0.9, "zorder": 1}
EDGE, STEP = 0.04, 0.06
"""Where marks of what is missing stand, in parts of a panel's height."""
SMALL: dict[str, Any] = {"fontsize": SMALLEST, "color": INK}


def of_criterion(table: pd.DataFrame, criterion: str, level: float) -> pd.DataFrame:
    """Return the rows of a criterion at a level; the peak's has none, NaN."""
    return table[(table["criterion"] == criterion) & same(table["level"], level)]


def same(column: pd.Series, value: Any) -> pd.Series:
    """Tell where a column has a value; NaN equals NaN."""
    return column.isna() if pd.isna(value) else column == value


def shown_criteria(study: Study) -> dict[tuple[str, float], str]:
    """Return one level of each criterion that stands for it, and its words."""
    strictest = min(study.levels.train_error)
    return {
        ("train_loss", study.interpolation_level): (
            f"training loss at {study.interpolation_level:g}"
        ),
        ("train_error", strictest): f"training error at {strictest:g} %",
        ("test_peak", float("nan")): CRITERIA["test_peak"],
    }


def words(name: str) -> str:
    """Return the name of a sweep as people write it."""
    return name.replace("_", " ")


def point(
    axes: Axes,
    x: float,
    row: pd.Series,
    replicas: pd.DataFrame,
    *,
    color: str,
    marker: str,
    width: float = 0.16,
) -> None:
    """Draw a row's mean with its interval, and its replicas where they are few.

    The replicas are those with the row's condition in the table by replica; `width` is
    how far they spread. A row without a mean is marked hollow at the lower edge.
    """
    looks: dict[str, Any] = {"color": color, "fmt": marker, "markersize": 3.5}
    if pd.isna(row["mean"]):
        absent(axes, x, EDGE, color=color, marker=marker)
    elif row["n"] < FEW:
        dots(axes, x, values_of(row, replicas), row, width=width, **looks)
    else:
        interval(axes, x, row, **looks)


def values_of(row: pd.Series, replicas: pd.DataFrame) -> pd.Series:
    """Return the replicas' values of a row of a table over replicas."""
    for column in row.index.intersection(replicas.columns):
        replicas = replicas[same(replicas[column], row[column])]
    return replicas["value"]


def absent(axes: Axes, x: float, height: float, **marks: Any) -> None:
    """Mark what has no value, hollow, at a height in parts of the panel's."""
    hollow = {"linestyle": "none", "markerfacecolor": "white", **marks}
    axes.plot([x], [height], transform=axes.get_xaxis_transform(), **hollow)


def around_means(axes: Axes, rows: pd.DataFrame, *others: float) -> None:
    """Fit a panel to its means and other values; a long interval is cut off."""
    shown = pd.concat([rows["mean"], pd.Series(others, dtype=float)]).dropna()
    if len(shown):
        room = 0.15 * max(shown.max() - shown.min(), 0.5)
        axes.set_ylim(shown.min() - 2 * room, shown.max() + room)


def loss_handles() -> list[Patch]:
    """Explain the colours of the losses."""
    return [Patch(color=colour, label=NAMES[loss]) for loss, colour in COLOURS.items()]


def marker_handles(markers: Mapping[str, str]) -> list[Line2D]:
    """Explain markers by their labels."""
    return [
        Line2D([], [], color=INK, linestyle="none", marker=marker, label=label)
        for label, marker in markers.items()
    ]


def ticks(axes: Axes, labels: Sequence[str]) -> None:
    """Name the places 0, 1, ... of an axis whose order alone means something."""
    axes.set_xticks(range(len(labels)), labels)
    axes.set_xlim(-0.5, len(labels) - 0.5)
    axes.grid(axis="x", visible=False)
