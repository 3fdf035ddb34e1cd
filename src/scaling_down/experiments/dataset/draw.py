"""The templates, how a sample is made from each, and what the classes look like."""

from collections.abc import Mapping
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from scaling_down.experiments.dataset.settings import DatasetDrawing, Study
from scaling_down.figures.bands import note
from scaling_down.figures.saving import Animation

DIGITS = range(10)
FRAME_MS, LAST_FRAME_MS = 900, 2500


def draw(
    tables: Mapping[str, pd.DataFrame],
    study: Study,
    drawing: DatasetDrawing,
) -> dict[str, Figure | Animation]:
    """Return the figures of the dataset."""
    width = drawing.width
    return {
        "dataset_templates": _templates(tables["templates"], width),
        "dataset_chain": _chain(tables["chain"], width),
        "dataset_chain_animated": _animation(tables["chain"], width),
        "dataset_samples": _samples(
            tables["samples"], width, drawing.samples_per_class
        ),
    }


def _templates(templates: pd.DataFrame, width: float) -> Figure:
    figure, panels = plt.subplots(
        1, 10, figsize=(width, 0.24 * width), sharex=True, sharey=True
    )
    for digit, axes in zip(DIGITS, panels, strict=True):
        rows = templates[templates["digit"] == digit]
        _stroke(axes, rows["value"], rows["t"], marker="o", markersize=2)
        axes.set_title(digit)
    return figure


def _samples(samples: pd.DataFrame, width: float, count: int) -> Figure:
    figure, panels = plt.subplots(
        count, 10, figsize=(width, 0.16 * width * count),
        sharex=True, sharey=True, squeeze=False,
    )  # fmt: skip
    for (digit, number), rows in samples.groupby(["digit", "sample"]):
        if number < count:
            _stroke(panels[number, digit], rows["value"], rows["t"])
    for digit in DIGITS:
        panels[0, digit].set_title(digit)
    note(figure, "the first training samples of each class")
    return figure


def _stroke(axes: Axes, values: pd.Series, t: pd.Series, **line: Any) -> None:
    """Draw a signal as its digit is written: from top to bottom."""
    axes.plot(values, -t, color="k", linewidth=1, **line)
    _bare(axes)


def _bare(axes: Axes) -> None:
    axes.set(xticks=[], yticks=[])
    axes.grid(False)
    for spine in axes.spines.values():
        spine.set(visible=True, linewidth=0.3, color="0.7")


def _chain(chain: pd.DataFrame, width: float) -> Figure:
    steps = list(chain["step"].unique())
    figure, panels = plt.subplots(
        10, len(steps), figsize=(width, 0.95 * width), sharex="col"
    )
    raw = chain[chain["step"] != "standardise"].groupby("digit")["value"]
    limits = 1.1 * raw.agg(lambda values: values.abs().max())
    for column, step in enumerate(steps):
        rows = chain[chain["step"] == step]
        for digit in DIGITS:
            axes = panels[digit, column]
            _signal(axes, rows[rows["digit"] == digit])
            if step != "standardise":
                axes.set_ylim(-limits[digit], limits[digit])
        panels[0, column].set_title(step.replace("_", "\n"), fontsize=7)
    for digit in DIGITS:
        panels[digit, 0].set_ylabel(digit, rotation=0, ha="right", va="center")
    note(
        figure,
        "one sample of each digit, from its template to what a model sees"
        " (last column: its own scale)",
    )
    return figure


def _signal(axes: Axes, rows: pd.DataFrame) -> None:
    axes.plot(rows["position"], rows["value"], color="k", linewidth=0.9)
    _bare(axes)


def _animation(chain: pd.DataFrame, width: float) -> Animation:
    steps = list(chain["step"].unique())
    figure, panels = plt.subplots(2, 5, figsize=(width, 0.42 * width))

    def frame(index: int) -> None:
        rows = chain[chain["step"] == steps[index]]
        limit = 1.1 * np.abs(rows["value"]).max()
        for digit, axes in zip(DIGITS, panels.flat, strict=True):
            axes.clear()
            _signal(axes, rows[rows["digit"] == digit])
            axes.set(ylim=(-limit, limit), title=digit)
        figure.suptitle(f"{index + 1}. {steps[index].replace('_', ' ')}", fontsize=11)

    durations = [FRAME_MS] * (len(steps) - 1) + [LAST_FRAME_MS]
    return Animation(figure, frame, durations)
