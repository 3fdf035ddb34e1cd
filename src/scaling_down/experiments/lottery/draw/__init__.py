"""The figures of the lottery tickets: the paper's Figure 4 and S2, and others."""

from collections.abc import Iterator, Mapping

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from scaling_down.experiments.lottery import published
from scaling_down.experiments.lottery.draw.controls import (
    controls_figure,
    protocols_figure,
)
from scaling_down.experiments.lottery.draw.marks import PRINTED
from scaling_down.experiments.lottery.draw.masks import adjacency_figure, masks_figure
from scaling_down.experiments.lottery.settings import CRITERION_OF, TICKETS, Study
from scaling_down.figures.bands import INTERVALS, band, note
from scaling_down.figures.dots import dots, spread
from scaling_down.figures.palette import TICKETS as COLOURS
from scaling_down.figures.rows import chosen
from scaling_down.workflow.parameters.sections import Drawing

Tables = Mapping[str, pd.DataFrame]
BENEFIT = "test_accuracy_difference_to_pooled_dense"
RUNS = {2020: published.ABLATIONS_2020, 2024: published.ABLATIONS_2024}
ABOUT = 15
"""Points above and below the dense network that are shown at full height."""
BARS = 16
"""Rounds of a ticket that show their interval, of a full schedule."""
PANELS = {"test_loss": "test loss", "test_accuracy": "test accuracy (%)"}


def draw(tables: Tables, study: Study, drawing: Drawing) -> dict[str, Figure]:
    """Return the figures of the lottery tickets."""
    width = drawing.width
    of_sources = _published(tables)
    return {
        **_of_the_sources(of_sources, study, width),
        "lottery_controls": controls_figure(tables, study, width),
        "lottery_protocols": protocols_figure(tables["rounds"], width),
    }


def _of_the_sources(tables: Tables, study: Study, width: float) -> dict[str, Figure]:
    return {
        "lottery_rounds": _rounds(tables["rounds"], width),
        "lottery_curves": _curves(tables["curves"], width),
        "lottery_ablations": _ablations(tables, width),
        "lottery_masks": masks_figure(tables["tickets"], width),
        "lottery_adjacency": adjacency_figure(tables, study.ablation.sparsity, width),
        "lottery_benefit": _benefit(tables, width),
    }


def _published(tables: Tables) -> dict[str, pd.DataFrame]:
    """Return the tables with the published protocol and shared training sets alone."""
    where = {"protocol": "published", "training_sets": "shared"}
    return {
        name: chosen(table, **{c: v for c, v in where.items() if c in table})
        for name, table in tables.items()
    }


def _rounds(rounds: pd.DataFrame, width: float) -> Figure:
    figure, panels = plt.subplots(1, 2, figsize=(width, 0.5 * width))
    for axes, (what, label) in zip(panels, PANELS.items(), strict=True):
        rows = rounds[rounds["metric"] == f"{what}_final"]
        rows = rows.assign(percent=100 * rows["sparsity"])
        _means(axes, rows)
        _some_intervals(axes, rows)
        axes.set(xlabel="sparsity (%)", ylabel=label)
    _printed_rounds(axes)
    middle = 5 * round(_dense(rows)["mean"] / 5)
    axes.set_ylim(middle - ABOUT, middle + ABOUT)
    figure.legend(
        *axes.get_legend_handles_labels(), loc="outside upper center", ncols=5
    )
    _whole_range(axes, rows)
    note(
        figure,
        f"means of n = {rounds['n'].max()} replicas; bars, at some sparsities:"
        f" {INTERVALS}; inset: the whole range",
    )
    return figure


def _means(axes: Axes, rows: pd.DataFrame) -> None:
    for ticket, criterion in CRITERION_OF.items():
        curve = rows[rows["criterion"] == criterion].sort_values("percent")
        axes.plot(
            curve["percent"], curve["mean"], color=COLOURS[ticket],
            label=f"{ticket} ticket",
        )  # fmt: skip
    axes.axhline(
        _dense(rows)["mean"], color=COLOURS["dense"], linestyle="--", linewidth=1,
        label="dense",
    )  # fmt: skip


def _dense(rows: pd.DataFrame) -> pd.Series:
    """Return the row of the dense network: no round has pruned it yet."""
    return rows[(rows["round"] == 0) & (rows["criterion"] == "magnitude")].iloc[0]


