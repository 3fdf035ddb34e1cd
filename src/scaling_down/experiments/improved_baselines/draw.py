"""Stronger baselines beside what was published, by samples, and with augmentation."""

from collections.abc import Mapping, Sequence
from typing import Any

import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from scaling_down.experiments.dataset.published import HUMAN_ACCURACY
from scaling_down.experiments.improved_baselines import published
from scaling_down.experiments.improved_baselines.settings import Study
from scaling_down.figures.bands import INTERVALS, band, note
from scaling_down.figures.dots import PUBLISHED, dots
from scaling_down.figures.palette import BLUE, INK, ORANGE, PURPLE, SKY
from scaling_down.figures.rows import chosen
from scaling_down.workflow.parameters.sections import Drawing

Tables = Mapping[str, pd.DataFrame]
NAMES = {
    "dense": "dense",
    "dense_augmented": "augmented\ndense",
    "cnn": "CNN",
    "dilated_cnn": "dilated\nCNN",
    "resnet": "ResNet",
    "tcn": "TCN",
}
PANELS = (("dense", "dense_augmented"), ("cnn", "dilated_cnn", "resnet", "tcn"))
TESTS = {
    "test_accuracy_selected": ("test set", BLUE),
    "test_accuracy_population": ("fresh samples", ORANGE),
}
HUMAN: dict[str, Any] = {"color": INK, "linestyle": ":"}
MEAN = {"ecolor": INK, "markeredgecolor": INK}
"""Among a hundred dots of its own colour a mean would not be seen."""
HUMAN_LABEL = f"human, {HUMAN_ACCURACY} %"
SPLITS = {"train": "--", "validation": "-"}
COMPARED = {"dense": BLUE, "dense_augmented": PURPLE}


def draw(tables: Tables, study: Study, drawing: Drawing) -> dict[str, Figure]:
    """Return the figures of the baselines."""
    width = drawing.width
    return {
        "improved_baselines_accuracies": _accuracies(tables, study, width),
        "improved_baselines_sizes": _sizes(tables, study, width),
        "improved_baselines_augmentation": _augmentation(tables, study, width),
    }


def _accuracies(tables: Tables, study: Study, width: float) -> Figure:
    """Draw every arm on both tests, the dense ones on a scale of their own."""
    panels = [[a for a in panel if a in study.arms] for panel in PANELS]
    shown = [panel for panel in panels if panel]
    figure, grid = plt.subplots(
        1, len(shown), figsize=(width, 0.5 * width), squeeze=False,
        width_ratios=[len(panel) for panel in shown],
    )  # fmt: skip
    for axes, arms in zip(grid[0], shown, strict=True):
        for place, arm in enumerate(arms):
            _tested(axes, place - 0.22, tables, {"arm": arm, "n_train": study.n_train})
            _published(axes, place + 0.3, arm)
        _arms_axis(axes, arms)
        if arms is panels[-1]:
            axes.axhline(HUMAN_ACCURACY, **HUMAN)
    grid[0, 0].set_ylabel("accuracy (%)")
    figure.legend(
        handles=[*_test_handles(), _published_handle(), _human_handle()],
        loc="outside upper center", ncols=4,
    )  # fmt: skip
    summary = chosen(tables["summary"], n_train=study.n_train)
    counts = ", ".join(
        f"{NAMES[arm].replace(chr(10), ' ')} {n}"
        for arm, n in summary.groupby("arm", sort=False)["n"].max().items()
    )
    note(
        figure,
        f"replicas n: {counts}; dots: replicas; dashes: means with {INTERVALS};"
        " published: mean ± SD of 100 runs (dense, CNN) or one run",
    )
    return figure


def _sizes(tables: Tables, study: Study, width: float) -> Figure:
    """Draw the dense network's accuracies by number of training samples."""
    figure, axes = plt.subplots(figsize=(0.75 * width, 0.5 * width))
    dense = chosen(tables["summary"], arm="dense")
    for metric, (label, colour) in TESTS.items():
        rows = chosen(dense, metric=metric)
        band(axes, rows, "n_train", color=colour, label=label, marker=".")
    mean, sd = published.REVIEW["dense"]
    axes.errorbar(
        published.REVIEW_SAMPLES, mean, yerr=sd, color=INK, elinewidth=1, capsize=2,
        label="published", **PUBLISHED,
    )  # fmt: skip
    passed = {**PUBLISHED, "marker": "^", "color": INK, "label": "published: passes"}
    axes.plot(*published.DENSE_PASSES, **passed)
    axes.axhline(HUMAN_ACCURACY, label=HUMAN_LABEL, **HUMAN)
    sizes = sorted(set(dense["n_train"]))
    axes.set(xscale="log", xlabel="samples to learn from and to validate")
    axes.set_xticks(sizes, [f"{n:,}" for n in sizes], rotation=40, ha="right")
    axes.xaxis.set_minor_locator(plt.NullLocator())
    axes.set_ylabel("accuracy of the dense network (%)")
    figure.legend(loc="outside upper center", ncols=3)
    counts = f"{study.sizes.replicas} replicas, {dense['n'].max()} at {study.n_train:,}"
    note(figure, f"means of n = {counts} samples; bands: {INTERVALS}")
    return figure


