"""Losses over the number of parameters: of the first sweep, and the curve of 2020."""

from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from scaling_down.experiments.interpolation_threshold.draw.marks import (
    CLAIMED,
    NAMES,
    words,
)
from scaling_down.experiments.interpolation_threshold.published import (
    CURVE_CLASSES,
    CURVE_SAMPLES,
    CURVE_TEST_LOSS,
)
from scaling_down.experiments.interpolation_threshold.settings import (
    Study,
    parameters_of,
)
from scaling_down.figures.bands import INTERVALS, band, note
from scaling_down.figures.dots import PUBLISHED
from scaling_down.figures.palette import INK, SPLITS, ordered
from scaling_down.figures.rows import chosen
from scaling_down.figures.scales import plain_numbers

LEVEL: dict[str, Any] = {"color": INK, "linestyle": "--", "linewidth": 0.8}
PANELS = {
    "train_loss_relative": "training loss",
    "test_loss_relative": "test loss",
}
LOWEST = 1e-5
"""A relative loss below this is as good as zero, and not shown."""


def curves_figure(curves: pd.DataFrame, study: Study, width: float) -> Figure:
    """Draw both losses of the first sweep at one number of samples."""
    sweep = study.sweeps[0]
    samples = sweep.fullest_n()
    shown = chosen(curves, sweep=sweep.name, n_train=samples)
    figure, panels = plt.subplots(
        len(NAMES), len(PANELS), figsize=(width, 0.7 * width), sharex=True
    )
    for line, loss in zip(panels, NAMES, strict=True):
        for axes, (metric, what) in zip(line, PANELS.items(), strict=True):
            _by_classes(axes, chosen(shown, loss=loss, metric=metric), samples)
            axes.set(ylabel=f"{what} ({NAMES[loss]}, relative)")
        plain_numbers(line[0].yaxis)
        plain_numbers(line[1].yaxis, (1, 2, 5))
        line[0].axhline(study.interpolation_level, **LEVEL)
    for axes in panels[-1]:
        axes.set_xlabel("parameters")
        plain_numbers(axes.xaxis)
    handles = _curve_handles(shown["classes"])
    figure.legend(handles=handles, loc="outside upper center", ncols=6)
    note(
        figure,
        f"labels: {words(sweep.name)}; n = {samples} samples; means of"
        f" {study.replicas} replicas; bands: {INTERVALS}; relative: divided by the"
        " loss of the best constant answer",
    )
    return figure


def _by_classes(axes: Axes, rows: pd.DataFrame, samples: int) -> None:
    """Draw a curve for each number of classes, with both claimed thresholds."""
    axes.set(xscale="log", yscale="log")
    axes.axvline(samples, **CLAIMED)
    for classes, colour in ordered(rows["classes"]).items():
        band(axes, chosen(rows, classes=classes), "parameters", color=colour)
        claimed = {**CLAIMED, "color": colour, "linestyle": ":", "linewidth": 1.3}
        axes.axvline(samples * classes, **claimed)
    low, high = rows["mean"].min(), rows["mean"].max()
    axes.set_ylim(max(low, LOWEST) / 1.4, max(high, LOWEST) * 1.6)


def _curve_handles(classes: pd.Series) -> list[Line2D]:
    looks: dict[str, dict[str, Any]] = {
        **{f"K = {k}": {"color": colour} for k, colour in ordered(classes).items()},
        "interpolates below": LEVEL,
        "claimed for NLL: n": CLAIMED,
        "for MSE: n K": {**CLAIMED, "linestyle": ":"},
    }
    return [Line2D([], [], label=label, **look) for label, look in looks.items()]


def curve_2020_figure(curves: pd.DataFrame, study: Study, width: float) -> Figure:
    """Draw the NLL of the sweep with the widths of 2020 beside what was published."""
    figure, axes = plt.subplots(figsize=(width, 0.5 * width))
    ours = [sweep.name for sweep in study.sweeps if sweep.widths is not None]
    rows = chosen(curves[curves["sweep"].isin(ours)], loss="nll")
    for (_sweep, samples), curve in rows.groupby(["sweep", "n_train"]):
        _nll(axes, curve, f"ours, n = {samples}")
    x = [parameters_of(width, CURVE_CLASSES) for width in CURVE_TEST_LOSS]
    printed = {"color": INK, **PUBLISHED, "label": "published 2020: test"}
    axes.plot(x, list(CURVE_TEST_LOSS.values()), **printed)
    axes.axvline(CURVE_SAMPLES, **CLAIMED, label=f"claimed: n = {CURVE_SAMPLES}")
    axes.set(xlabel="parameters", ylabel="NLL (nats)")
    axes.set_ylim(0, None)
    figure.legend(loc="outside upper center", ncols=4)
    note(
        figure,
        f"true labels, ten classes; ours: means of {study.replicas} replicas; bands:"
        f" {INTERVALS}; published: read off a figure of several runs, how many is not"
        " said; its samples, optimiser and length are not public",
    )
    return figure


def _nll(axes: Axes, rows: pd.DataFrame, name: str) -> None:
    """Draw training and test loss of a curve in nats."""
    for split, colour in SPLITS.items():
        of_split = chosen(rows, metric=f"{split}_loss_relative")
        values = of_split[["mean", "ci_low", "ci_high"]]
        # The constant answer, 1 / K for each of K classes, has the NLL log K.
        in_nats = values.mul(np.log(of_split["classes"]), axis=0)
        nats = of_split.assign(**in_nats)
        band(axes, nats, "parameters", color=colour, label=f"{name}: {split}")