def _some_intervals(axes: Axes, rows: pd.DataFrame) -> None:
    """Draw intervals of some rounds as bars, none where there is another already."""
    taken = {0}
    for ticket in ("random", "lottery"):
        own = rows[rows["criterion"] == CRITERION_OF[ticket]].sort_values("round")
        free = own[~own["round"].isin(taken)]
        step = max(len(free) // BARS, 1)
        shown = free.iloc[step // 2 :: step]
        taken.update(shown["round"])
        _bars(axes, shown, COLOURS[ticket])
    _bars(axes, _dense(rows).to_frame().T, COLOURS["dense"])


def _bars(axes: Axes, rows: pd.DataFrame, colour: str) -> None:
    x = rows["percent"].to_numpy(float)
    low, high = (rows[edge].to_numpy(float) for edge in ("ci_low", "ci_high"))
    axes.vlines(x, low, high, color=colour, linewidth=0.9)


def _printed_rounds(axes: Axes) -> None:
    for ticket, criterion in CRITERION_OF.items():
        axes.plot(
            published.SPARSITIES, published.ROUNDS_2020[criterion],
            color=COLOURS[ticket], label=f"{ticket}, 2020", **PRINTED[2020],
        )  # fmt: skip


def _whole_range(axes: Axes, rows: pd.DataFrame) -> None:
    inset = axes.inset_axes((0.11, 0.08, 0.5, 0.24))
    _means(inset, rows)
    inset.set(ylim=(0, 80), yticks=(0, 40, 80), xticks=(0, 50, 100))


def _conditions(table: pd.DataFrame) -> Iterator[tuple[tuple[str, str], pd.DataFrame]]:
    """Yield the conditions in the order of the parameters, with their rows."""
    yield from table.groupby(["positions", "weights"], sort=False)


def _title(pair: tuple[str, str]) -> str:
    positions, weights = pair
    if weights == "original":
        return "baseline" if positions == "plain" else positions
    return "new weights" if positions == "plain" else f"{positions},\nnew weights"


def _curves(curves: pd.DataFrame, width: float) -> Figure:
    shown = curves[curves["metric"] == "test_accuracy"]
    conditions = list(_conditions(shown))
    columns = min(3, len(conditions))
    lines = -(-len(conditions) // columns)
    figure, panels = plt.subplots(
        lines, columns, figsize=(width, 0.3 * width * lines),
        sharex=True, sharey=True, squeeze=False,
    )  # fmt: skip
    for axes in panels.flat[len(conditions) :]:
        axes.set_axis_off()
    for axes, (pair, rows) in zip(panels.flat, conditions, strict=False):
        for ticket, curve in rows.groupby("ticket", sort=False):
            band(axes, curve, "step", color=COLOURS[ticket], label=ticket, linewidth=1)
        axes.set(title=_title(pair), xlabel="training step")
        axes.xaxis.set_tick_params(labelbottom=True)
    late = shown[shown["step"] > 0]["mean"]
    panels[0, 0].set_ylim(late.min() - 3, late.max() + 4)
    for axes in panels[:, 0]:
        axes.set_ylabel("test accuracy (%)")
    handles, labels = panels[0, 0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside upper center", ncols=len(TICKETS))
    note(figure, f"means of n = {curves['n'].max()} replicas; bands: {INTERVALS}")
    return figure


def _ablations(tables: Tables, width: float) -> Figure:
    figure, axes = plt.subplots(figsize=(width, 0.5 * width))
    _arms(axes, tables, "test_accuracy_final", TICKETS)
    axes.set(ylabel="test accuracy (%)")
    n = tables["ablations"]["n"].max()
    note(figure, f"dots: n = {n} replicas; bars: mean and {INTERVALS}")
    return figure


def _benefit(tables: Tables, width: float) -> Figure:
    figure, axes = plt.subplots(figsize=(width, 0.5 * width))
    _arms(axes, tables, BENEFIT, TICKETS[1:])
    axes.axhline(0, color=COLOURS["dense"], linestyle="--", linewidth=1)
    axes.set(ylabel="test accuracy less dense (points)")
    n = tables["ablations"]["n"].max()
    note(figure, f"dots: n = {n} paired replicas; bars: mean and {INTERVALS}")
    return figure


def _arms(axes: Axes, tables: Tables, metric: str, tickets: tuple[str, ...]) -> None:
    """Draw each condition's arms: the replicas, mean and interval, what was printed."""
    offsets = dict(zip(tickets, spread(len(tickets), 0.54), strict=True))
    pairs = [pair for pair, _ in _conditions(tables["ablations"])]
    points, table = tables["ablation_replicas"], tables["ablations"]
    for place, pair in enumerate(pairs):
        for ticket, offset in offsets.items():
            where = {
                "positions": pair[0], "weights": pair[1], "ticket": ticket,
                "metric": metric,
            }  # fmt: skip
            values = chosen(points, **where)["value"].to_numpy()
            if not len(values):
                continue
            x = place + offset
            row = chosen(table, **where).iloc[0]
            label = ticket if place == 0 else None
            dots(axes, x, values, row, color=COLOURS[ticket], label=label)
            _printed_arm(axes, x, pair, ticket, metric)
    for year, marker in PRINTED.items():
        axes.plot([], [], color="0.4", label=f"{year} (two trials)", **marker)
    axes.set_xticks(range(len(pairs)), [_title(pair) for pair in pairs])
    axes.grid(axis="x", visible=False)
    axes.legend(loc="upper center", bbox_to_anchor=(0.5, 1.12), ncols=len(tickets) + 2)


def _printed_arm(
    axes: Axes, x: float, pair: tuple[str, str], ticket: str, metric: str
) -> None:
    for year, run in RUNS.items():
        if pair in run:
            mean = np.mean(run[pair][ticket])
            if metric == BENEFIT:
                mean -= np.mean(run[pair]["dense"])
            axes.plot(x + 0.12, mean, color=COLOURS[ticket], **PRINTED[year])
