"""The thresholds in figures: curves over parameters, thresholds, their exponents.

The letter n stands for training samples, so replicas are counted in words.
"""

from collections.abc import Iterable, Mapping, Sequence
from itertools import cycle
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import EngFormatter, LogLocator, NullFormatter

from scaling_down.experiments.interpolation_threshold.settings import Study
from scaling_down.figures.bands import band, note, spread
from scaling_down.workflow.parameters.sections import Drawing

NAMES = {"nll": "NLL", "mse": "MSE"}
COLOURS = {"nll": "tab:blue", "mse": "tab:red"}
MARKERS = ("o", "s", "^", "D", "v", "P", "X", "<", ">")
INTERVALS = "95 % intervals of the mean (Student's t)"
STYLES = {"nll": "-", "mse": "--"}
CLAIMED: dict[str, Any] = {"color": "0.55", "linewidth": 0.9, "zorder": 1}
PANELS = {
    "train_loss_relative": "training loss",
    "test_loss_relative": "test loss",
}
AXES = {"n": "samples n", "n K": "samples × classes, n K"}
CLAIMED_UNITS = {"n": "nll", "n K": "mse"}
EXPONENTS = {"exponent_n": "exponent in n", "exponent_k": "exponent in K"}
CRITERIA = {
    "train_loss": "training loss",
    "train_error": "training error",
    "test_peak": "peak of test loss",
}
LOWEST = 1e-5
"""A relative loss below this is as good as zero, and not shown."""


def draw(
    tables: Mapping[str, pd.DataFrame],
    study: Study,
    drawing: Drawing,
) -> dict[str, Figure]:
    """Return the figures of the thresholds."""
    width = drawing.width
    figures = {
        "curves": _curves(tables["curves"], study.interpolation_level, width),
        "thresholds": _thresholds(tables["thresholds"], width),
        "exponents": _exponents(tables["summary"], width),
    }
    return {f"interpolation_threshold_{what}": f for what, f in figures.items()}


def _curves(curves: pd.DataFrame, level: float, width: float) -> Figure:
    """Draw both losses of the first sweep at one number of samples."""
    sweep = curves["sweep"].iloc[0]
    of_sweep = curves[curves["sweep"] == sweep]
    samples = _fullest_n(of_sweep)
    shown = of_sweep[of_sweep["n_train"] == samples]
    figure, panels = plt.subplots(
        len(NAMES), len(PANELS), figsize=(width, 0.66 * width), sharex=True
    )
    for line, loss in zip(panels, NAMES, strict=True):
        for axes, (metric, what) in zip(line, PANELS.items(), strict=True):
            rows = shown[(shown["loss"] == loss) & (shown["metric"] == metric)]
            _by_classes(axes, rows, samples)
            axes.set(ylabel=f"{what} ({NAMES[loss]}, relative)")
        _plain_numbers(line[1].yaxis, (1, 2, 5))
        line[0].axhline(level, color="0.3", linestyle="--", linewidth=0.8)
    for axes in panels[-1]:
        axes.set_xlabel("parameters")
    axes = panels[0, 0]
    axes.plot([], [], label="claimed for NLL: n", **CLAIMED)
    axes.plot([], [], label="claimed for MSE: n K", **{**CLAIMED, "linestyle": ":"})
    figure.legend(loc="outside upper center", ncols=5, handles=_handles(axes))
    note(
        figure,
        f"labels: {_words(sweep)}; {samples} samples; means of {shown['n'].max()}"
        f" replicas; bands: {INTERVALS}",
    )
    return figure


def _fullest_n(curves: pd.DataFrame) -> int:
    """Return the n that the most numbers of classes have; of several the largest."""
    classes = curves.groupby("n_train")["classes"].nunique()
    return int(classes.index[classes == classes.max()].max())


def _by_classes(axes: Axes, rows: pd.DataFrame, samples: int) -> None:
    """Draw a curve for each number of classes, with both claimed thresholds."""
    axes.set(xscale="log", yscale="log")
    axes.axvline(samples, **CLAIMED)
    for classes, colour in _colours(rows["classes"]).items():
        line = {"color": colour, "label": f"K = {classes}"}
        band(axes, rows[rows["classes"] == classes], "parameters", **line)
        claimed = {**CLAIMED, "color": colour, "linestyle": ":", "linewidth": 1.3}
        axes.axvline(samples * classes, **claimed)
    low, high = rows["mean"].min(), rows["mean"].max()
    axes.set_ylim(max(low, LOWEST) / 1.4, max(high, LOWEST) * 1.6)


def _colours(classes: Iterable[int]) -> dict[int, Any]:
    """Return a colour for each number of classes, darkest the smallest."""
    ordered = sorted(set(classes))
    shades = np.linspace(0, 0.8, len(ordered))
    return dict(zip(ordered, plt.get_cmap("viridis")(shades), strict=True))


def _handles(axes: Axes) -> list[Any]:
    return axes.get_legend_handles_labels()[0]


