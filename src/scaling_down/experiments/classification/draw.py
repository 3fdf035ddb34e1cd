"""The paper's Figure 3 and Table 1: accuracy while training, and at its end."""

import math
from collections.abc import Mapping
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from scaling_down.experiments.classification.settings import Study
from scaling_down.experiments.dataset.digits import MNIST
from scaling_down.experiments.dataset.published import HUMAN_ACCURACY
from scaling_down.figures.bands import INTERVALS, band, note
from scaling_down.figures.dots import PUBLISHED, interval
from scaling_down.figures.palette import INK, MODELS
from scaling_down.workflow.parameters.sections import Drawing

NAMES = {"logistic": "logistic", "mlp": "MLP", "cnn": "CNN", "gru": "GRU"}
NAMES |= {"human": "human"}
STYLES = {"plain": "-", "shuffled": "--"}
HUMAN: dict[str, Any] = {"color": INK, "linestyle": ":"}
TITLES = {"train": "while training: training set", "test": "while training: test set"}
TITLES |= {data: f"at the end: test set, {data} positions" for data in STYLES}
ARROW = 1.0
"""How long the arrow is where the paper prints that an accuracy is above another."""
LOWEST = 80
"""Where the axis of accuracies on MNIST begins, unless one ends below it."""


def draw(
    tables: Mapping[str, pd.DataFrame],
    study: Study,
    drawing: Drawing,
) -> dict[str, Figure]:
    """Return the figure of the benchmark: two rows of MNIST-1D, one of MNIST."""
    width, curves, table = drawing.width, tables["curves"], tables["table1"]
    digits = table[(table["data"] == MNIST) & (table["origin"] == "measured")]
    rows = 2 * bool(study.positions) + (not digits.empty)
    figure, panels = plt.subplots(
        rows, 2, figsize=(width, 0.39 * width * max(rows, 1.25)), sharey="row",
        squeeze=False,
    )  # fmt: skip
    if study.positions:
        _mnist_1d(panels[:2], curves, table)
    if not digits.empty:
        _mnist(panels[-1], curves, table[table["data"] == MNIST])
    for axes in panels[:, 0]:
        axes.set_ylabel("accuracy (%)")
    handles = _handles(is_mnist_1d=bool(study.positions))
    figure.legend(handles=handles, loc="outside upper center", ncols=5)
    note(figure, _said(curves["n"].max(), digits))
    return {"classification": figure}


def _mnist_1d(panels: np.ndarray, curves: pd.DataFrame, table: pd.DataFrame) -> None:
    shared = curves[curves["training_sets"] == "shared"]
    for axes, split in zip(panels[0], ("train", "test"), strict=True):
        _training(axes, shared, split)
        axes.set_title(TITLES[split])
    panels[0, 1].axhline(HUMAN_ACCURACY, **HUMAN)
    for axes, data in zip(panels[1], STYLES, strict=True):
        _table1(axes, table[table["data"] == data])
        axes.set_title(TITLES[data])
    for axes in panels[:, 0]:
        axes.set_ylim(0, 104)


def _mnist(panels: np.ndarray, curves: pd.DataFrame, table: pd.DataFrame) -> None:
    """Draw the test accuracies on MNIST, its axis cut where nothing ends."""
    while_training, at_the_end = panels
    _training(while_training, curves[curves["training_sets"] == MNIST], "test")
    while_training.set_title(f"{MNIST}: test set, while training")
    _table1(at_the_end, table)
    at_the_end.set_title(f"{MNIST}: test set, at the end")
    lowest = 10 * math.floor(table["mean"].min() / 10)
    while_training.set_ylim(min(LOWEST, lowest), 101)


def _said(n: int, digits: pd.DataFrame) -> str:
    """Return the note below the figure."""
    said = f"means of n = {n} replicas; bands and bars: {INTERVALS}"
    said += "; published: mean ± SD of three runs, Table 1"
    if digits.empty:
        return said
    ours, theirs = (digits[f"{p}train_samples"].iloc[0] for p in ("", "published_"))
    return (
        f"{said} (arrow: above); {MNIST}: ours on {ours:,.0f} training digits,"
        f" published on {theirs:,.0f}"
    )


def _training(axes: Axes, curves: pd.DataFrame, split: str) -> None:
    rows = curves[curves["metric"] == f"{split}_accuracy"]
    for (model, positions), curve in rows.groupby(["model", "positions"], sort=False):
        line = {"color": MODELS[model], "linestyle": STYLES[positions]}
        band(axes, curve, "step", **line)
    axes.set_xlabel("training step")


def _table1(axes: Axes, rows: pd.DataFrame) -> None:
    """Draw ours on the left and what the paper's Table 1 prints on the right."""
    for place, model in enumerate(NAMES):
        row = rows[rows["model"] == model].iloc[0]
        if pd.notna(row["mean"]):
            interval(axes, place - 0.15, row, color=MODELS[model])
        above = pd.isna(row["published_sd"])
        axes.errorbar(
            place + 0.15, row["published_mean"], lolims=above,
            yerr=ARROW if above else row["published_sd"],
            color=MODELS[model], elinewidth=1, capsize=2, **PUBLISHED,
        )  # fmt: skip
    axes.set_xticks(range(len(NAMES)), NAMES.values())
    axes.set_xlim(-0.5, len(NAMES) - 0.5)
    axes.grid(axis="x", visible=False)


def _handles(*, is_mnist_1d: bool) -> list[Line2D]:
    """Explain the colours of the models, the lines, and what was printed."""
    looks: dict[str, dict[str, Any]] = {
        NAMES[m]: {"color": c} for m, c in MODELS.items() if m != "human"
    }
    if is_mnist_1d:
        looks |= {data: {"color": INK, "linestyle": s} for data, s in STYLES.items()}
        looks |= {f"human, {HUMAN_ACCURACY} %": HUMAN}
    looks |= {"published": {"color": INK, **PUBLISHED}}
    return [Line2D([], [], label=label, **look) for label, look in looks.items()]
