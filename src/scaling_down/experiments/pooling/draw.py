"""The paper's Figure 9, and what it leaves open: sizes, confounds, shifts."""

from collections.abc import Mapping
from typing import Any

import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from scaling_down.experiments.pooling import published
from scaling_down.experiments.pooling.settings import Study
from scaling_down.figures.bands import INTERVALS, band, note
from scaling_down.figures.palette import BLUE, BROWN, MUTED, ORANGE, PURPLE, SKY
from scaling_down.figures.rows import chosen
from scaling_down.workflow.parameters.sections import Drawing

Tables = Mapping[str, pd.DataFrame]
LINES: dict[str, dict[str, Any]] = {
    "no_pool": {"color": "black", "label": "no pooling"},
    "stride_2": {"color": MUTED, "label": "stride 2"},
    "max": {"color": BLUE, "label": "max"},
    "average": {"color": ORANGE, "label": "average"},
    "l2": {"color": PURPLE, "label": "L2"},
    "blur": {"color": SKY, "label": "blur", "linestyle": "--"},
    "global_average": {
        "color": BROWN, "label": "global average", "linestyle": "--"
    },
    "head_average": {
        "color": "black", "label": "no pooling, head on averages", "linestyle": "--"
    },
    "head_stride": {
        "color": "black", "label": "no pooling, head on every fourth",
        "linestyle": ":",
    },
}  # fmt: skip
OF_THE_PAPER = ("no_pool", "stride_2", "max", "average", "l2")
ARMS = {"equal_steps": "equal steps", "equal_epochs": "equal epochs"}
BASELINES = {"no_pool": "black", "head_average": BLUE, "head_stride": ORANGE}
ZERO: dict[str, Any] = {"color": "0.4", "linewidth": 0.8, "zorder": 1}


def draw(tables: Tables, study: Study, drawing: Drawing) -> dict[str, Figure]:
    """Return the figures of the comparison."""
    width = drawing.width
    return {
        "pooling_curves": _curves(tables["curves"], study, width),
        "pooling_sizes": _sizes(tables, width),
        "pooling_confounds": _confounds(tables["comparisons"], width),
        "pooling_shifts": _shifts(tables["shifts"], study, width),
    }


def _curves(curves: pd.DataFrame, study: Study, width: float) -> Figure:
    """Draw the paper's variants while they train, a panel for each size."""
    shown = chosen(curves, arm="equal_steps", metric="test_accuracy")
    columns = min(3, len(study.train_sizes))
    rows = -(-len(study.train_sizes) // columns)
    size = width, (0.1 + 0.3 * rows) * width
    figure, grid = plt.subplots(
        rows, columns, figsize=size, sharex=True, sharey=True, squeeze=False
    )
    for axes in grid.flat[len(study.train_sizes) :]:
        axes.remove()
    for axes, n in zip(grid.flat, study.train_sizes, strict=False):
        for variant in OF_THE_PAPER:
            rows_of = chosen(shown, n_train=n, variant=variant)
            if len(rows_of):
                band(axes, rows_of, "step", **LINES[variant])
        axes.set(title=f"{n:,} samples", ylim=(30, 100))
    figure.supylabel("test accuracy (%)", fontsize=8)
    for axes in grid[-1]:
        axes.set_xlabel("training step")
    _legend(figure, grid[0, 0])
    _note(figure, shown)
    return figure


def _sizes(tables: Tables, width: float) -> Figure:
    """Draw accuracies, and paired differences to no pooling, by number of samples."""
    figure, panels = plt.subplots(1, 2, figsize=(width, 0.5 * width))
    accuracies = chosen(
        tables["summary"], arm="equal_steps", metric="test_accuracy_final"
    )
    differences = chosen(
        tables["comparisons"],
        arm="equal_steps", metric="test_accuracy_final", baseline="no_pool",
    )  # fmt: skip
    for axes, shown in zip(panels, (accuracies, differences), strict=True):
        for variant, line in LINES.items():
            rows = chosen(shown, variant=variant)
            if len(rows):
                band(axes, rows, "n_train", marker=".", **line)
        _sample_axis(axes, shown)
    for variant, values in published.TEST_ACCURACY.items():
        panels[0].plot(
            published.TRAIN_SIZES, values, "D", color=LINES[variant]["color"],
            markersize=3, fillstyle="none", markeredgewidth=0.7,
        )  # fmt: skip
    panels[0].plot(
        [], [], "D", color="0.3", markersize=3, fillstyle="none", label="published"
    )
    panels[0].set_ylabel("test accuracy (%)")
    panels[0].set_ylim(top=100)
    panels[1].set_ylabel("less that without pooling (points)")
    panels[1].axhline(0, **ZERO)
    _legend(figure, panels[0])
    _note(figure, accuracies, "differences are paired")
    return figure


def _confounds(comparisons: pd.DataFrame, width: float) -> Figure:
    """Draw what pooling gains over each network without it, in both arms."""
    shown = chosen(comparisons, variant="pooled", metric="test_accuracy_final")
    figure, panels = plt.subplots(1, 2, figsize=(width, 0.45 * width), sharey=True)
    for axes, (arm, title) in zip(panels, ARMS.items(), strict=True):
        for baseline, colour in BASELINES.items():
            rows = chosen(shown, arm=arm, baseline=baseline)
            if len(rows):
                line = {**LINES[baseline], "color": colour, "marker": "."}
                band(axes, rows, "n_train", **line)
        axes.axhline(0, **ZERO)
        axes.set_title(title)
        _sample_axis(axes, chosen(shown, arm=arm))
    panels[0].set_ylabel("gain of pooling (points)")
    _legend(figure, panels[0], title="mean of max, average and L2, less")
    _note(figure, shown, "differences are paired")
    return figure


def _shifts(shifts: pd.DataFrame, study: Study, width: float) -> Figure:
    """Draw how often a shift leaves the answer as it is, for the fewest and most."""
    shown = chosen(shifts, arm="equal_steps", metric="agreement")
    sizes = dict.fromkeys((min(study.train_sizes), max(study.train_sizes)))
    figure, panels = plt.subplots(
        1, len(sizes), figsize=(width, 0.5 * width), sharey=True, squeeze=False
    )
    for axes, n in zip(panels[0], sizes, strict=True):
        for variant, line in LINES.items():
            rows = chosen(shown, n_train=n, variant=variant)
            if len(rows):
                band(axes, rows, "shift", marker=".", **line)
        axes.set(
            title=f"{n:,} samples", xlabel="shift (positions)", xticks=study.shifts
        )
    panels[0, 0].set_ylabel("same class as unshifted (%)")
    panels[0, 0].set_ylim(top=100)
    _legend(figure, panels[0, 0])
    _note(figure, shown, "test samples, shifted round both ways")
    return figure


def _sample_axis(axes: Axes, rows: pd.DataFrame) -> None:
    sizes = sorted(set(rows["n_train"]))
    axes.set(xscale="log", xlabel="training samples")
    axes.set_xticks(sizes, [f"{n:,}" for n in sizes], rotation=40, ha="right")
    axes.xaxis.set_minor_locator(plt.NullLocator())


def _legend(figure: Figure, axes: Axes, title: str | None = None) -> None:
    handles, labels = axes.get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside upper center", ncols=5, title=title)


def _note(figure: Figure, rows: pd.DataFrame, also: str = "") -> None:
    parts = [f"means of n = {rows['n'].max()} replicas", f"bands: {INTERVALS}", also]
    note(figure, "; ".join(filter(None, parts)))
