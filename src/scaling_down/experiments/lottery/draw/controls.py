"""What the sources do not show: control tickets, more datasets, another protocol."""

from collections.abc import Mapping

import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from scaling_down.experiments.lottery.settings import (
    BASELINE,
    CRITERION_OF,
    Condition,
    Study,
)
from scaling_down.figures.bands import INTERVALS, band, note
from scaling_down.figures.dots import dots
from scaling_down.figures.palette import BLUE, INK, MUTED, ORANGE, PURPLE, SKY
from scaling_down.figures.rows import chosen

Tables = Mapping[str, pd.DataFrame]
POPULATION = "test_accuracy_population"
NAMES = {
    "dense": "dense",
    "decayed": "dense,\nL2 penalty",
    "narrow": "dense,\nas few weights",
    "random": "random",
    "matched": "random, as many\nper input and unit",
    "lottery": "lottery",
}
COLOURS = {
    "dense": INK, "decayed": MUTED, "narrow": SKY, "random": ORANGE,
    "matched": PURPLE, "lottery": BLUE,
}  # fmt: skip
STYLES = {"published": "-", "corrected": "--"}


def controls_figure(tables: Tables, study: Study, width: float) -> Figure:
    """Draw the baseline's tickets, and the benefit of a ticket by condition."""
    figure, (left, right) = plt.subplots(
        1, 2, figsize=(width, 0.55 * width), width_ratios=(6, 5)
    )
    shown = [name for name in NAMES if len(_arm(tables, BASELINE, name))]
    for place, ticket in enumerate(shown):
        _dots(left, place, tables, BASELINE, ticket, POPULATION)
    left.set_xticks(range(len(shown)), [NAMES[t] for t in shown], rotation=90)
    left.set_ylabel("accuracy on fresh samples (%)")
    metric = f"{POPULATION}_difference_to_pooled_dense"
    conditions = study.ablation.conditions
    for place, condition in enumerate(conditions):
        for ticket in ("lottery", "random"):
            _dots(right, place, tables, condition, ticket, metric)
    right.axhline(0, color=INK, linestyle="--", linewidth=1)
    right.set_xticks(range(len(conditions)), map(_words, conditions), rotation=90)
    right.set_ylabel("less the dense network (points)")
    for axes in (left, right):
        axes.grid(axis="x", visible=False)
    handles, labels = right.get_legend_handles_labels()
    named = dict(zip(labels, handles, strict=True))
    figure.legend(named.values(), named, loc="outside upper center", ncols=2)
    n = tables["ablations"]["n"].max()
    note(figure, f"dots: n = {n} replicas; bars: means and {INTERVALS}")
    return figure


def _arm(tables: Tables, condition: Condition, ticket: str) -> pd.DataFrame:
    return chosen(tables["ablations"], **_where(condition, ticket))


def _where(condition: Condition, ticket: str) -> dict[str, str]:
    columns = ("positions", "weights", "training_sets")
    return {**dict(zip(columns, condition, strict=True)), "ticket": ticket}


def _dots(
    axes: Axes,
    place: int,
    tables: Tables,
    condition: Condition,
    ticket: str,
    metric: str,
) -> None:
    where = {**_where(condition, ticket), "metric": metric}
    values = chosen(tables["ablation_replicas"], **where)["value"]
    row = chosen(tables["ablations"], **where).iloc[0]
    dots(axes, place, values, row, color=COLOURS[ticket], label=f"{ticket} ticket")


def _words(condition: Condition) -> str:
    positions, weights, training_sets = condition
    weights_words = ",\nnew weights" if weights != "original" else ""
    return f"{positions}{weights_words}" + (
        ",\nown datasets" if training_sets == "own" else ""
    )


def protocols_figure(rounds: pd.DataFrame, width: float) -> Figure:
    """Draw the accuracy on fresh samples by sparsity, in both protocols."""
    figure, axes = plt.subplots(figsize=(0.75 * width, 0.5 * width))
    rows = chosen(rounds, metric=POPULATION)
    rows = rows.assign(percent=100 * rows["sparsity"])
    for protocol, style in STYLES.items():
        for ticket, criterion in CRITERION_OF.items():
            curve = chosen(rows, protocol=protocol, criterion=criterion)
            if len(curve):
                label = f"{ticket}, {protocol} protocol"
                line = {"color": COLOURS[ticket], "linestyle": style, "label": label}
                band(axes, curve, "percent", **line)
    axes.set(xlabel="sparsity (%)", ylabel="accuracy on fresh samples (%)")
    axes.legend(loc="lower left")
    note(figure, f"means of n = {rows['n'].max()} replicas; bands: {INTERVALS}")
    return figure
