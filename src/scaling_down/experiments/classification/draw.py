"""The paper's Figure 3 and Table 1: accuracy while training, and at its end."""

from collections.abc import Mapping
from typing import Any

import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from scaling_down.experiments.classification.published import HUMAN_ACCURACY
from scaling_down.experiments.classification.settings import Study
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


def draw(
    tables: Mapping[str, pd.DataFrame],
    study: Study,
    drawing: Drawing,
) -> dict[str, Figure]:
    """Return the figure of the benchmark."""
    width = drawing.width
    figure, panels = plt.subplots(2, 2, figsize=(width, 0.78 * width), sharey=True)
    for axes, split in zip(panels[0], ("train", "test"), strict=True):
        _training(axes, tables["curves"], split)
    for axes, data in zip(panels[1], STYLES, strict=True):
        table = tables["table1"]
        _table1(axes, table[table["data"] == data])
        axes.set_title(TITLES[data])
    for axes in panels[:, 0]:
        axes.set(ylabel="accuracy (%)", ylim=(0, 104))
    figure.legend(handles=_handles(), loc="outside upper center", ncols=5)
    n = tables["curves"]["n"].max()
    note(
        figure,
        f"means of n = {n} replicas; bands and bars: {INTERVALS}; published: mean ± SD"
        " of three runs, Table 1",
    )
    return {"classification": figure}


def _training(axes: Axes, curves: pd.DataFrame, split: str) -> None:
    rows = curves[
        (curves["metric"] == f"{split}_accuracy")
        & (curves["training_sets"] == "shared")
    ]
    for (model, positions), curve in rows.groupby(["model", "positions"], sort=False):
        line = {"color": MODELS[model], "linestyle": STYLES[positions]}
        band(axes, curve, "step", **line)
    if split == "test":
        axes.axhline(HUMAN_ACCURACY, **HUMAN)
    axes.set(title=TITLES[split], xlabel="training step")


def _table1(axes: Axes, rows: pd.DataFrame) -> None:
    """Draw ours on the left and what the paper's Table 1 prints on the right."""
    for place, model in enumerate(NAMES):
        row = rows[rows["model"] == model].iloc[0]
        if pd.notna(row["mean"]):
            interval(axes, place - 0.15, row, color=MODELS[model])
        axes.errorbar(
            place + 0.15, row["published_mean"], yerr=row["published_sd"],
            color=MODELS[model], elinewidth=1, capsize=2, **PUBLISHED,
        )  # fmt: skip
    axes.set_xticks(range(len(NAMES)), NAMES.values())
    axes.set_xlim(-0.5, len(NAMES) - 0.5)
    axes.grid(axis="x", visible=False)


def _handles() -> list[Line2D]:
    """Explain the colours of the models, the lines, and what was printed."""
    looks: dict[str, dict[str, Any]] = {
        **{NAMES[m]: {"color": c} for m, c in MODELS.items() if m != "human"},
        **{
            positions: {"color": INK, "linestyle": s} for positions, s in STYLES.items()
        },
        f"human, {HUMAN_ACCURACY} %": HUMAN,
        "published": {"color": INK, **PUBLISHED},
    }
    return [Line2D([], [], label=label, **look) for label, look in looks.items()]
