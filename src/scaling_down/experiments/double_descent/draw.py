"""The figures of double descent: the paper's Figure 5, in error and in loss."""

from collections.abc import Mapping
from typing import Any

import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from scaling_down.experiments.double_descent import published
from scaling_down.experiments.double_descent.settings import VARIANTS, Study, Variant
from scaling_down.figures.bands import INTERVALS, band, note, replica_lines
from scaling_down.figures.dots import FEW, PUBLISHED
from scaling_down.figures.palette import BLUE, INK, SKY, SPLITS, VERMILLION, ordered
from scaling_down.figures.scales import plain_numbers
from scaling_down.workflow.parameters.sections import Drawing

Tables = Mapping[str, pd.DataFrame]
TITLES: dict[Variant, str] = {
    "mlp_clean": "dense, clean labels",
    "mlp_noise": "dense, noisy labels",
    "mlp_noise_own": "dense, noisy, own datasets",
    "cnn_clean": "convolutional, clean labels",
    "cnn_noise": "convolutional, noisy labels",
}
COLOURS: dict[Variant, str] = {
    "mlp_clean": SKY,
    "mlp_noise": BLUE,
    "cnn_noise": VERMILLION,
}
KINDS = {"mlp": "hidden units a layer", "cnn": "channels"}
LABELS = {"error": "error (%)", "loss": "NLL (nats)"}
PRINTED = {"error": published.TEST_ERROR, "loss": published.TEST_LOSS}
PLACES = {"first_minimum": "v", "peak": "^"}
LOCATED = {"first_minimum": "first_minimum_parameters"}
LOCATED |= {"peak": "peak_location_parameters"}
SAMPLES: dict[str, Any] = {"color": INK, "linestyle": ":"}
INTERPOLATES: dict[str, Any] = {"linestyle": "--", "linewidth": 0.8}


def draw(tables: Tables, study: Study, drawing: Drawing) -> dict[str, Figure]:
    """Return the figures of double descent."""
    width = drawing.width
    return {
        "double_descent_error": _by_width(tables, "error", width),
        "double_descent_loss": _by_width(tables, "loss", width),
        "double_descent_parameters": _by_parameters(tables, study.train_samples, width),
        "double_descent_epochs": _by_epoch(tables["epochs"], width),
    }


def _by_width(tables: Tables, what: str, width: float) -> Figure:
    curves, replicas = tables["curves"], tables["replicas"]
    figure, panels = _panels(width)
    for variant, axes in panels.items():
        rows, own = (t[t["variant"] == variant] for t in (curves, replicas))
        for split, colour in SPLITS.items():
            curve = rows[rows["metric"] == f"{split}_{what}"]
            line = {"color": colour, "label": split, "marker": ".", "markersize": 3}
            band(axes, curve, "width", **line)
            if curve["n"].max() < FEW:
                replica_lines(axes, own, "width", f"{split}_{what}", colour)
        printed = PRINTED[what].get(variant, {})
        marks = {"color": INK, **PUBLISHED, "markersize": 2.5, "markeredgewidth": 0.6}
        axes.plot(list(printed), list(printed.values()), **marks, label="published")
        _count(axes, rows)
        axes.set(xlabel=_unit(variant), xscale="log")
        _upright(axes, LABELS[what], _top(curves, f"test_{what}"))
        plain_numbers(axes.xaxis, (1, 2, 5))
    figure.legend(
        *axes.get_legend_handles_labels(), loc="outside upper center", ncols=3
    )
    note(
        figure,
        f"means over n replicas; bands: {INTERVALS}; thin lines: each replica, where"
        f" fewer than {FEW}; published: test, one run",
    )
    return figure


def _by_parameters(tables: Tables, samples: int, width: float) -> Figure:
    """Draw the test curves against parameters, with where training interpolates."""
    figure, panels = plt.subplots(1, 2, figsize=(width, 0.5 * width))
    curves, summary = tables["curves"], tables["summary"]
    for axes, what in zip(panels, LABELS, strict=True):
        rows = curves[curves["metric"] == f"test_{what}"]
        for variant, colour in COLOURS.items():
            band(axes, rows[rows["variant"] == variant], "parameters", color=colour)
            found = _found(summary, variant, f"test_{what}")
            for place in PLACES:
                _place(axes, found, place, colour)
            reached = _found(summary, variant, f"train_{what}")
            _interpolation(axes, reached.loc["threshold_parameters", "mean"], colour)
        axes.axvline(samples, **SAMPLES)
        axes.set(xscale="log", xlabel="parameters", ylabel=f"test {LABELS[what]}")
        axes.set_ylim(0, _top(curves, f"test_{what}"))
        plain_numbers(axes.xaxis)
    handles = _handles(samples)
    figure.legend(handles=handles, loc="outside upper center", ncols=3)
    note(
        figure,
        f"means of {_counts(curves)}; bands: {INTERVALS}; horizontal bars: 95 %"
        f" intervals of places ({_kinds(summary)})",
    )
    return figure


