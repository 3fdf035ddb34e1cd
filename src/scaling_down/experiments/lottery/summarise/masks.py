"""What the masks of the tickets show, in tables."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from scaling_down.experiments.contract import Result, Results
from scaling_down.experiments.lottery.adjacency import LENGTHS
from scaling_down.experiments.lottery.settings import CRITERIA, Masks
from scaling_down.experiments.lottery.summarise.rounds import PER_CENT
from scaling_down.statistics.rows import curve_rows, summary_row

PICTURES = 2
"""Replicas whose masks are shown."""
COMPARED = ("p2", "p3", "p4", "empty_units", "neighbours", "near_excess")


def mask_tables(wanted: float, results: Results) -> dict[str, pd.DataFrame]:
    """Return the tables of the masks; pictures are of the sparsity next to `wanted`."""
    looked_at = [r for c in CRITERIA for r in results.of(Masks, criterion=c)]
    return {
        "masks": pd.DataFrame(_masks(results, looked_at)),
        "mask_replicas": pd.DataFrame(_mask_replicas(looked_at)),
        "profiles": pd.concat(_profiles(looked_at)),
        "tickets": pd.DataFrame(_tickets(wanted, results)),
    }


def mask_metrics(result: Result[Masks]) -> dict[str, np.ndarray]:
    """Return each replica's statistics of a round's masks, [n] each.

    p2, p3, p4; their chance at the same number of survivors (uniform) and at the same
    density of each input (by_input), what they have beyond each, and the z of the
    permutations within inputs; the co-survival of neighbouring inputs, what it has
    beyond all pairs', and the z of the permutations of the inputs; the same excess of
    pairs up to distance 4.
    """
    arrays = result.arrays
    found = {
        "density": arrays["density"],
        "empty_units": arrays["empty_units"],
        "neighbours": arrays["co_survival"][:, 0],
        "neighbours_excess": arrays["co_survival"][:, 0]
        - arrays["neighbours_null_mean"],
        "neighbours_z": arrays["neighbours_z"],
        "near_excess": near_excess(arrays["co_survival"]),
    }
    for place, length in enumerate(LENGTHS):
        seen = arrays["adjacency"][:, place]
        uniform = arrays["expected_uniform"][:, place]
        by_input = arrays["expected_by_input"][:, place]
        found |= {
            f"p{length}": seen,
            f"p{length}_chance_uniform": uniform,
            f"p{length}_chance_by_input": by_input,
            f"p{length}_excess_uniform": seen - uniform,
            f"p{length}_excess_by_input": seen - by_input,
            f"p{length}_ratio_to_uniform": _ratio(seen, uniform),
            f"p{length}_z": arrays["z"][:, place],
        }
    return found


def near_excess(co_survival: np.ndarray, farthest: int = 4) -> np.ndarray:
    """Return how far near pairs of inputs exceed all pairs: [R, D - 1] to [R].

    `co_survival` is by distance 1, 2, ...; there are D - k pairs at distance k.
    """
    pairs = np.arange(co_survival.shape[1], 0, -1)
    near = np.average(co_survival[:, :farthest], axis=1, weights=pairs[:farthest])
    return near - np.average(co_survival, axis=1, weights=pairs)


def _ratio(seen: np.ndarray, chance: np.ndarray) -> np.ndarray:
    """Return seen / chance; NaN where too few weights survive for a run."""
    return np.divide(seen, chance, out=np.full_like(seen, np.nan), where=chance > 0)


def _masks(
    results: Results, looked_at: list[Result[Masks]]
) -> Iterator[dict[str, Any]]:
    for result in looked_at:
        columns, metrics = _columns(result), mask_metrics(result)
        for metric, values in metrics.items():
            yield summary_row(columns, metric, values)
        if result.settings.criterion == "magnitude":
            other = mask_metrics(_random_beside(results, result))
            for metric in COMPARED:
                difference = metrics[metric] - other[metric]
                yield summary_row(columns, f"{metric}_difference_to_random", difference)


def _random_beside(results: Results, result: Result[Masks]) -> Result[Masks]:
    """Return the random masks of the same round."""
    return results.one(Masks, criterion="random", round=result.settings.round)


def _columns(result: Result[Masks]) -> dict[str, Any]:
    settings = result.settings
    return {
        "criterion": settings.criterion,
        "round": settings.round,
        "sparsity": settings.sparsity,
        "percent": round(PER_CENT * settings.sparsity),
    }


def _mask_replicas(looked_at: list[Result[Masks]]) -> Iterator[dict[str, Any]]:
    """Yield each replica's statistics, the p values of its permutation tests too."""
    for result in looked_at:
        tests = {
            f"p{length}_p_value": result.arrays["p"][:, place]
            for place, length in enumerate(LENGTHS)
        }
        tests["neighbours_p_value"] = result.arrays["neighbours_p"]
        for metric, values in (mask_metrics(result) | tests).items():
            for replica, value in zip(result.replicas, values, strict=True):
                row = {"replica": replica, "metric": metric, "value": value}
                yield {**_columns(result), **row}


def _profiles(looked_at: list[Result[Masks]]) -> Iterator[pd.DataFrame]:
    """Yield co-survival by distance and density by position."""
    for result in looked_at:
        columns = _columns(result)
        lags, density = (result.arrays[n] for n in ("co_survival", "input_density"))
        distance = {"place": np.arange(1, lags.shape[1] + 1)}
        yield curve_rows(columns, "co_survival_by_distance", distance, lags)
        position = {"place": np.arange(density.shape[1])}
        yield curve_rows(columns, "density_by_position", position, density)


def _tickets(wanted: float, results: Results) -> Iterator[dict[str, Any]]:
    """Yield hidden units and the inputs that they keep (#), nearest a sparsity."""
    for criterion in CRITERIA:
        result = min(
            results.of(Masks, criterion=criterion),
            key=lambda look: abs(look.settings.sparsity - wanted),
        )
        for place, replica in enumerate(result.replicas[:PICTURES]):
            for unit, kept in enumerate(sorted_units(result.arrays["mask"][place])):
                inputs = "".join("#" if survives else "." for survives in kept)
                row = {"replica": replica, "unit": unit, "inputs": inputs}
                yield {**_columns(result), **row}


def sorted_units(mask: np.ndarray) -> np.ndarray:
    """Return a mask's hidden units [H, D] by adjacent pairs, then by survivors."""
    pairs = (mask[:, 1:] & mask[:, :-1]).sum(axis=1)
    return mask[np.lexsort((mask.sum(axis=1), pairs))]
