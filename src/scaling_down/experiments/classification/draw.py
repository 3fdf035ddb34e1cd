"""The paper's Figure 3: accuracy while training, plain and shuffled."""

from collections.abc import Mapping
from typing import Any

import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from scaling_down.experiments.classification.published import HUMAN_ACCURACY
from scaling_down.experiments.classification.settings import Study
from scaling_down.figures.bands import band, note
from scaling_down.workflow.parameters.sections import Drawing

COLOURS = {
    "logistic": "tab:green", "mlp": "tab:blue", "cnn": "tab:red", "gru": "tab:purple"
}  # fmt: skip
NAMES = {"logistic": "logistic", "mlp": "MLP", "cnn": "CNN", "gru": "GRU"}
STYLES = {"plain": "-", "shuffled": "--"}


def draw(
    tables: Mapping[str, pd.DataFrame],
    study: Study,
    drawing: Drawing,
) -> dict[str, Figure]:
    """Return the figure of the benchmark."""
    width = drawing.width
    figure, panels = plt.subplots(1, 2, figsize=(width, 0.4 * width), sharey=True)
    for axes, split in zip(panels, ("train", "test"), strict=True):
        _panel(axes, tables["curves"], split)
    panels[0].set_ylabel("accuracy (%)")
    panels[1].legend(loc="center left", bbox_to_anchor=(1.0, 0.5))
    n = tables["curves"]["n"].max()
    note(
        figure,
        f"mean of n = {n} replicas; bands: 95 % intervals of the mean (Student's t)",
    )
    return {"classification": figure}


def _panel(axes: Axes, curves: pd.DataFrame, split: str) -> None:
    rows = curves[
        (curves["metric"] == f"{split}_accuracy")
        & (curves["training_sets"] == "shared")
    ]
    for (model, positions), curve in rows.groupby(["model", "positions"], sort=False):
        label = NAMES[model] + (", shuffled" if positions == "shuffled" else "")
        line = {"color": COLOURS[model], "linestyle": STYLES[positions]}
        band(axes, curve, "step", label=label, **line)
    if split == "test":
        human: dict[str, Any] = {
            "color": "0.3",
            "linestyle": ":",
            "label": "human (published)",
        }
        axes.axhline(HUMAN_ACCURACY, **human)
    axes.set(title=f"{split} accuracy", xlabel="training step", ylim=(0, 102))
