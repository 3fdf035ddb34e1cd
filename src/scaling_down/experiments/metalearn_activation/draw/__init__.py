"""The figures of the metalearned activation (the paper's Figure 7, and three more)."""

from collections.abc import Mapping

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from scaling_down.experiments.metalearn_activation import published
from scaling_down.experiments.metalearn_activation.draw.arms import (
    baselines_figure,
    transfer_figure,
)
from scaling_down.experiments.metalearn_activation.draw.marks import (
    COLOURS,
    PROTOCOLS,
    label,
    look,
)
from scaling_down.experiments.metalearn_activation.settings import Study
from scaling_down.figures.bands import INTERVALS, band, note
from scaling_down.figures.dots import PUBLISHED
from scaling_down.figures.palette import MUTED
from scaling_down.workflow.parameters.sections import Drawing

Tables = Mapping[str, pd.DataFrame]
SHOWN = 6
"""Functions are drawn from minus to plus this; few pre-activations lie beyond."""


def draw(tables: Tables, study: Study, drawing: Drawing) -> dict[str, Figure]:
    """Return the figures of the metalearned activation."""
    width = drawing.width
    return {
        "metalearn_activation_function": _functions(tables["functions"], width),
        "metalearn_activation_training": _training(tables["curves"], width),
        "metalearn_activation_baselines": baselines_figure(tables, study, width),
        "metalearn_activation_transfer": transfer_figure(tables, study, width),
    }


def _functions(functions: pd.DataFrame, width: float) -> Figure:
    protocols = list(functions.groupby("protocol", sort=False))
    figure, panels = plt.subplots(
        2, len(protocols), figsize=(width, 0.6 * width), squeeze=False,
        sharex=True, sharey="row", height_ratios=(3, 1),
    )  # fmt: skip
    for column, (protocol, rows) in zip(panels.T, protocols, strict=True):
        _function_panel(column[0], rows)
        _density_panel(column[1], rows)
        column[0].set_title(f"{protocol} protocol")
    panels[0, 0].set_ylabel("activation")
    panels[1, 0].set_ylabel("density")
    panels[0, -1].legend(loc="upper left")
    n = functions["replica"].nunique()
    note(
        figure,
        f"n = {n} replicas, a line each; density: all steps of the last inner training",
    )
    return figure


def _function_panel(axes: Axes, rows: pd.DataFrame) -> None:
    shown = rows[rows["x"].abs() <= SHOWN]
    for number, (_, one) in enumerate(shown.groupby("replica", sort=False)):
        first = number == 0
        axes.plot(
            one["x"], one["initial"], color=MUTED, linewidth=0.7, linestyle="--",
            label="before metalearning" if first else None,
        )  # fmt: skip
        axes.plot(
            one["x"], one["value"], color=COLOURS["learned"], linewidth=1,
            label="learned" if first else None,
        )  # fmt: skip
    x = np.sort(shown["x"].unique())
    swish = x / (1 + np.exp(-x))
    axes.plot(x, swish, color=COLOURS["swish"], linestyle=":", label="Swish")


def _density_panel(axes: Axes, rows: pd.DataFrame) -> None:
    shown = rows[rows["x"].abs() <= SHOWN]
    for _, one in shown.groupby("replica", sort=False):
        axes.fill_between(
            one["x"], one["density"], color=COLOURS["learned"], alpha=0.15, linewidth=0
        )
        axes.plot(one["x"], one["density"], color=COLOURS["learned"], linewidth=0.7)
    axes.set(xlabel="pre-activation", ylim=(0, None))


def _training(curves: pd.DataFrame, width: float) -> Figure:
    figure, panels = plt.subplots(1, 2, figsize=(width, 0.48 * width))
    measures = {"outer_loss": "outer loss", "test_accuracy": "test accuracy (%)"}
    for axes, (metric, words) in zip(panels, measures.items(), strict=True):
        rows = curves[curves["metric"] == metric]
        for (name, protocol), curve in rows.groupby(
            ["activation", "protocol"], sort=False
        ):
            band(
                axes, curve, "outer_step", label=f"{label(name)}, {protocol}",
                linewidth=0.9, **look(name, protocol),
            )  # fmt: skip
        axes.set(xlabel="outer step", ylabel=words)
    panels[0].plot(
        list(published.OUTER_LOSS), list(published.OUTER_LOSS.values()),
        color=COLOURS["learned"], label="notebook (one run)", **PUBLISHED,
    )  # fmt: skip
    panels[1].plot(
        max(published.OUTER_LOSS), published.ACCURACY["learned"],
        color=COLOURS["learned"], **PUBLISHED,
    )  # fmt: skip
    handles, labels = panels[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside upper center", ncols=1 + len(PROTOCOLS))
    note(figure, f"means of n = {curves['n'].max()} replicas; bands: {INTERVALS}")
    return figure
