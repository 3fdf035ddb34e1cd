"""The thresholds against what they might be proportional to."""

from collections.abc import Mapping
from itertools import cycle
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from scaling_down.experiments.interpolation_threshold.draw.marks import (
    EDGE,
    MARKERS,
    SMALL,
    STEP,
    absent,
    loss_handles,
    marker_handles,
    of_criterion,
    words,
)
from scaling_down.experiments.interpolation_threshold.settings import (
    Study,
    of_one_length,
)
from scaling_down.figures.bands import INTERVALS, note
from scaling_down.figures.palette import INK
from scaling_down.figures.palette import LOSSES as COLOURS
from scaling_down.figures.rows import chosen
from scaling_down.figures.scales import plain_numbers

AXES = {
    "n": "samples n",
    "n K": "samples × classes, n K",
    "bits": "bits of the labels, n log₂ K",
}
PALE = 0.4
LINES: dict[str, tuple[float, dict[str, Any]]] = {
    "n": (1, {"color": COLOURS["nll"], "label": "claimed for NLL: n"}),
    "n K": (1, {"color": COLOURS["mse"], "label": "claimed for MSE: n K"}),
    "bits": (0.5, {"color": INK, "linestyle": "--", "label": "two bits a parameter"}),
}
"""Parameters for each of a unit, and the look of this line."""
THIN: dict[str, Any] = {"linewidth": 0.9, "zorder": 1}


def thresholds_figure(thresholds: pd.DataFrame, study: Study, width: float) -> Figure:
    """Draw thresholds by the main criterion against each unit, a column a sweep."""
    sweeps = [sweep.name for sweep in of_one_length(study.sweeps)]
    shown = of_criterion(thresholds, "train_loss", study.interpolation_level)
    shown = chosen(shown, metric="parameters")
    shown = shown[shown["sweep"].isin(sweeps)]
    shown = shown.assign(shared=_shared(shown), **_units(shown))
    markers = dict(zip(sorted(shown["classes"].unique()), cycle(MARKERS), strict=False))
    figure, panels = plt.subplots(
        len(AXES), len(sweeps), figsize=(width, 1.1 * width),
        sharex="row", sharey=True, squeeze=False,
    )  # fmt: skip
    for line, (unit, label) in zip(panels, AXES.items(), strict=True):
        limits = _around(shown[unit])
        for axes, sweep in zip(line, sweeps, strict=True):
            _cells(axes, chosen(shown, sweep=sweep), unit, markers)
            share, look = LINES[unit]
            axes.plot(limits, np.multiply(share, limits), **THIN, **look)
            axes.set(xlabel=label, xlim=limits)
        line[0].set_ylabel("threshold in parameters")
    for axes, sweep in zip(panels[0], sweeps, strict=True):
        axes.set_title(words(sweep))
    everything = [shown[unit] for unit in AXES] + [shown["mean"]]
    panels[0, 0].set_ylim(_with_edge(pd.concat(everything)))
    handles = [
        *loss_handles(),
        *marker_handles({f"K = {k}": marker for k, marker in markers.items()}),
        *(Line2D([], [], **THIN, **look) for _share, look in LINES.values()),
    ]
    figure.legend(handles=handles, loc="outside upper center", ncols=5)
    note(
        figure,
        f"training loss at {study.interpolation_level:g}; means of {study.replicas}"
        f" replicas; bars: {INTERVALS}; hollow, at the lower edge: a replica has no"
        " threshold; pale: cells that not all of these sweeps have",
    )
    return figure


def _units(cells: pd.DataFrame) -> dict[str, pd.Series]:
    n, classes = cells["n_train"], cells["classes"]
    return {"n": n, "n K": n * classes, "bits": n * np.log2(classes)}


def _shared(cells: pd.DataFrame) -> pd.Series:
    """Tell of each row whether all sweeps have its cell."""
    having = cells.groupby(["loss", "n_train", "classes"])["sweep"].transform("nunique")
    return having == cells["sweep"].nunique()


def _cells(
    axes: Axes, rows: pd.DataFrame, unit: str, markers: Mapping[int, str]
) -> None:
    """Draw the thresholds of a sweep; those that are missing, at the lower edge."""
    axes.set(xscale="log", yscale="log")
    for axis in (axes.xaxis, axes.yaxis):
        plain_numbers(axis, (1, 4))
    for (loss, classes, shared), points in rows.groupby(["loss", "classes", "shared"]):
        marks = {"color": COLOURS[loss], "marker": markers[classes]}
        _points(axes, points[unit], points, alpha=1 if shared else PALE, **marks)
    missing = rows[rows["mean"].isna()]
    for x, alike in missing.groupby(unit):
        for place, (_, row) in enumerate(alike.iterrows()):
            marks = {"color": COLOURS[row["loss"]], "marker": markers[row["classes"]]}
            absent(axes, x, EDGE + STEP * place, **marks)
    if len(missing):
        height = EDGE + STEP * missing[unit].value_counts().max()
        text = {"transform": axes.transAxes, "ha": "right", **SMALL}
        axes.text(0.98, height, "hollow: none", **text)


def _points(axes: Axes, x: pd.Series, rows: pd.DataFrame, **marks: Any) -> None:
    """Draw means with their intervals; without interval the mean alone."""
    errors = [rows["mean"] - rows["ci_low"], rows["ci_high"] - rows["mean"]]
    axes.errorbar(
        x, rows["mean"], yerr=errors, linestyle="none", elinewidth=0.9, capsize=1.5,
        **marks,
    )  # fmt: skip


def _around(values: pd.Series) -> tuple[float, float]:
    """Return limits of a logarithmic axis with room about the values."""
    return values.min() / 1.5, values.max() * 1.5


def _with_edge(values: pd.Series) -> tuple[float, float]:
    """Return such limits with room for marks at the lower edge."""
    low, high = _around(values)
    return low / 3, high
