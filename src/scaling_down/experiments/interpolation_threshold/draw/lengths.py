"""What the length of the training does to the thresholds, and where they tend to."""

from typing import Any

import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from scaling_down.experiments.interpolation_threshold.draw.marks import (
    MARKERS,
    NAMES,
    Tables,
    around_means,
    marker_handles,
    of_criterion,
    point,
    ticks,
)
from scaling_down.experiments.interpolation_threshold.settings import Study
from scaling_down.figures.bands import INTERVALS, note
from scaling_down.figures.dots import spread
from scaling_down.figures.palette import ordered
from scaling_down.figures.rows import chosen
from scaling_down.figures.scales import plain_number

SETTLED = 3
"""Per cent: a doubling that moves a threshold by less leaves it where it is."""
SPREAD = 0.7
Looks = dict[tuple[int, int], dict[str, Any]]
"""Colour and marker by n and K."""
METRICS = ("over_n", "change_by_doubling")


def lengths_figure(tables: Tables, study: Study, width: float) -> Figure:
    """Draw thresholds over n by epochs with their limits, and changes by doubling."""
    level = study.interpolation_level
    shown = of_criterion(tables["lengths"], "train_loss", level)
    epochs = sorted(shown["epochs"].unique())
    looks = _looks(shown)
    figure, panels = plt.subplots(
        len(METRICS), len(NAMES), figsize=(width, 0.85 * width), sharex=True
    )
    for column, (loss, name) in zip(panels.T, NAMES.items(), strict=True):
        rows = chosen(shown, loss=loss)
        for axes, metric in zip(column, METRICS, strict=True):
            _cells(axes, chosen(rows, metric=metric), tables["replicas"], epochs, looks)
        limits = chosen(rows, metric="limit_over_n")
        _cells(column[0], limits, tables["replicas"], epochs, looks, shift=1)
        column[0].set_title(name)
        column[1].axhspan(-SETTLED, SETTLED, color="0.92", zorder=0)
        column[1].set_xlabel("epochs")
        around_means(column[0], rows[rows["metric"] != "change_by_doubling"])
        column[0].set_ylim(bottom=0)
        around_means(
            column[1], chosen(rows, metric="change_by_doubling"), -SETTLED, SETTLED
        )
    ticks(panels[0, 0], [*map(plain_number, epochs), "limit"])
    panels[0, 0].set_ylabel("threshold over n")
    panels[1, 0].set_ylabel("change by doubling (%)")
    figure.legend(handles=_handles(looks), loc="outside upper center", ncols=6)
    note(
        figure,
        f"training loss at {level:g}; means of {study.replicas} replicas, dots:"
        f" replicas; bars: {INTERVALS}; limit: extrapolated from three lengths; hollow:"
        " in a replica the changes do not shrink, or a threshold lacks; shaded: less"
        f" than {SETTLED} %",
    )
    return figure


def _looks(rows: pd.DataFrame) -> Looks:
    """Return the look of each cell: a colour for K, a marker for n."""
    colours = ordered(rows["classes"])
    markers = dict(zip(sorted(rows["n_train"].unique()), MARKERS, strict=False))
    return {
        (n, classes): {"color": colours[classes], "marker": markers[n]}
        for n in markers
        for classes in colours
        if len(chosen(rows, n_train=n, classes=classes))
    }


def _cells(
    axes: Axes,
    rows: pd.DataFrame,
    replicas: pd.DataFrame,
    epochs: list[int],
    looks: Looks,
    shift: int = 0,
) -> None:
    """Draw rows at the places of their epochs, the cells beside one another."""
    offsets = dict(zip(looks, spread(len(looks), SPREAD), strict=True))
    for _, row in rows.iterrows():
        cell = (row["n_train"], row["classes"])
        x = epochs.index(row["epochs"]) + offsets[cell] + shift
        point(axes, x, row, replicas, width=0.1, **looks[cell])


def _handles(looks: Looks) -> list[Line2D]:
    """Explain the colours of K and the markers of n."""
    colours = {f"K = {k}": look["color"] for (_n, k), look in looks.items()}
    markers = {f"n = {n}": look["marker"] for (n, _k), look in looks.items()}
    return [
        *(Line2D([], [], color=c, label=label) for label, c in colours.items()),
        *marker_handles(markers),
    ]
