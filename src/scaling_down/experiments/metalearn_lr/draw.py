"""The paper's Figure 6, the grid that judges it, and the rate against the horizon."""

from collections.abc import Mapping
from itertools import cycle
from typing import Any

import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.figure import Figure

from scaling_down.experiments.metalearn_lr import published
from scaling_down.experiments.metalearn_lr.settings import Study
from scaling_down.figures.bands import INTERVALS, band, note
from scaling_down.figures.palette import BLUE, ORANGE, PURPLE, SKY
from scaling_down.figures.rows import chosen
from scaling_down.figures.scales import plain_numbers
from scaling_down.workflow.parameters.sections import Drawing

Tables = Mapping[str, pd.DataFrame]
COLOURS = (BLUE, ORANGE, PURPLE, SKY)
GREY: dict[str, Any] = {"color": "0.4", "linestyle": ":", "linewidth": 1}
BEST = {
    "mean_loss_rate": ("best on the grid: mean loss", "black", "-"),
    "train_loss_rate": ("best on the grid: loss at the end", "0.55", "--"),
}


def draw(tables: Tables, study: Study, drawing: Drawing) -> dict[str, Figure]:
    """Return the figures of the metalearned rate."""
    width = drawing.width
    return {
        "metalearn_lr_updates": _updates(tables["updates"], study, width),
        "metalearn_lr_grid": _grid(tables, study, width),
        "metalearn_lr_horizons": _horizons(tables, study, width),
    }


def _updates(updates: pd.DataFrame, study: Study, width: float) -> Figure:
    """Draw rate and losses while the rate is learned, from each initial rate."""
    panels_of = {
        "rate": "learning rate",
        "mean_loss": "mean inner loss (nats)",
        "train_loss": "training loss at the end (nats)",
    }
    figure, panels = plt.subplots(1, 3, figsize=(width, 0.42 * width))
    shown = _of_starts(updates, study.horizon, study.initial_rates)
    for axes, (metric, label) in zip(panels, panels_of.items(), strict=True):
        for start, colour in zip(study.initial_rates, cycle(COLOURS), strict=False):
            rows = chosen(shown, start=start, metric=metric)
            band(axes, rows, "updates", color=colour, label=f"from {start:g}")
        axes.set(xlabel="updates of the rate", ylabel=label)
    rate = published.RATE
    panels[0].axhline(rate, label=f"published, {rate:.2f}", **GREY)
    panels[1].axhline(published.MEAN_LOSS, **GREY)
    figure.legend(
        *panels[0].get_legend_handles_labels(), loc="outside upper center", ncols=4
    )
    _note(figure, shown, f"{study.horizon} inner steps")
    return figure


def _grid(tables: Tables, study: Study, width: float) -> Figure:
    """Draw the losses at a grid of rates, with the metalearned rates."""
    figure, panels = plt.subplots(1, 2, figsize=(width, 0.45 * width))
    titles = {
        "mean_loss": "mean loss over the inner steps",
        "train_loss": "training loss at the end",
    }
    grid = chosen(tables["grid"], horizon=study.horizon)
    learned = _of_starts(tables["summary"], study.horizon, study.initial_rates)
    for axes, (metric, title) in zip(panels, titles.items(), strict=True):
        rows = chosen(grid, metric=metric)
        band(axes, rows, "rate", color="black", label="grid of rates")
        for start, colour in zip(study.initial_rates, cycle(COLOURS), strict=False):
            at = chosen(learned, start=start).set_index("metric")
            x, y = at.loc["rate"], at.loc[metric]
            label = f"metalearned from {start:g}"
            axes.plot(x["mean"], y["mean"], "o", color=colour, label=label)
            axes.hlines(y["mean"], x["ci_low"], x["ci_high"], color=colour)
        low, high = rows["mean"].min(), rows["mean"].max()
        axes.set(title=title, xscale="log", xlabel="learning rate")
        plain_numbers(axes.xaxis)
        axes.set_ylim(low - 0.1 * (high - low), high + 0.1 * (high - low))
    panels[0].set_ylabel("loss (nats)")
    figure.legend(
        *panels[0].get_legend_handles_labels(), loc="outside upper center", ncols=3
    )
    _note(figure, grid, "bars: of the rate")
    return figure


def _horizons(tables: Tables, study: Study, width: float) -> Figure:
    """Draw the metalearned rate and the grid's best rates against the horizon."""
    figure, axes = plt.subplots(figsize=(0.7 * width, 0.5 * width))
    best = _of_all(tables["horizons"], study.horizons)
    for metric, (label, colour, style) in BEST.items():
        line = {"color": colour, "linestyle": style, "marker": ".", "label": label}
        band(axes, chosen(best, metric=metric), "horizon", **line)
    learned = chosen(tables["summary"], metric="rate")
    for place, start in enumerate(study.horizon_rates):
        rows = learned[learned["initial"] == _initial(study.horizon_rates)]
        line = {
            "color": COLOURS[place % len(COLOURS)], "linestyle": ("-", "--")[place % 2],
            "marker": "o", "label": f"metalearned from {start:g}",
        }  # fmt: skip
        band(axes, chosen(rows, start=start), "horizon", **line)
    axes.set(xscale="log", xlabel="inner steps (horizon)", ylabel="learning rate")
    axes.set_xticks(study.horizons, [str(horizon) for horizon in study.horizons])
    axes.xaxis.set_minor_locator(plt.NullLocator())
    figure.legend(
        *axes.get_legend_handles_labels(), loc="outside upper center", ncols=2
    )
    _note(figure, best)
    return figure


def _of_starts(
    rows: pd.DataFrame, horizon: int, initial: tuple[float, ...]
) -> pd.DataFrame:
    return chosen(rows, horizon=horizon, initial=_initial(initial))


def _of_all(rows: pd.DataFrame, horizons: tuple[int, ...]) -> pd.DataFrame:
    return rows[rows["horizon"].isin(horizons)]


def _initial(rates: tuple[float, ...]) -> str:
    return ",".join(f"{rate:g}" for rate in rates)


def _note(figure: Figure, rows: pd.DataFrame, also: str = "") -> None:
    parts = [f"means of n = {rows['n'].max()} initialisations", f"bands: {INTERVALS}"]
    note(figure, "; ".join(filter(None, [*parts, also])))
