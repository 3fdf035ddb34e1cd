"""The thresholds in figures: curves over parameters, thresholds, their exponents.

The letter n stands for training samples, so replicas are counted in words.
"""

from collections.abc import Mapping, Sequence
from itertools import cycle
from typing import Any

import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from scaling_down.experiments.interpolation_threshold.settings import Study
from scaling_down.figures.bands import INTERVALS, band, note
from scaling_down.figures.dots import spread
from scaling_down.figures.palette import INK, MUTED, ordered
from scaling_down.figures.palette import LOSSES as COLOURS
from scaling_down.figures.scales import plain_numbers
from scaling_down.figures.style import SMALLEST
from scaling_down.workflow.parameters.sections import Drawing

Tables = Mapping[str, pd.DataFrame]
NAMES = {"nll": "NLL", "mse": "MSE"}
MARKERS = ("o", "s", "^", "D", "v", "P", "X", "<", ">")
STYLES = {"nll": "-", "mse": "--"}
CLAIMED: dict[str, Any] = {"color": MUTED, "linewidth": 0.9, "zorder": 1}
LEVEL: dict[str, Any] = {"color": INK, "linestyle": "--", "linewidth": 0.8}
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
PALE = 0.4
EDGE, STEP = 0.04, 0.06
"""Where marks of what is missing stand, in parts of a panel's height."""
SMALL: dict[str, Any] = {"fontsize": SMALLEST, "color": INK, "ha": "right"}


def draw(tables: Tables, study: Study, drawing: Drawing) -> dict[str, Figure]:
    """Return the figures of the thresholds."""
    width = drawing.width
    figures = {
        "curves": _curves(tables["curves"], study.interpolation_level, width),
        "thresholds": _thresholds(tables["thresholds"], width),
        "exponents": _exponents(tables, width),
    }
    return {f"interpolation_threshold_{what}": f for what, f in figures.items()}


