"""Test accuracies of all activations: beside one another, and where they are new."""

from collections.abc import Iterator, Mapping

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from scaling_down.experiments.metalearn_activation import published
from scaling_down.experiments.metalearn_activation.draw.marks import (
    COLOURS,
    OTHERS,
    label,
)
from scaling_down.experiments.metalearn_activation.settings import SCENARIOS, Study
from scaling_down.figures.bands import INTERVALS, note
from scaling_down.figures.dots import PUBLISHED, dots, spread
from scaling_down.figures.palette import BLUE, INK

Tables = Mapping[str, pd.DataFrame]
TRANSFERRED = ("learned", "relu_gains", "swish_gains", "relu", "swish")
MARKERS = {"published": "o", "corrected": "s", "none": "^"}
"""By protocol; known activations have none."""
RATES = {"published": "published rate", "best": "own best rate"}
SCENARIO_WORDS = {
    "seen": "published\nprotocol's",
    "unseen": "unseen\nweights",
    "dataset": "unseen\ndataset",
    "longer": "longer\ntraining",
}
TITLES = {
    "seen": "the training that the published protocol learns on",
    "unseen": "trainings that no activation has seen",
}
"""Of the two panels of known activations."""


def baselines_figure(tables: Tables, study: Study, width: float) -> Figure:
    """Draw the accuracies on the seen and on unseen problems at two rates."""
    figure, panels = plt.subplots(
        2, 1, figsize=(width, 0.85 * width), sharex=True, sharey=True
    )
    rows, points = _accuracies(tables)
    for axes, scenario in zip(panels, TITLES, strict=True):
        _baseline_panel(axes, *(t[t["scenario"] == scenario] for t in (rows, points)))
        axes.set(title=TITLES[scenario], ylabel="test accuracy (%)")
    _printed(panels[0], [name for name, _ in _each(rows)])
    handles, labels = panels[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside upper center", ncols=3)
    _note(figure, rows, study)
    return figure


def _accuracies(tables: Tables) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the test accuracies of all arms, and those of their replicas."""
    rows, points = tables["arms"], tables["arm_replicas"]
    return tuple(t[t["metric"] == "test_accuracy"] for t in (rows, points))


def _values(points: pd.DataFrame, row: pd.Series) -> np.ndarray:
    """Return the replicas' accuracies behind a row."""
    for column in ("scenario", "activation", "protocol", "rate"):
        points = points[points[column] == row[column]]
    return points["value"].to_numpy()


def _each(rows: pd.DataFrame) -> Iterator[tuple[tuple[str, str], pd.DataFrame]]:
    yield from rows.groupby(["activation", "protocol"], sort=False)


def _words(activation: str, protocol: str) -> str:
    words = label(activation).replace(" with ", "\n")
    return words if protocol == "none" else f"{words}\n{protocol}"


def _baseline_panel(axes: Axes, rows: pd.DataFrame, points: pd.DataFrame) -> None:
    offsets = dict(zip(RATES, spread(2, 0.3), strict=True))
    names = [name for name, _ in _each(rows)]
    for place, (name, own) in enumerate(_each(rows)):
        for choice, words in RATES.items():
            row = own[own["rate"] == choice].iloc[0]
            dots(
                axes, place + offsets[choice], _values(points, row), row,
                color=INK if choice == "published" else BLUE,
                fmt="o" if choice == "published" else "s", markersize=4,
                label=words if name == names[0] else None,
            )  # fmt: skip
    axes.set_xticks(range(len(names)), [_words(*name) for name in names], rotation=90)
    axes.grid(axis="x", visible=False)


def _printed(axes: Axes, names: list[tuple[str, str]]) -> None:
    """Mark what the notebook prints, whose learned function is of its own protocol."""
    found = [
        (place, published.ACCURACY[activation])
        for place, (activation, protocol) in enumerate(names)
        if activation in published.ACCURACY and protocol != "corrected"
    ]
    if found:
        places, values = zip(*found, strict=True)
        axes.plot(places, values, color=INK, label="notebook (one run)", **PUBLISHED)


def transfer_figure(tables: Tables, study: Study, width: float) -> Figure:
    """Draw the accuracies by scenario, at the published rate and at the own best."""
    figure, panels = plt.subplots(1, 2, figsize=(width, 0.52 * width), sharey=True)
    rows, points = _accuracies(tables)
    rows = rows[rows["activation"].isin(TRANSFERRED)]
    for axes, (choice, words) in zip(panels, RATES.items(), strict=True):
        _transfer_panel(axes, rows[rows["rate"] == choice], points)
        axes.set(title=words)
    panels[0].set_ylabel("test accuracy (%)")
    handles, labels = panels[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside upper center", ncols=4)
    _note(figure, rows, study)
    return figure


def _transfer_panel(axes: Axes, rows: pd.DataFrame, points: pd.DataFrame) -> None:
    each = list(_each(rows))
    for (name, own), offset in zip(each, spread(len(each), 0.7), strict=True):
        activation, protocol = name
        for place, scenario in enumerate(SCENARIOS):
            row = own[own["scenario"] == scenario].iloc[0]
            words = label(activation) + ("" if protocol == "none" else f", {protocol}")
            dots(
                axes, place + offset, _values(points, row), row, width=0.05,
                color=COLOURS.get(activation, OTHERS),
                fmt=MARKERS[protocol], markersize=4,
                label=words if place == 0 else None,
            )  # fmt: skip
    ticks = [SCENARIO_WORDS[scenario] for scenario in SCENARIOS]
    axes.set_xticks(range(len(SCENARIOS)), ticks)
    axes.grid(axis="x", visible=False)


def _note(figure: Figure, rows: pd.DataFrame, study: Study) -> None:
    n, problems = rows["n"].max(), study.transfer.problems
    note(
        figure,
        f"dots: n = {n} replicas, each with {problems} unseen trainings; bars: means"
        f" and {INTERVALS}",
    )
