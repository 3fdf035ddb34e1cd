"""The figures of self-supervised learning: accuracy by layer, and what explains it."""

from collections.abc import Mapping
from typing import Any

import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from scaling_down.experiments.self_supervised.published import LINEAR
from scaling_down.experiments.self_supervised.settings import (
    CONVOLUTIONS,
    PROJECTOR_WIDTHS,
    Arm,
    Projector,
    Study,
)
from scaling_down.figures.bands import INTERVALS, band, note
from scaling_down.figures.dots import spread
from scaling_down.figures.palette import (
    BLUE,
    GREEN,
    INK,
    MUTED,
    ORANGE,
    PURPLE,
    SKY,
)
from scaling_down.workflow.parameters.sections import Drawing

Tables = Mapping[str, pd.DataFrame]
TITLES: dict[Projector, str] = {
    "default": "projector",
    "none": "no projector",
    "deep": "deep projector",
}
TRAINED, UNTRAINED = BLUE, MUTED
PRINTED: dict[str, dict[str, Any]] = {
    "paper": {"marker": "D", "label": "paper (one run)"},
    "notebook": {"marker": "s", "label": "notebook of 2024 (one run)"},
}
RANKS = (5, 10, 20, 50, 100, 200)
HOLLOW: dict[str, Any] = {
    "linestyle": "none", "markerfacecolor": "white", "markersize": 3.5, "color": "0.2",
    "markeredgewidth": 0.8, "zorder": 3,
}  # fmt: skip
MEASURES = {
    "linear_accuracy": ("all features", BLUE, "-"),
    "projected_accuracy": ("random projection", ORANGE, "-"),
    "neighbour_accuracy": ("nearest neighbours", PURPLE, "-."),
}
VIEWS = {
    "shift+slope+offset": ("shift, slope, offset", BLUE, "-"),
    "shift": ("shift", ORANGE, "-"),
    "slope": ("slope", PURPLE, "-"),
    "offset": ("offset", SKY, "-"),
    "none": ("none", "0.45", "--"),
}
"""Name, colour and line of the usual sets of augmentations; others get the rest."""


def draw(tables: Tables, study: Study, drawing: Drawing) -> dict[str, Figure]:
    """Return the figures of self-supervised learning."""
    width = drawing.width
    return {
        "self_supervised_layers": _layers(tables, study, width),
        "self_supervised_controls": _controls(tables["summary"], study, width),
        "self_supervised_augmentations": _variations(tables["summary"], study, width),
        "self_supervised_rank": _rank(tables, study, width),
    }


def _layers(tables: Tables, study: Study, width: float) -> Figure:
    figure, panels = _panels(study, width)
    for axes, projector in zip(panels, study.projectors, strict=True):
        for arm, colour, label in _trained_and_not(study, projector):
            rows = _rows(tables["summary"], arm, "linear_accuracy")
            band(axes, rows, "layer", color=colour, label=label)
            _dots(axes, _rows(tables["replicas"], arm, "linear_accuracy"), colour)
        trained = study.arm(projector=projector)
        rows = _rows(tables["summary"], trained, "linear_accuracy_original")
        line: dict[str, Any] = {
            "color": TRAINED,
            "linestyle": ":",
            "label": "tolerance 0.01",
        }
        axes.plot(rows["layer"], rows["mean"], **line)
        for source, marks in PRINTED.items():
            axes.plot(LINEAR[source][projector], **HOLLOW, **marks)
    panels[0].set_ylabel("linear probe, test accuracy (%)")
    _shared_legend(figure, panels[0], 3)
    n = tables["summary"]["n"].max()
    note(figure, f"dots: n = {n} replicas; lines and bands: means and {INTERVALS}")
    return figure


def _controls(summary: pd.DataFrame, study: Study, width: float) -> Figure:
    figure, panels = _panels(study, width)
    for axes, projector in zip(panels, study.projectors, strict=True):
        (trained, *_), (untrained, *_) = _trained_and_not(study, projector)
        for metric, (label, colour, style) in MEASURES.items():
            line = {"color": colour, "linestyle": style, "label": label}
            band(axes, _rows(summary, trained, metric), "layer", marker=".", **line)
        rows = _rows(summary, untrained, "projected_accuracy")
        label = "random projection, untrained"
        band(axes, rows, "layer", color=UNTRAINED, linestyle="--", label=label)
    panels[0].set_ylabel("test accuracy (%)")
    _shared_legend(figure, panels[0], 3)
    note(figure, f"means of n = {summary['n'].max()} replicas; bands: {INTERVALS}")
    return figure