def _curves(curves: pd.DataFrame, level: float, width: float) -> Figure:
    """Draw both losses of the first sweep at one number of samples."""
    sweep = curves["sweep"].iloc[0]
    of_sweep = curves[curves["sweep"] == sweep]
    samples = _fullest_n(of_sweep)
    shown = of_sweep[of_sweep["n_train"] == samples]
    figure, panels = plt.subplots(
        len(NAMES), len(PANELS), figsize=(width, 0.7 * width), sharex=True
    )
    for line, loss in zip(panels, NAMES, strict=True):
        for axes, (metric, what) in zip(line, PANELS.items(), strict=True):
            rows = shown[(shown["loss"] == loss) & (shown["metric"] == metric)]
            _by_classes(axes, rows, samples)
            axes.set(ylabel=f"{what} ({NAMES[loss]}, relative)")
        plain_numbers(line[0].yaxis)
        plain_numbers(line[1].yaxis, (1, 2, 5))
        line[0].axhline(level, **LEVEL)
    for axes in panels[-1]:
        axes.set_xlabel("parameters")
        plain_numbers(axes.xaxis)
    handles = _curve_handles(shown["classes"])
    figure.legend(handles=handles, loc="outside upper center", ncols=6)
    note(
        figure,
        f"labels: {_words(sweep)}; n = {samples} samples; means of"
        f" {shown['n'].max()} replicas; bands: {INTERVALS}; relative: divided by the"
        " loss of the best constant answer",
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
    for classes, colour in ordered(rows["classes"]).items():
        band(axes, rows[rows["classes"] == classes], "parameters", color=colour)
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


def _thresholds(thresholds: pd.DataFrame, width: float) -> Figure:
    """Draw the thresholds of the training loss against n and n K, a column a sweep."""
    shown = thresholds[
        (thresholds["criterion"] == "train_loss")
        & (thresholds["metric"] == "parameters")
    ]
    shown = shown.assign(shared=_shared(shown))
    sweeps = list(shown["sweep"].unique())
    markers = dict(zip(sorted(shown["classes"].unique()), cycle(MARKERS), strict=False))
    claimed = {"n": shown["n_train"], "n K": shown["n_train"] * shown["classes"]}
    figure, panels = plt.subplots(
        len(claimed), len(sweeps), figsize=(width, 0.8 * width),
        sharex="row", sharey=True, squeeze=False,
    )  # fmt: skip
    for line, (unit, x) in zip(panels, claimed.items(), strict=True):
        for axes, sweep in zip(line, sweeps, strict=True):
            _cells(axes, shown.assign(x=x)[shown["sweep"] == sweep], markers)
            claim = {"color": COLOURS[CLAIMED_UNITS[unit]], "linewidth": 0.9}
            axes.plot(_around(x), _around(x), zorder=1, **claim)
            axes.set(xlabel=AXES[unit], xlim=_around(x))
        line[0].set_ylabel("threshold in parameters")
    for axes, sweep in zip(panels[0], sweeps, strict=True):
        axes.set_title(_words(sweep))
    panels[0, 0].set_ylim(_with_edge(pd.concat([*claimed.values(), shown["mean"]])))
    _legend(figure, {f"K = {k}": marker for k, marker in markers.items()})
    note(
        figure,
        f"by the training loss; means of {shown['n'].max()} replicas; bars:"
        f" {INTERVALS}; lines: as claimed, n for NLL, n K for MSE; hollow, at the"
        " lower edge: a replica has no threshold; pale: cells that not all sweeps have",
    )
    return figure


def _shared(cells: pd.DataFrame) -> pd.Series:
    """Tell of each row whether all sweeps have its cell."""
    having = cells.groupby(["n_train", "classes"])["sweep"].transform("nunique")
    return having == cells["sweep"].nunique()


def _cells(axes: Axes, rows: pd.DataFrame, markers: Mapping[int, str]) -> None:
    """Draw the thresholds of a sweep; those that are missing, at the lower edge."""
    axes.set(xscale="log", yscale="log")
    for axis in (axes.xaxis, axes.yaxis):
        plain_numbers(axis, (1, 2, 4))
    for (loss, classes, shared), points in rows.groupby(["loss", "classes", "shared"]):
        marks = {"color": COLOURS[loss], "marker": markers[classes]}
        _points(axes, points["x"], points, alpha=1 if shared else PALE, **marks)
    missing = rows[rows["mean"].isna()]
    for x, alike in missing.groupby("x"):
        for place, row in enumerate(alike.itertuples()):
            marks = {"color": COLOURS[row.loss], "marker": markers[row.classes]}
            _absent(axes, x, EDGE + STEP * place, **marks)
    if len(missing):
        height = EDGE + STEP * missing["x"].value_counts().max()
        axes.text(0.98, height, "hollow: none", transform=axes.transAxes, **SMALL)


def _around(values: pd.Series) -> tuple[float, float]:
    """Return limits of a logarithmic axis with room about the values."""
    return values.min() / 1.5, values.max() * 1.5


def _with_edge(values: pd.Series) -> tuple[float, float]:
    """Return such limits with room for marks at the lower edge."""
    low, high = _around(values)
    return low / 3, high


def _absent(axes: Axes, x: float, height: float, **marks: Any) -> None:
    """Mark what has no value, hollow, at a height in parts of the panel's."""
    hollow = {"linestyle": "none", "markerfacecolor": "white", **marks}
    axes.plot([x], [height], transform=axes.get_xaxis_transform(), **hollow)


def _exponents(tables: Tables, width: float) -> Figure:
    """Draw the exponents in n and in K of each sweep, a marker a criterion."""
    summary = tables["summary"]
    sweeps = list(summary["sweep"].unique())
    figure, panels = plt.subplots(
        len(EXPONENTS), 1, figsize=(width, 0.8 * width), sharex=True
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
    names = [_with_cells(sweep, tables["thresholds"]) for sweep in sweeps]
    panels[-1].set_xticks(range(len(sweeps)), names)
    panels[-1].set_xlim(-0.5, len(sweeps) - 0.5)
    _legend(figure, dict(zip(CRITERIA.values(), MARKERS, strict=False)))
    note(
        figure,
        f"fits within each replica; means of {summary['n'].max()} replicas; bars:"
        f" {INTERVALS}, long ones cut off; lines: as claimed; hollow: no fit, since a"
        " replica lacks a threshold or the cells do not tell",
    )
    return figure


def _with_cells(sweep: str, thresholds: pd.DataFrame) -> str:
    """Return a sweep's name and the cells that its fits rest on, which differ."""
    cells = thresholds[thresholds["sweep"] == sweep][["n_train", "classes"]]
    return f"{_words(sweep)}\n({len(cells.drop_duplicates())} cells)"


def _fits(axes: Axes, rows: pd.DataFrame, sweeps: Sequence[str]) -> None:
    """Draw the exponents of a panel; a long bar does not set its limits."""
    offsets = iter(spread(len(NAMES) * len(CRITERIA), 0.6))
    for loss in NAMES:
        for criterion, marker in zip(CRITERIA, MARKERS, strict=False):
            chosen = (rows["loss"] == loss) & (rows["criterion"] == criterion)
            points = rows[chosen]
            x = points["sweep"].map(sweeps.index) + next(offsets)
            marks: dict[str, Any] = {"color": COLOURS[loss], "marker": marker}
            _points(axes, x, points, **marks)
            for place in x[points["mean"].isna()]:
                _no_fit(axes, place, **marks)
    shown = pd.concat([rows["mean"], rows["predicted"]])
    axes.set_ylim(shown.min() - 0.5, shown.max() + 0.25)


def _no_fit(axes: Axes, x: float, **marks: Any) -> None:
    _absent(axes, x, EDGE, **marks)
    above = {**SMALL, "ha": "center", "rotation": 90}
    place = axes.get_xaxis_transform()
    axes.text(x, EDGE + STEP / 2, "no fit", transform=place, **above)


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
            Line2D([], [], color=INK, linestyle="none", marker=marker, label=label)
            for label, marker in markers.items()
        ),
    ]
    figure.legend(loc="outside upper center", ncols=len(handles), handles=handles)


def _words(name: str) -> str:
    return name.replace("_", " ")
