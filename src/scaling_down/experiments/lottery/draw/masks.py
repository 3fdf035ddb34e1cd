"""The figures of the masks: their pictures, and how their weights lie."""

from collections.abc import Mapping

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from scaling_down.experiments.lottery import published
from scaling_down.experiments.lottery.draw.marks import (
    COLOURS,
    INTERVALS,
    PRINTED,
    interval,
)
from scaling_down.experiments.lottery.settings import CRITERION_OF
from scaling_down.figures.bands import band, note, spread

Tables = Mapping[str, pd.DataFrame]
LENGTHS = (2, 3, 4)
RUNS = {2020: published.ADJACENCY_2020, 2024: published.ADJACENCY_2024}
FARTHEST = 20
"""Distance up to which there are pairs of inputs enough to show."""
STYLES = {2: "-", 3: "--", 4: ":"}


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
    figure, panels = plt.subplots(2, 3, figsize=(width, 0.66 * width))
    masks = tables["masks"]
    sparsities = masks["sparsity"].unique()
    shown = sparsities[np.abs(sparsities - wanted).argmin()]
    for axes, length in zip(panels[0], LENGTHS, strict=True):
        _runs(axes, tables, shown, length)
    _ratios(panels[1, 0], masks)
    profiles = tables["profiles"][tables["profiles"]["sparsity"] == shown]
    near = profiles[profiles["place"] <= FARTHEST]
    _profile(panels[1, 1], near, "co_survival_by_distance")
    _profile(panels[1, 2], profiles, "density_by_position")
    panels[1, 1].set(xlabel="distance of two inputs", ylabel="co-survival (sd)")
    panels[1, 2].set(xlabel="input position", ylabel="surviving share")
    panels[1, 2].set_ylim(bottom=0)
    panels[1, 2].legend()
    percent = f"{100 * shown:.0f} %"
    for axes, length in zip(panels[0], LENGTHS, strict=True):
        axes.set_title(f"runs of {length} at {percent}")
    panels[1, 1].set_title(f"pairs of inputs at {percent}")
    panels[1, 2].set_title(f"density at {percent}")
    note(
        figure,
        f"dots: n = {masks['n'].max()} replicas; bars and bands: {INTERVALS}; hollow:"
        " published single tickets (diamond 2020, square 2024)",
    )
    return figure


def _runs(axes: Axes, tables: Tables, sparsity: float, length: int) -> None:
    """Draw p_k of both tickets, beside chance."""
    masks, points = (
        table[table["sparsity"] == sparsity]
        for table in (tables["masks"], tables["mask_replicas"])
    )
    metric = f"p{length}"
    for x, (ticket, criterion) in enumerate(CRITERION_OF.items()):
        mine = points[(points["criterion"] == criterion) & (points["metric"] == metric)]
        values = mine["value"].to_numpy()
        axes.plot(
            x + spread(len(values), 0.2), values, "o", markersize=2.5,
            color=COLOURS[ticket], alpha=0.5, markeredgewidth=0,
        )  # fmt: skip
        rows = masks[masks["criterion"] == criterion].set_index("metric")
        interval(axes, x, rows.loc[metric], color=COLOURS[ticket])
        for kind, style in (("uniform", "-"), ("by_input", ":")):
            chance = rows.loc[f"{metric}_chance_{kind}"]["mean"]
            axes.hlines(chance, x - 0.35, x + 0.35, color="0.3", linestyle=style)
        for year, run in RUNS.items() if published.is_papers(sparsity) else ():
            value = run[criterion][length - 2]
            axes.plot(x + 0.22, value, color=COLOURS[ticket], **PRINTED[year])
    axes.set_xticks(range(len(CRITERION_OF)), CRITERION_OF)
    axes.set(xlim=(-0.6, 1.6), ylabel=f"$p_{length}$")
    axes.set_ylim(bottom=0)
    axes.grid(axis="x", visible=False)
    axes.ticklabel_format(axis="y", style="sci", scilimits=(-3, -3))
    if length == LENGTHS[0]:
        axes.plot([], [], color="0.3", label="chance, uniform")
        label = "chance at inputs' densities"
        axes.plot([], [], color="0.3", linestyle=":", label=label)
        axes.legend(loc="lower center")


def _ratios(axes: Axes, masks: pd.DataFrame) -> None:
    """Draw the lottery tickets' p_k in units of the uniform chance, by sparsity."""
    lottery = masks[masks["criterion"] == "magnitude"]
    lottery = lottery.assign(percent=100 * lottery["sparsity"])
    for length in LENGTHS:
        rows = lottery[lottery["metric"] == f"p{length}_ratio_to_uniform"]
        line = {"linestyle": STYLES[length], "marker": "o", "markersize": 2.5}
        band(
            axes,
            rows,
            "percent",
            color=COLOURS["lottery"],
            label=f"$p_{length}$",
            **line,
        )
    axes.axhline(1, color="0.3", linewidth=1)
    axes.set(xlabel="sparsity (%)", ylabel="times chance")
    axes.set_yscale("log", nonpositive="clip")
    axes.set_ylim(bottom=0.5)
    axes.set_title("lottery tickets")
    axes.legend()


def _profile(axes: Axes, profiles: pd.DataFrame, metric: str) -> None:
    rows = profiles[profiles["metric"] == metric]
    for ticket, criterion in CRITERION_OF.items():
        curve = rows[rows["criterion"] == criterion]
        band(axes, curve, "place", color=COLOURS[ticket], label=ticket)
