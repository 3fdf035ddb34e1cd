"""The figures of the masks: their pictures, and how their weights lie."""

from collections.abc import Mapping
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from scaling_down.experiments.lottery import published
from scaling_down.experiments.lottery.adjacency import LENGTHS
from scaling_down.experiments.lottery.draw.marks import PRINTED
from scaling_down.experiments.lottery.settings import CRITERION_OF
from scaling_down.figures.bands import INTERVALS, band, note
from scaling_down.figures.dots import dots, spread
from scaling_down.figures.palette import INK, ordered
from scaling_down.figures.palette import TICKETS as COLOURS
from scaling_down.figures.rows import chosen
from scaling_down.figures.scales import plain_number

Tables = Mapping[str, pd.DataFrame]
RUNS = {2020: published.ADJACENCY_2020, 2024: published.ADJACENCY_2024}
FARTHEST = 20
"""Distance up to which there are pairs of inputs enough to show."""
CHANCE = {"uniform": "-", "by_input": ":"}
PER_MILLE = 1000
TIMES = (0, 1, 10, 100)


def masks_figure(tickets: pd.DataFrame, width: float) -> Figure:
    """Return the first layer's masks of two lottery and two random tickets."""
    pictures = list(tickets.groupby(["criterion", "replica"], sort=False))
    figure, panels = plt.subplots(
        len(pictures), 1, figsize=(width, 0.2 * width * len(pictures)), sharex=True
    )
    names = {criterion: ticket for ticket, criterion in CRITERION_OF.items()}
    for axes, ((criterion, replica), rows) in zip(
        np.atleast_1d(panels), pictures, strict=True
    ):
        kept = [[mark == "#" for mark in inputs] for inputs in rows["inputs"]]
        axes.imshow(
            np.array(kept).T, aspect="auto", cmap="gray_r", interpolation="nearest",
            vmin=0, vmax=1,
        )  # fmt: skip
        axes.set(ylabel="input", yticks=[0, len(kept[0]) - 1])
        axes.set_title(f"{names[criterion]} ticket, replica {replica}", fontsize=8)
        axes.grid(False)
    axes.set_xlabel("hidden unit, sorted by its adjacent pairs, then by its weights")
    note(
        figure,
        f"black: survives, at {100 * tickets['sparsity'].iloc[0]:.0f} % sparsity",
    )
    return figure


def adjacency_figure(tables: Tables, wanted: float, width: float) -> Figure:
    """Return adjacency beside chance, by sparsity, by distance; and the density."""
    figure, panels = plt.subplots(2, 3, figsize=(width, 0.74 * width))
    masks = tables["masks"]
    sparsities = masks["sparsity"].unique()
    shown = sparsities[np.abs(sparsities - wanted).argmin()]
    percent = f"{100 * shown:.0f} %"
    for axes, length in zip(panels[0], LENGTHS, strict=True):
        _runs(axes, tables, shown, length)
        axes.set(title=f"runs of {length} at {percent}", ylabel=f"p{length} (‰)")
    _ratios(panels[1, 0], tables)
    profiles = tables["profiles"][tables["profiles"]["sparsity"] == shown]
    near = profiles[profiles["place"] <= FARTHEST]
    _profile(panels[1, 1], near, "co_survival_by_distance")
    _profile(panels[1, 2], profiles, "density_by_position")
    panels[1, 1].set(xlabel="distance of two inputs", ylabel="co-survival (SD)")
    panels[1, 1].set_title(f"pairs of inputs at {percent}")
    panels[1, 2].set(xlabel="input position", ylabel="surviving share")
    panels[1, 2].set(title=f"density at {percent}", ylim=(0, None))
    figure.legend(handles=_handles(), loc="outside upper center", ncols=6)
    note(
        figure,
        f"dots: n = {masks['n'].max()} replicas; dashes, bars and bands: mean and"
        f" {INTERVALS}; below 0 bars are cut off; published: single tickets",
    )
    return figure


