"""Whether curves over width have a peak, and where each replica's own lies.

A peak stands between two minima: the lowest points on its two sides, as in
`scaling_down.statistics.curves`. Curves are positive, [..., R, W], a row a replica,
over W widths in ascending order.
"""

from collections.abc import Mapping
from functools import cache
from typing import Any, NamedTuple

import numpy as np
from scipy import stats

from scaling_down.statistics.intervals import CONFIDENCE


class Places(NamedTuple):
    """The indices of the most prominent peak and of its minima, [...] each."""

    first_minimum: np.ndarray
    peak: np.ndarray
    second_minimum: np.ndarray


def peak_stands_out(curves: np.ndarray) -> np.ndarray:
    """Tell whether the mean of curves [..., R, W] has a peak beyond their noise, [...].

    The peak must be higher than both minima by Tukey's honestly significant difference
    of W means: the 95 % quantile of the studentised range, times the noise of a mean of
    R replicas. The noise is the standard deviation over replicas, pooled over all
    widths, or that at the peak and the noisier minimum where it is larger. As all pairs
    of widths are covered at once, curves whose noise is normal and alike at all widths
    show a peak that is none in at most 5 % of cases, whatever their shape. A lone
    replica or fewer than three widths show none.
    """
    *_, replicas, widths = curves.shape
    if replicas < 2 or widths < 3:
        return np.zeros(curves.shape[:-2], dtype=bool)
    mean, variance = curves.mean(axis=-2), curves.var(axis=-2, ddof=1)
    places = _places(mean)
    higher = np.maximum(_at(mean, places[0]), _at(mean, places[2]))
    prominence = _at(mean, places.peak) - higher
    valleys = np.maximum(_at(variance, places[0]), _at(variance, places[2]))
    local = (_at(variance, places.peak) + valleys) / 2
    noise = np.sqrt(np.maximum(variance.mean(axis=-1), local) / replicas)
    quantile = _studentised_range(widths, widths * (replicas - 1))
    return prominence > quantile * noise


def peak_locations(x: np.ndarray, curves: np.ndarray) -> np.ndarray:
    """Return the x of the peak in each of R curves [R, W]; all NaN if none stands out.

    Each replica's peak is its highest point between the minima of the mean curve,
    refined by the parabola through it and its neighbours in the logarithms of both; a
    highest point that is below a neighbour counts as it stands.
    """
    if not peak_stands_out(curves):
        return np.full(len(curves), np.nan)
    places = _places(curves.mean(axis=0))
    between = slice(places.first_minimum + 1, places.second_minimum)
    peaks = between.start + curves[:, between].argmax(axis=1)
    return np.array([_refined(x, *pair) for pair in zip(curves, peaks, strict=True)])


def widened_to_grid(interval: Mapping[str, Any], x: np.ndarray) -> dict[str, Any]:
    """Return the interval of a location, no narrower than the grid x it was found on.

    On each side of the mean it reaches at least half the local spacing of the grid. A
    mean on a point of the grid has one spacing below and another above.
    """
    mean = interval["mean"]
    below = np.clip(np.searchsorted(x, mean, side="left"), 1, len(x) - 1)
    above = np.clip(np.searchsorted(x, mean, side="right"), 1, len(x) - 1)
    low = np.minimum(interval["ci_low"], mean - (x[below] - x[below - 1]) / 2)
    high = np.maximum(interval["ci_high"], mean + (x[above] - x[above - 1]) / 2)
    return {**interval, "ci_low": low, "ci_high": high}


def _places(curves: np.ndarray) -> Places:
    """Return the places of curves [..., W]; of equal points the first counts."""
    before = np.minimum.accumulate(curves, axis=-1)[..., :-2]
    after = np.minimum.accumulate(curves[..., ::-1], axis=-1)[..., ::-1][..., 2:]
    prominences = curves[..., 1:-1] - np.maximum(before, after)
    peak = 1 + prominences.argmax(axis=-1)
    index = np.arange(curves.shape[-1])
    left, right = index < peak[..., None], index > peak[..., None]
    first, second = (np.where(side, curves, np.inf) for side in (left, right))
    return Places(first.argmin(axis=-1), peak, second.argmin(axis=-1))


def _at(values: np.ndarray, places: np.ndarray) -> np.ndarray:
    return np.take_along_axis(values, places[..., None], axis=-1)[..., 0]


@cache
def _studentised_range(means: int, freedom: int) -> float:
    return stats.studentized_range.ppf(CONFIDENCE, means, freedom)


def _refined(x: np.ndarray, curve: np.ndarray, peak: int) -> float:
    around = slice(peak - 1, peak + 2)
    left, top, right = curve[around]
    if top < max(left, right) or left == top == right:
        return float(x[peak])
    square, slope, _ = np.polyfit(np.log(x[around]), np.log(curve[around]), 2)
    return float(np.exp(-slope / (2 * square)))