def _thresholds(thresholds: pd.DataFrame, width: float) -> Figure:
    """Draw the thresholds of the training loss against n and n K, a column a sweep."""
    shown = thresholds[
        (thresholds["criterion"] == "train_loss")
        & (thresholds["metric"] == "parameters")
    ]
    sweeps = list(shown["sweep"].unique())
    markers = dict(zip(sorted(shown["classes"].unique()), cycle(MARKERS), strict=False))
    claimed = {"n": shown["n_train"], "n K": shown["n_train"] * shown["classes"]}
    figure, panels = plt.subplots(
        len(claimed), len(sweeps), figsize=(width, 0.74 * width),
        sharex="row", sharey=True, squeeze=False,
    )  # fmt: skip
    for line, (unit, x) in zip(panels, claimed.items(), strict=True):
        for axes, sweep in zip(line, sweeps, strict=True):
            rows = shown.assign(x=x)[shown["sweep"] == sweep]
            _cells(axes, rows, markers)
            claim = {"color": COLOURS[CLAIMED_UNITS[unit]], "linewidth": 0.9}
            axes.plot(_around(x), _around(x), zorder=1, **claim)
            axes.set(xlabel=AXES[unit], xlim=_around(x))
        line[0].set_ylabel("threshold in parameters")
    for axes, sweep in zip(panels[0], sweeps, strict=True):
        axes.set_title(_words(sweep))
    panels[0, 0].set_ylim(_around(pd.concat([*claimed.values(), shown["mean"]])))
    _legend(figure, {f"K = {k}": marker for k, marker in markers.items()})
    note(
        figure,
        f"by the training loss; means of {shown['n'].max()} replicas; bars:"
        f" {INTERVALS}; lines: as claimed, n for NLL, n K for MSE",
    )
    return figure


def _cells(axes: Axes, rows: pd.DataFrame, markers: Mapping[int, str]) -> None:
    """Draw the thresholds of a sweep, those of equal x a little apart."""
    apart = np.exp(spread(len(markers), 0.24))
    for (classes, marker), factor in zip(markers.items(), apart, strict=True):
        for loss, colour in COLOURS.items():
            points = rows[(rows["classes"] == classes) & (rows["loss"] == loss)]
            x = factor * points["x"]
            _points(axes, x, points, color=colour, marker=marker)
    axes.set(xscale="log", yscale="log")
    for axis in (axes.xaxis, axes.yaxis):
        _plain_numbers(axis, (1, 2, 4))


def _plain_numbers(axis: Axis, digits: tuple[int, ...]) -> None:
    """Label a logarithmic axis 1, 2, 4, 10, ... instead of with powers of ten."""
    axis.set_major_locator(LogLocator(subs=digits))
    axis.set_major_formatter(EngFormatter(sep=""))
    axis.set_minor_formatter(NullFormatter())


def _around(values: pd.Series) -> tuple[float, float]:
    """Return limits of a logarithmic axis with room about the values."""
    return values.min() / 1.5, values.max() * 1.5


def _exponents(summary: pd.DataFrame, width: float) -> Figure:
    """Draw the exponents in n and in K of each sweep, a marker a criterion."""
    sweeps = list(summary["sweep"].unique())
    figure, panels = plt.subplots(
        len(EXPONENTS), 1, figsize=(width, 0.75 * width), sharex=True
    )
    for axes, (metric, label) in zip(panels, EXPONENTS.items(), strict=True):
        rows = summary[summary["metric"] == metric]
        for loss, style in STYLES.items():
            claimed = rows[rows["loss"] == loss]["predicted"].iloc[0]
            line = {"color": COLOURS[loss], "linestyle": style, "linewidth": 0.9}
            axes.axhline(claimed, zorder=1, **line)
        _fits(axes, rows, sweeps)
        axes.set_ylabel(label)
        axes.grid(axis="x", visible=False)
    panels[-1].set_xticks(range(len(sweeps)), [_words(sweep) for sweep in sweeps])
    panels[-1].set_xlim(-0.5, len(sweeps) - 0.5)
    _legend(figure, dict(zip(CRITERIA.values(), MARKERS, strict=False)))
    note(
        figure,
        f"fits within each replica; means of {summary['n'].max()} replicas;"
        f" bars: {INTERVALS}; lines: as claimed",
    )
    return figure


def _fits(axes: Axes, rows: pd.DataFrame, sweeps: Sequence[str]) -> None:
    """Draw the exponents of a panel; a long bar does not set its limits."""
    offsets = iter(spread(len(NAMES) * len(CRITERIA), 0.6))
    for loss in NAMES:
        for criterion, marker in zip(CRITERIA, MARKERS, strict=False):
            chosen = (rows["loss"] == loss) & (rows["criterion"] == criterion)
            x = rows[chosen]["sweep"].map(sweeps.index) + next(offsets)
            _points(axes, x, rows[chosen], color=COLOURS[loss], marker=marker)
    shown = pd.concat([rows["mean"], rows["predicted"]])
    axes.set_ylim(shown.min() - 0.25, shown.max() + 0.25)


def _points(axes: Axes, x: pd.Series, rows: pd.DataFrame, **marks: Any) -> None:
    """Draw means with their intervals; without interval the mean alone."""
    errors = [rows["mean"] - rows["ci_low"], rows["ci_high"] - rows["mean"]]
    axes.errorbar(
        x, rows["mean"], yerr=errors, linestyle="none", elinewidth=0.9, capsize=1.5,
        **marks,
    )  # fmt: skip


def _legend(figure: Figure, markers: Mapping[str, str]) -> None:
    """Explain the colours of the losses and the markers."""
    handles = [
        *(Patch(color=colour, label=NAMES[loss]) for loss, colour in COLOURS.items()),
        *(
            Line2D([], [], color="0.3", linestyle="none", marker=marker, label=label)
            for label, marker in markers.items()
        ),
    ]
    figure.legend(loc="outside upper center", ncols=len(handles), handles=handles)


def _words(name: str) -> str:
    return name.replace("_", " ")