def _by_epoch(epochs: pd.DataFrame, width: float) -> Figure:
    """Draw the test errors of some widths while they train."""
    figure, panels = _panels(width)
    rows = epochs[(epochs["metric"] == "test_error") & (epochs["epoch"] > 0)]
    for variant, axes in panels.items():
        own = rows[rows["variant"] == variant]
        for units, colour in ordered(own["width"]).items():
            curve = own[own["width"] == units]
            band(axes, curve, "epoch", color=colour, label=str(units))
        _count(axes, own)
        axes.set(xlabel="epoch", xscale="log")
        _upright(axes, "test error (%)", _top(rows, "test_error"))
        plain_numbers(axes.xaxis, (1, 2, 5))
        axes.legend(title=_unit(variant), loc="lower left")
    note(figure, f"means over n replicas; bands: {INTERVALS}")
    return figure


def _panels(width: float) -> tuple[Figure, dict[Variant, Axes]]:
    """Return a figure of a panel a variant: dense ones above convolutional ones."""
    dense, convolutional = (
        [name for name in TITLES if VARIANTS[name].kind == kind] for kind in KINDS
    )
    mosaic = [dense, [*convolutional, *"." * (len(dense) - len(convolutional))]]
    figure, panels = plt.subplot_mosaic(mosaic, figsize=(width, 0.8 * width))
    for variant, axes in panels.items():
        axes.set_title(TITLES[variant])
    return figure, panels


def _upright(axes: Axes, label: str, top: float) -> None:
    """Set the upright axis, which the panels of a row share; the first one has it."""
    place = axes.get_subplotspec()
    is_first = place is not None and place.is_first_col()
    axes.set_ylim(0, top)
    axes.set_ylabel(label if is_first else "")
    axes.tick_params(labelleft=is_first)


def _unit(variant: Variant) -> str:
    return KINDS[VARIANTS[variant].kind]


def _count(axes: Axes, rows: pd.DataFrame) -> None:
    """Say over how many replicas a panel's means are."""
    place: dict[str, Any] = {"transform": axes.transAxes, "ha": "right", "va": "top"}
    axes.text(0.97, 0.97, f"n = {rows['n'].max()}", **place)


def _found(summary: pd.DataFrame, variant: str, curve: str) -> pd.DataFrame:
    """Return what was found in a variant's curve, by metric."""
    rows = summary[(summary["variant"] == variant) & (summary["curve"] == curve)]
    return rows.set_index("metric")


def _place(axes: Axes, found: pd.DataFrame, place: str, colour: str) -> None:
    """Mark a minimum or a peak of the mean curve, with the interval of its place."""
    x, y = found.loc[LOCATED[place]], found.loc[f"{place}_height"]
    if pd.isna(x["mean"]):
        return
    marks: dict[str, Any] = {"color": colour, "markersize": 5, "zorder": 3}
    axes.plot(x["mean"], y["mean"], PLACES[place], **marks)
    axes.hlines(y["mean"], x["ci_low"], x["ci_high"], color=colour, linewidth=2)


def _interpolation(axes: Axes, reached: float, colour: str) -> None:
    if pd.notna(reached):
        axes.axvline(reached, color=colour, **INTERPOLATES)


def _kinds(summary: pd.DataFrame) -> str:
    """Say of which kind the intervals of places are."""
    kinds = summary.set_index("metric")["interval"].groupby(level=0).first()
    return ", ".join(
        f"{place.replace('_', ' ')}: {kinds[metric]}"
        for place, metric in LOCATED.items()
    )


def _handles(samples: int) -> list[Line2D]:
    """Explain the lines and markers over parameters."""
    looks: dict[str, dict[str, Any]] = {
        **{TITLES[variant]: {"color": colour} for variant, colour in COLOURS.items()},
        f"training samples, n = {samples}": SAMPLES,
        "training interpolates": {"color": INK, **INTERPOLATES},
        **{
            place.replace("_", " "): {"color": INK, "marker": marker, "linewidth": 2}
            for place, marker in PLACES.items()
        },
    }
    return [Line2D([], [], label=label, **look) for label, look in looks.items()]


def _top(curves: pd.DataFrame, metric: str) -> float:
    """Return the upper limit of an axis: wide bands of few replicas are cut off."""
    return 1.15 * curves[curves["metric"] == metric]["mean"].max()


def _counts(curves: pd.DataFrame) -> str:
    """Say over how many replicas the means are."""
    counts = curves.groupby("variant")["n"].max()
    dense = f"{counts['mlp_clean']} replicas (dense)"
    return f"n = {dense} and {counts['cnn_noise']} (convolutional)"
