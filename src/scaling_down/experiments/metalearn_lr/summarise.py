"""Metalearned rates in tables, beside the best rates of a direct grid."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from scaling_down.experiments.contract import Result, Results
from scaling_down.experiments.metalearn_lr.settings import (
    Grid,
    Metalearning,
    Study,
    rates_of,
)
from scaling_down.statistics.rows import curve_rows, summary_row

LOSSES = ("mean_loss", "final_loss", "train_loss")
Best = dict[int, dict[str, np.ndarray]]
"""By horizon: the rates [R] of least mean and training loss, and those losses [R]."""


def summarise(
    study: Study, results: Results
) -> tuple[dict[str, pd.DataFrame], dict[str, Any]]:
    """Return the tables and the headline numbers of the metalearned rates."""
    grid = results.one(Grid)
    learned = results.of(Metalearning)
    best = {horizon: _best(grid, horizon) for horizon in grid.settings.horizons}
    published = results.one(Metalearning, clamp=None)
    summary = pd.DataFrame(_summary(learned, best))
    tables = {
        "summary": summary,
        "horizons": pd.DataFrame(_horizons(published, best)),
        "trends": pd.DataFrame(_trends(study, results, best)),
        "updates": pd.concat(_updates(learned)),
        "grid": pd.concat(_grid(grid)),
        "plot": _plot(published),
    }
    return tables, _headlines(published, best[study.horizon])


def _best(grid: Result[Grid], horizon: int) -> dict[str, np.ndarray]:
    place = grid.settings.horizons.index(horizon)
    found = {}
    for name in ("mean_loss", "train_loss"):
        curves = grid.arrays[name][:, place]
        minima = [grid_minimum(rates_of(grid.settings.grid), curve) for curve in curves]
        found[f"{name}_rate"], found[name] = np.array(minima).T
    return found


def grid_minimum(rates: np.ndarray, losses: np.ndarray) -> tuple[float, float]:
    """Return the rate of least loss and that loss, of curves [points].

    The bottom of the parabola through the lowest point and its neighbours, over the
    logarithm of the rate; at the ends of the grid the point itself.
    """
    place = int(np.argmin(losses))
    if place in (0, len(rates) - 1):
        return float(rates[place]), float(losses[place])
    around = slice(place - 1, place + 2)
    x = np.log(rates[around] / rates[place])
    square, slope, height = np.polyfit(x, losses[around], 2)
    bottom = -slope / (2 * square)
    return float(rates[place] * np.exp(bottom)), float(height + slope * bottom / 2)


def _starts(result: Result[Metalearning]) -> Iterator[tuple[dict[str, Any], int]]:
    """Yield the condition of each initial rate, and its place."""
    for place, start in enumerate(result.settings.initial_rates):
        initial = ",".join(f"{rate:g}" for rate in result.settings.initial_rates)
        condition = {"horizon": result.settings.horizon, "initial": initial}
        yield {**condition, "start": start}, place


def _summary(
    learned: list[Result[Metalearning]], best: Best
) -> Iterator[dict[str, Any]]:
    """Yield the last rates and losses, and how they compare with the grid.

    `excess` is how far the mean loss lies above the grid's least, in per cent;
    `rate_ratio` is the rate over the grid's best.
    """
    for result in learned:
        arrays, at = result.arrays, best[result.settings.horizon]
        for condition, place in _starts(result):
            last = {name: arrays[name][:, -1, place] for name in ("rate", *LOSSES)}
            excess = 100 * (last["mean_loss"] / at["mean_loss"] - 1)
            ratio = last["rate"] / at["mean_loss_rate"]
            metrics = {**last, "excess": excess, "rate_ratio": ratio}
            for name, values in metrics.items():
                yield summary_row(condition, name, values)


def _horizons(published: Result[Metalearning], best: Best) -> Iterator[dict[str, Any]]:
    """Yield the grid's best rates and least losses at each horizon.

    `final_over_mean` is the rate of least training loss at the end over that of least
    mean loss; `start_ratio` the rate learned from the first initial rate over that
    from the second.
    """
    for horizon, values in best.items():
        ratio = values["train_loss_rate"] / values["mean_loss_rate"]
        for name, of_replicas in {**values, "final_over_mean": ratio}.items():
            yield summary_row({"horizon": horizon}, name, of_replicas)
    first, second = published.arrays["rate"][:, -1, :2].T
    condition = {"horizon": published.settings.horizon}
    yield summary_row(condition, "start_ratio", first / second)


def _trends(study: Study, results: Results, best: Best) -> Iterator[dict[str, Any]]:
    """Yield the exponents of rates in the horizon, by least squares in logarithms."""
    learned = {
        horizon: results.one(
            Metalearning, horizon=horizon, clamp=study.horizon_clamp
        ).arrays["rate"][:, -1, 0]
        for horizon in study.horizons
    }
    rates = {
        "metalearned": learned,
        "mean_loss_rate": {h: best[h]["mean_loss_rate"] for h in study.horizons},
        "train_loss_rate": {h: best[h]["train_loss_rate"] for h in study.horizons},
    }
    for quantity, by_horizon in rates.items():
        yield summary_row({"quantity": quantity}, "exponent", exponent(by_horizon))


def exponent(by_horizon: dict[int, np.ndarray]) -> np.ndarray:
    """Return each replica's exponent [R] of positive values [R] in their keys.

    NaN where there is a single key, or a value that is not positive.
    """
    values = np.stack(list(by_horizon.values()))
    if len(values) < 2:
        return np.full(values.shape[1], np.nan)
    logs = np.log(np.where(values > 0, values, np.nan))
    x = np.log(list(by_horizon))
    centred = x - x.mean()
    slopes: np.ndarray = centred @ logs / (centred @ centred)
    return slopes


def _updates(learned: list[Result[Metalearning]]) -> Iterator[pd.DataFrame]:
    for result in learned:
        x = {"updates": np.arange(result.settings.outer_steps + 1)}
        for condition, place in _starts(result):
            for name in ("rate", *LOSSES):
                values = result.arrays[name][:, :, place]
                yield curve_rows(condition, name, x, values)


def _grid(grid: Result[Grid]) -> Iterator[pd.DataFrame]:
    for place, horizon in enumerate(grid.settings.horizons):
        for name in LOSSES:
            yield curve_rows(
                {"horizon": horizon}, name, {"rate": rates_of(grid.settings.grid)},
                grid.arrays[name][:, place],
            )  # fmt: skip


def _plot(published: Result[Metalearning]) -> pd.DataFrame:
    """Return the mean rates by update, a column a start, for `dvc plots`."""
    rates = published.arrays["rate"].mean(axis=0)
    starts = published.settings.initial_rates
    columns = {f"from_{r:g}": rates[:, place] for place, r in enumerate(starts)}
    return pd.DataFrame({"updates": np.arange(len(rates)), **columns})


def _headlines(
    published: Result[Metalearning], best: dict[str, np.ndarray]
) -> dict[str, Any]:
    last = published.arrays["rate"][:, -1].mean(axis=0)
    starts = published.settings.initial_rates
    learned = {f"from_{r:g}": last[place] for place, r in enumerate(starts)}
    rates = {**learned, "grid": best["mean_loss_rate"].mean()}
    return {"rate": {name: round(float(rate), 4) for name, rate in rates.items()}}
