"""The picture of the embeddings, with numbers under it (the paper's Figure 2)."""

from collections.abc import Mapping

import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patheffects import withStroke

from scaling_down.claims.words import interval
from scaling_down.experiments.dataset.digits import MNIST
from scaling_down.experiments.tsne.settings import Study
from scaling_down.figures.bands import note
from scaling_down.figures.palette import DIGITS as COLOURS
from scaling_down.workflow.parameters.sections import Drawing

TITLES = {
    "pixels": "pixels",
    "untrained": "CNN, untrained",
    "trained": "CNN, trained",
    MNIST: "pixels of MNIST",
}
SHOWN = {
    "kl": "KL divergence",
    "embedding_purity": "purity (%)",
    "embedding_accuracy": "kNN, picture (%)",
    "space_accuracy": "kNN, space (%)",
}
"""The numbers under each panel; kNN are test accuracies of nearest neighbours."""


def draw(
    tables: Mapping[str, pd.DataFrame], study: Study, drawing: Drawing
) -> dict[str, Figure]:
    """Return the figure of the embeddings."""
    width, spaces = drawing.width, tables["summary"]["space"].unique()
    figure, panels = plt.subplots(
        1, len(spaces), figsize=(width, 0.52 * width), squeeze=False
    )
    for axes, space in zip(panels[0], spaces, strict=True):
        points, summary = (
            table[table["space"] == space]
            for table in (tables["points"], tables["summary"])
        )
        _scatter(axes, points)
        axes.set_title(TITLES[space])
        axes.set_xlabel(_numbers(summary), fontsize=7)
    handles = [Line2D([], [], marker="o", linestyle="none", color=c) for c in COLOURS]
    digits = [str(digit) for digit in range(len(COLOURS))]
    figure.legend(handles, digits, loc="outside upper center", ncols=len(digits))
    n, replica = tables["summary"]["n"].max(), tables["points"]["replica"].iloc[0]
    said = (
        f"points: replica {replica}, colours and digits: classes; numbers: mean and"
        f" 95 % interval (Student's t) of n = {n} replicas"
    )
    if of_mnist := (tables["points"]["space"] == MNIST).sum():
        said += f"; {MNIST}: {of_mnist:,} digits, published of 70,000"
    note(figure, said)
    return {"tsne": figure}


def _scatter(axes: Axes, points: pd.DataFrame) -> None:
    """Draw the points, and each digit at the median of its own."""
    colours = [COLOURS[label] for label in points["label"]]
    axes.scatter(
        points["x"], points["y"], c=colours, s=2, linewidths=0, rasterized=True
    )
    for label, own in points.groupby("label"):
        axes.text(
            own["x"].median(), own["y"].median(), str(label), ha="center", va="center",
            fontsize=10, weight="bold",
            path_effects=[withStroke(linewidth=2.5, foreground="white")],
        )  # fmt: skip
    axes.set_aspect("equal", "datalim")
    axes.set(xticks=[], yticks=[])
    axes.spines[:].set_visible(False)


def _numbers(summary: pd.DataFrame) -> str:
    rows = summary.set_index("metric")
    return "\n".join(
        f"{name} {_measured(rows.loc[metric])}" for metric, name in SHOWN.items()
    )


def _measured(row: pd.Series) -> str:
    digits = 2 if row["mean"] < 10 else 1
    return interval(row["mean"], row["ci_low"], row["ci_high"], digits)