def _runs(axes: Axes, tables: Tables, sparsity: float, length: int) -> None:
    """Draw p_k of both tickets, per mille, beside chance."""
    metric = f"p{length}"
    for x, (ticket, criterion) in enumerate(CRITERION_OF.items()):
        where = {"sparsity": sparsity, "criterion": criterion}
        values = chosen(tables["mask_replicas"], **where, metric=metric)["value"]
        rows = chosen(tables["masks"], **where).set_index("metric")
        rows = PER_MILLE * rows[["mean", "ci_low", "ci_high"]]
        colour = COLOURS[ticket]
        dots(axes, x, PER_MILLE * values, rows.loc[metric], width=0.2, color=colour)
        for kind, style in CHANCE.items():
            chance = rows.loc[f"{metric}_chance_{kind}", "mean"]
            axes.hlines(chance, x - 0.35, x + 0.35, color=INK, linestyle=style)
        for year, run in RUNS.items() if published.is_papers(sparsity) else ():
            value = PER_MILLE * run[criterion][LENGTHS.index(length)]
            axes.plot(x + 0.22, value, color=colour, **PRINTED[year])
    axes.set_xticks(range(len(CRITERION_OF)), CRITERION_OF)
    axes.set_xlim(-0.6, 1.6)
    _from_zero(axes)
    axes.grid(axis="x", visible=False)


def _from_zero(axes: Axes) -> None:
    """Begin an axis so far below zero that a marker at zero is whole."""
    axes.set_ylim(bottom=-0.05 * axes.get_ylim()[1])


def _ratios(axes: Axes, tables: Tables) -> None:
    """Draw the lottery tickets' p_k in units of the uniform chance, by sparsity.

    Some replicas have no run of four and some intervals reach below zero, so that
    the scale is linear up to chance.
    """
    sparsities = tables["masks"]["sparsity"].unique()
    apart = spread(len(LENGTHS), 0.5)
    for (length, colour), offset in zip(ordered(LENGTHS).items(), apart, strict=True):
        metric = f"p{length}_ratio_to_uniform"
        for place, sparsity in enumerate(sparsities):
            where = {"sparsity": sparsity, "criterion": "magnitude", "metric": metric}
            values = chosen(tables["mask_replicas"], **where)["value"]
            row = chosen(tables["masks"], **where).iloc[0]
            label = f"p{length}" if place == 0 else None
            x = place + offset
            dots(axes, x, values, row, color=colour, label=label, markersize=5)
    axes.axhline(1, color=INK, linewidth=1)
    axes.set_xticks(range(len(sparsities)), [f"{100 * s:.0f}" for s in sparsities])
    axes.set(title="lottery tickets", xlabel="sparsity (%)", ylabel="times chance")
    axes.set_yscale("symlog", linthresh=1)
    axes.set_ylim(-0.15, 1.5 * axes.get_ylim()[1])
    axes.set_yticks(TIMES, [plain_number(times) for times in TIMES])
    axes.grid(axis="x", visible=False)
    axes.legend(loc="upper left")


def _profile(axes: Axes, profiles: pd.DataFrame, metric: str) -> None:
    rows = profiles[profiles["metric"] == metric]
    for ticket, criterion in CRITERION_OF.items():
        curve = rows[rows["criterion"] == criterion]
        band(axes, curve, "place", color=COLOURS[ticket])


def _handles() -> list[Any]:
    """Explain the colours of the tickets, the levels of chance, what was printed."""
    looks: dict[str, dict[str, Any]] = {
        **{ticket: {"color": COLOURS[ticket]} for ticket in CRITERION_OF},
        "chance": {"color": INK},
        "chance at inputs' densities": {"color": INK, "linestyle": ":"},
        **{f"published {year}": {"color": INK, **PRINTED[year]} for year in RUNS},
    }
    return [Line2D([], [], label=label, **look) for label, look in looks.items()]