def _variations(summary: pd.DataFrame, study: Study, width: float) -> Figure:
    figure, panels = plt.subplots(1, 2, figsize=(width, 0.42 * width), sharey=True)
    unnamed = iter((GREEN, MUTED, INK))
    for names in study.augmentations:
        arm = study.arm(augmentations=names)
        views = arm.columns["augmentations"]
        look = VIEWS.get(views) or (views.replace("+", ", "), next(unnamed, "k"), "-.")
        _line(panels[0], summary, arm, look)
    _line(panels[1], summary, study.arm(), ("as on the left", BLUE, "-"))
    for loss in study.losses[1:]:
        arm = study.arm(loss=loss)
        look = (f"{loss.replace('_', '-')} loss", ORANGE, "-")
        _line(panels[1], summary, arm, look)
    for samples in study.trained_on[1:]:
        arm = study.arm(trained_on=samples)
        look = (f"trained on {samples.replace('_', ' ')}", PURPLE, "--")
        _line(panels[1], summary, arm, look)
    for axes, title in zip(panels, ("augmentations", "loss and samples"), strict=True):
        axes.set(title=title, xlabel="layer", ylim=(0, 100))
        _mark_convolutions(axes)
        axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.2), ncols=2)
    panels[0].set_ylabel("linear probe, test accuracy (%)")
    note(figure, f"means of n = {summary['n'].max()} replicas; bands: {INTERVALS}")
    return figure


def _line(
    axes: Axes, summary: pd.DataFrame, arm: Arm, look: tuple[str, str, str]
) -> None:
    label, colour, style = look
    rows = _rows(summary, arm, "linear_accuracy")
    line = {"color": colour, "linestyle": style, "label": label}
    band(axes, rows, "layer", marker=".", **line)


def _rank(tables: Tables, study: Study, width: float) -> Figure:
    figure, panels = plt.subplots(
        1, len(study.projectors), figsize=(width, 0.42 * width), sharey=True,
        sharex=True, squeeze=False,
    )  # fmt: skip
    for axes, projector in zip(panels[0], study.projectors, strict=True):
        arm = study.arm(projector=projector)
        x, y = (
            _rows(tables["replicas"], arm, metric).set_index(["layer", "replica"])
            for metric in ("effective_rank", "linear_accuracy")
        )
        axes.plot(x["value"], y["value"], ".", color=TRAINED, alpha=0.4, markersize=3)
        ranks, accuracies = (t["value"].groupby("layer").mean() for t in (x, y))
        axes.plot(ranks, accuracies, color=TRAINED, linewidth=0.6)
        for layer, rank in ranks.items():
            axes.annotate(
                str(layer), (rank, accuracies[layer]), xytext=(3, 3),
                textcoords="offset points", fontsize=8,
            )  # fmt: skip
        axes.set(title=TITLES[projector], xlabel="effective rank", xscale="log")
        axes.set_xticks(RANKS, [str(rank) for rank in RANKS])
        axes.xaxis.set_minor_locator(plt.NullLocator())
    panels[0, 0].set_ylabel("linear probe, test accuracy (%)")
    n = tables["summary"]["n"].max()
    note(figure, f"dots: n = {n} replicas; lines: means; digits: layers, 0 the input")
    return figure


def _panels(study: Study, width: float) -> tuple[Figure, list[Axes]]:
    """Return a panel for each projector, as wide as it has layers."""
    layers = [_layers_of(projector) for projector in study.projectors]
    figure, panels = plt.subplots(
        1, len(layers), figsize=(width, 0.45 * width), sharey=True, squeeze=False,
        width_ratios=layers,
    )  # fmt: skip
    for axes, projector in zip(panels[0], study.projectors, strict=True):
        axes.set(title=TITLES[projector], xlabel="layer", ylim=(0, 100))
        axes.set_xticks(range(_layers_of(projector)))
        _mark_convolutions(axes)
    return figure, list(panels[0])


def _layers_of(projector: Projector) -> int:
    """Return how many layers a network has, its input among them."""
    return 1 + CONVOLUTIONS + len(PROJECTOR_WIDTHS[projector])


def _mark_convolutions(axes: Axes) -> None:
    line: dict[str, Any] = {"color": "0.6", "linestyle": ":", "linewidth": 0.8}
    axes.axvline(CONVOLUTIONS, label="end of convolutions", zorder=0, **line)


def _shared_legend(figure: Figure, axes: Axes, columns: int) -> None:
    handles, labels = axes.get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside upper center", ncols=columns)


def _dots(axes: Axes, rows: pd.DataFrame, colour: str) -> None:
    """Draw the replicas of every layer side by side."""
    for _, layer in rows.groupby("layer"):
        x = layer["layer"] + spread(len(layer))
        axes.plot(
            x, layer["value"], "o", color=colour, alpha=0.45, markersize=2,
            markeredgewidth=0,
        )  # fmt: skip


def _trained_and_not(
    study: Study, projector: Projector
) -> tuple[tuple[Arm, str, str], tuple[Arm, str, str]]:
    """Return both arms of a projector with their colours and labels."""
    untrained = study.arm(projector=projector, epochs=0)
    return (
        (study.arm(projector=projector), TRAINED, "trained"),
        (untrained, UNTRAINED, "untrained"),
    )


def _rows(table: pd.DataFrame, arm: Arm, metric: str) -> pd.DataFrame:
    """Return an arm's rows of a metric."""
    chosen = table["metric"] == metric
    for column, value in arm.columns.items():
        chosen &= table[column] == value
    return table[chosen]
