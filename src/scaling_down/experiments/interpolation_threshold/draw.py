"""The thresholds in figures: curves over parameters, thresholds, their exponents."""

from collections.abc import Mapping, Sequence
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from scaling_down.experiments.interpolation_threshold.exponents import (
    EXPONENTS,
    PREDICTED,
)
from scaling_down.experiments.interpolation_threshold.measured import (
    CRITERIA,
    fullest_n,
)
from scaling_down.experiments.interpolation_threshold.settings import LOSSES
from scaling_down.plotting import band, note, spread

Tables = Mapping[str, pd.DataFrame]
NAMES = {"nll": "NLL", "mse": "MSE"}
COLOURS = {"nll": "tab:blue", "mse": "tab:red"}
MARKERS = ("o", "s", "^", "D", "v", "P", "X", "<", ">")
INTERVALS = "95 % intervals of the mean (Student's t)"
PANELS = {
    "train_loss_relative": "training loss (relative)",
    "test_loss_relative": "test loss (relative)",
}
UNITS = {"n": "samples n", "nk": "samples times classes, n K"}
LABELS = {
    "exponent_n": "exponent in n",
    "exponent_k": "exponent in K",
    "train_loss": "training loss",
    "train_error": "training error",
    "test_peak": "peak of the test loss",
}
LOWEST = 1e-5
"""Relative losses below this are all alike and not shown."""


def draw(
    tables: Tables, settings: Mapping[str, Any], drawing: Mapping[str, Any]
) -> dict[str, Figure]:
    """Return the figures of the thresholds."""
    width = drawing["width"]
    return {
        "interpolation_threshold_curves": _curves(tables["curves"], settings, width),
        "interpolation_threshold_thresholds": _thresholds(
            tables["thresholds"], settings, width
        ),
        "interpolation_threshold_exponents": _exponents(
            tables["summary"], settings, width
        ),
    }


def _curves(curves: pd.DataFrame, settings: Mapping[str, Any], width: float) -> Figure:
    """Draw both losses of the first sweep at one n."""
    sweep = settings["sweeps"][0]
    n = fullest_n(sweep["cells"])
    shown = curves[(curves["sweep"] == sweep["name"]) & (curves["n_train"] == n)]
    figure, panels = plt.subplots(
        2, 2, figsize=(width, 0.68 * width), sharex=True, squeeze=False
    )
    for line, loss in zip(panels, LOSSES, strict=True):
        for axes, (metric, label) in zip(line, PANELS.items(), strict=True):
            rows = shown[(shown["loss"] == loss) & (shown["metric"] == metric)]
            _claimed_lines(axes, n, _colours_of_classes(shown["classes"]))
            _losses(axes, rows)
            axes.set(xscale="log", yscale="log", ylabel=label, title=NAMES[loss])
            axes.set_ylim(*_log_limits(rows["mean"]))
        level = settings["interpolation_level"]
        line[0].axhline(level, color="0.4", linestyle="--", linewidth=0.8)
    for axes in panels[-1]:
        axes.set_xlabel("parameters")
    handles, labels = panels[0, 0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside upper center", ncols=len(labels))
    replicas = curves["n"].max()
    note(
        figure,
        f"{_title(sweep['name'])}, n = {n} samples; means of {_replicas(replicas)};"
        f" bands: {INTERVALS}; dashed: interpolation level",
    )
    return figure


def _replicas(count: int) -> str:
    return f"n = {count} replicas"