def _augmentation(tables: Tables, study: Study, width: float) -> Figure:
    """Draw the conjecture: while training, and beside more samples and a CNN."""
    figure, (left, right) = plt.subplots(
        1, 2, figsize=(width, 0.5 * width), sharey=True
    )
    curves = chosen(tables["curves"], n_train=study.n_train)
    for arm, colour in COMPARED.items():
        for split, style in SPLITS.items():
            rows = chosen(curves, arm=arm, metric=f"{split}_accuracy")
            if len(rows):
                band(left, rows, "step", color=colour, linestyle=style)
    left.set(xlabel="training step", ylabel="accuracy (%)", title="while training")
    largest = max((*study.sizes.train_sizes, study.n_train))
    bars = {
        f"dense,\n{study.n_train:,}": ("dense", study.n_train, BLUE),
        NAMES["dense_augmented"]: ("dense_augmented", study.n_train, PURPLE),
        f"dense,\n{largest:,}": ("dense", largest, SKY),
        "CNN": ("cnn", study.n_train, INK),
    }
    bars = {label: bar for label, bar in bars.items() if bar[0] in study.arms}
    counts = []
    for place, (arm, n, colour) in enumerate(bars.values()):
        row = _row(tables, "test_accuracy_population", arm=arm, n_train=n)
        values = _values(tables, "test_accuracy_population", arm=arm, n_train=n)
        dots(right, place, values, row, color=colour, width=0.4, **MEAN)
        counts.append(str(row["n"]))
    right.set_title("selected, on fresh samples")
    right.set_xticks(range(len(bars)), bars)
    right.set_xlim(-0.6, len(bars) - 0.4)
    right.grid(axis="x", visible=False)
    looks: dict[str, dict[str, Any]] = {
        "dense": {"color": COMPARED["dense"]},
        "augmented dense": {"color": COMPARED["dense_augmented"]},
        "training set, not augmented": {"color": INK, "linestyle": SPLITS["train"]},
        "validation": {"color": INK, "linestyle": SPLITS["validation"]},
    }
    handles = [Line2D([], [], label=label, **look) for label, look in looks.items()]
    figure.legend(handles=handles, loc="outside upper center", ncols=4)
    note(
        figure,
        f"means of n replicas, from the left n = {', '.join(counts)}; bands and bars:"
        f" {INTERVALS}; dots: replicas",
    )
    return figure


def _tested(axes: Axes, x: float, tables: Tables, cell: Mapping[str, Any]) -> None:
    """Draw an arm's replicas, mean and interval on either test, side by side."""
    for offset, (metric, (_, colour)) in zip((0, 0.27), TESTS.items(), strict=True):
        row, values = _row(tables, metric, **cell), _values(tables, metric, **cell)
        dots(axes, x + offset, values, row, color=colour, width=0.18, **MEAN)


def _row(tables: Tables, metric: str, **cell: Any) -> pd.Series:
    return chosen(tables["summary"], metric=metric, **cell).iloc[0]


def _values(tables: Tables, metric: str, **cell: Any) -> pd.Series:
    return chosen(tables["replicas"], metric=metric, **cell)["value"]


def _published(axes: Axes, x: float, arm: str) -> None:
    looks = {"color": INK, "elinewidth": 1, "capsize": 2, **PUBLISHED}
    if arm in published.REVIEW:
        mean, sd = published.REVIEW[arm]
        axes.errorbar(x, mean, yerr=sd, **looks)
    elif arm in published.LATER:
        axes.errorbar(x, published.LATER[arm], **looks)


def _arms_axis(axes: Axes, arms: Sequence[str]) -> None:
    axes.set_xticks(range(len(arms)), [NAMES[arm] for arm in arms])
    axes.set_xlim(-0.6, len(arms) - 0.4)
    axes.grid(axis="x", visible=False)


def _test_handles() -> list[Line2D]:
    looks: dict[str, Any] = {"marker": "o", "linestyle": "none", "markersize": 4}
    return [
        Line2D([], [], color=colour, label=label, **looks)
        for label, colour in TESTS.values()
    ]


def _published_handle() -> Line2D:
    return Line2D([], [], color=INK, label="published", **PUBLISHED)


def _human_handle() -> Line2D:
    return Line2D([], [], label=HUMAN_LABEL, **HUMAN)
