"""The figures of double descent: the paper's Figure 5, in error and in loss."""

from collections.abc import Mapping

import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from scaling_down.experiments.double_descent import published
from scaling_down.experiments.double_descent.settings import VARIANTS, Study, Variant
from scaling_down.figures.bands import band, note
from scaling_down.workflow.parameters.sections import Drawing

Tables = Mapping[str, pd.DataFrame]
TITLES: dict[Variant, str] = {
    "mlp_clean": "dense, clean labels",
    "mlp_noise": "dense, noisy labels",
    "cnn_noise": "convolutional, noisy labels",
}
COLOURS = {"mlp_clean": "tab:blue", "mlp_noise": "tab:red", "cnn_noise": "tab:green"}
SPLITS = {"train": "tab:orange", "test": "tab:blue"}
LABELS = {"error": "error (%)", "loss": "negative log-likelihood (nats)"}
PRINTED = {"error": published.TEST_ERROR, "loss": published.TEST_LOSS}
INTERVALS = "95 % intervals of the mean (Student's t)"


def draw(tables: Tables, study: Study, drawing: Drawing) -> dict[str, Figure]:
    """Return the figures of double descent."""
    width = drawing.width
    return {
        "double_descent_error": _by_width(tables["curves"], "error", width),
        "double_descent_loss": _by_width(tables["curves"], "loss", width),
        "double_descent_parameters": _by_parameters(tables, study.train_samples, width),
    }


def _by_width(curves: pd.DataFrame, what: str, width: float) -> Figure:
    figure, panels = plt.subplots(1, 3, figsize=(width, 0.38 * width), sharey=True)
    for axes, (variant, title) in zip(panels, TITLES.items(), strict=True):
        rows = curves[curves["variant"] == variant]
        for split, colour in SPLITS.items():
            curve = rows[rows["metric"] == f"{split}_{what}"]
            line = {"color": colour, "label": split, "marker": ".", "markersize": 3}
            band(axes, curve, "width", **line)
        printed = PRINTED[what][variant]
        axes.plot(
            list(printed), list(printed.values()), "D", markersize=2.5, color="0.3",
            fillstyle="none", markeredgewidth=0.6, label="test, published", zorder=1,
        )  # fmt: skip
        unit = "hidden units a layer" if VARIANTS[variant].kind == "mlp" else "channels"
        axes.set(title=title, xlabel=unit, xscale="log")
        _plain_ticks(axes)
    panels[0].set_ylabel(LABELS[what])
    panels[0].set_ylim(0, _top(curves, f"test_{what}"))
    panels[0].legend(loc="lower left" if what == "error" else "upper left")
    note(figure, f"means of {_counts(curves)}; bands: {INTERVALS}")
    return figure


def _by_parameters(tables: Tables, samples: int, width: float) -> Figure:
    """Draw the test curves against parameters, with where training interpolates."""
    figure, panels = plt.subplots(1, 2, figsize=(width, 0.42 * width))
    curves, summary = tables["curves"], tables["summary"]
    for axes, what in zip(panels, ("error", "loss"), strict=True):
        for variant, title in TITLES.items():
            chosen = (curves["variant"] == variant) & (
                curves["metric"] == f"test_{what}"
            )
            colour = COLOURS[variant]
            band(axes, curves[chosen], "parameters", color=colour, label=title)
            for place, marker in (("first_minimum", "v"), ("peak", "^")):
                _place(axes, summary, (variant, f"test_{what}", place), marker)
            _interpolation(axes, summary, variant, f"train_{what}")
        axes.axvline(samples, color="0.4", linestyle=":", label=f"n = {samples}")
        axes.set(xscale="log", xlabel="parameters", ylabel=f"test {LABELS[what]}")
        axes.set_ylim(0, _top(curves, f"test_{what}"))
    figure.legend(*_legend(panels[0]), loc="outside upper center", ncols=3)
    note(figure, f"means of {_counts(curves)}; bands: {INTERVALS}; bars: bootstrap")
    return figure


def _place(
    axes: Axes, summary: pd.DataFrame, where: tuple[str, str, str], marker: str
) -> None:
    """Mark a minimum or a peak, with the interval of its place and of its height."""
    variant, curve, place = where
    rows = summary[(summary["variant"] == variant) & (summary["curve"] == curve)]
    rows = rows.set_index("metric")
    located = "peak_location" if place == "peak" else place
    x, y = rows.loc[f"{located}_parameters"], rows.loc[f"{place}_height"]
    if pd.isna(x["mean"]):
        return
    colour = COLOURS[variant]
    axes.plot(x["mean"], y["mean"], marker, color=colour, markersize=5, zorder=3)
    axes.hlines(y["mean"], x["ci_low"], x["ci_high"], color=colour, linewidth=2)


def _interpolation(axes: Axes, summary: pd.DataFrame, variant: str, curve: str) -> None:
    rows = summary[(summary["variant"] == variant) & (summary["curve"] == curve)]
    reached = rows.set_index("metric").loc["threshold_parameters", "mean"]
    if pd.notna(reached):
        axes.axvline(reached, color=COLOURS[variant], linestyle="--", linewidth=0.8)


def _legend(axes: Axes) -> tuple[list[Artist], list[str]]:
    handles, labels = axes.get_legend_handles_labels()
    for name, marker in (("first minimum", "v"), ("peak", "^")):
        (handle,) = axes.plot([], [], marker, color="0.3", markersize=5)
        handles, labels = [*handles, handle], [*labels, name]
    return handles, labels


def _top(curves: pd.DataFrame, metric: str) -> float:
    """Return the upper limit of an axis: wide bands of few replicas are cut off."""
    return 1.15 * curves[curves["metric"] == metric]["mean"].max()


def _plain_ticks(axes: Axes) -> None:
    ticks = [2, 5, 10, 20, 50, 100, 200]
    low, high = axes.get_xlim()
    shown = [tick for tick in ticks if low <= tick <= high]
    axes.set_xticks(shown, [str(tick) for tick in shown])
    axes.xaxis.set_minor_locator(plt.NullLocator())


def _counts(curves: pd.DataFrame) -> str:
    """Say over how many replicas the means are."""
    counts = curves.groupby("variant")["n"].max()
    dense = f"{counts['mlp_clean']} replicas (dense)"
    return f"n = {dense} and {counts['cnn_noise']} (convolutional)"
