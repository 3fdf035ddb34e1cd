"""What a curve over width shows: a peak, the valleys beside it, a threshold.

Curves are [R, W], a row a replica, over W widths in ascending order.
"""

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import stats

from scaling_down.statistics.intervals import COLUMNS, CONFIDENCE


@dataclass(frozen=True)
class Descent:
    """The places of a double descent: down to a minimum, up to a peak, down again."""

    first_minimum: int
    peak: int
    second_minimum: int


def find_descent(curve: np.ndarray) -> Descent | None:
    """Return the most prominent double descent of a curve [W]; None without a peak.

    A point's prominence is its height above the higher of the lowest points on its
    two sides. Of equal points the first counts.
    """
    best, found = 0.0, None
    for peak in range(1, len(curve) - 1):
        first = int(curve[:peak].argmin())
        second = peak + 1 + int(curve[peak + 1 :].argmin())
        prominence = curve[peak] - max(curve[first], curve[second])
        if prominence > best:
            best, found = prominence, Descent(first, peak, second)
    return found


def held_out_heights(curves: np.ndarray) -> dict[str, np.ndarray]:
    """Return how far each replica's curve goes up and down again, [R] each.

    The places are those of the mean of the other replicas, so that a replica's noise
    cannot choose them and the heights are unbiased. `rise` is from the first minimum
    to the peak and `fall` from there to the second minimum, both 0 where the others
    show no peak; `second_less_first` compares the minima, NaN without a peak. All
    are NaN for a lone replica.
    """
    rows = [_heights(curves, replica) for replica in range(len(curves))]
    names = ("rise", "fall", "second_less_first")
    return dict(zip(names, np.array(rows).T, strict=True))


def _heights(curves: np.ndarray, replica: int) -> tuple[float, float, float]:
    if len(curves) < 2:
        return np.nan, np.nan, np.nan
    place = find_descent(np.delete(curves, replica, axis=0).mean(axis=0))
    if place is None:
        return 0.0, 0.0, np.nan
    curve = curves[replica]
    first, peak = curve[place.first_minimum], curve[place.peak]
    second = curve[place.second_minimum]
    return peak - first, peak - second, second - first


def held_out_maxima(curves: np.ndarray) -> np.ndarray:
    """Return the height of each replica's curve where the others are highest, [R].

    The place is that of the mean of the other replicas, so that a replica's noise
    cannot choose it and the heights are unbiased. NaN for a lone replica.
    """
    if len(curves) < 2:
        return np.full(len(curves), np.nan)
    others = (curves.sum(axis=0) - curves) / (len(curves) - 1)
    return np.take_along_axis(curves, others.argmax(axis=1)[:, None], axis=1)[:, 0]


def rank_correlations(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Return Spearman's correlation of two curves in each replica, [R].

    Curves are [R, W]. NaN where one of them is constant.
    """
    ranks = np.stack([stats.rankdata(c, axis=1) for c in (first, second)])
    ranks -= ranks.mean(axis=2, keepdims=True)
    products = (ranks[0] * ranks[1]).sum(axis=1)
    sizes = np.sqrt((ranks**2).sum(axis=2)).prod(axis=0)
    return np.divide(products, sizes, out=np.full(len(sizes), np.nan), where=sizes > 0)


def bootstrap_interval(
    curves: np.ndarray,
    statistic: Callable[[np.ndarray], float],
    resamples: int,
) -> dict[str, Any]:
    """Return n, `statistic` of the mean curve, its bootstrap sd and interval.

    Whole replicas are resampled, the interval is that of the percentiles; with few
    replicas it is rather too narrow. `statistic` takes a curve [W] and may return
    NaN, which makes the interval NaN. A lone replica has none.
    """
    estimate = statistic(curves.mean(axis=0))
    if len(curves) < 2:
        return dict(zip(COLUMNS, (1, estimate, *[np.nan] * 3), strict=True))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", stats.DegenerateDataWarning)
        result = stats.bootstrap(
            (np.arange(len(curves)),),
            lambda chosen: statistic(curves[chosen].mean(axis=0)),
            n_resamples=resamples,
            confidence_level=CONFIDENCE,
            method="percentile",
            vectorized=False,
            rng=np.random.default_rng(0),
        )
    interval = result.confidence_interval
    row = (len(curves), estimate, result.standard_error, interval.low, interval.high)
    return dict(zip(COLUMNS, row, strict=True))


def threshold(x: np.ndarray, curve: np.ndarray, level: float) -> float:
    """Return the x from which on a curve [W] stays at or below `level`.

    Between two widths it is interpolated in the logarithms of both; values below a
    tenth of the level count as a tenth, so that exact zeros do no harm. NaN where the
    curve ends above the level, or never is above it.
    """
    above = np.flatnonzero(curve > level)
    if len(above) == 0 or above[-1] == len(curve) - 1:
        return np.nan
    pair = slice(above[-1], above[-1] + 2)
    heights = np.log(np.maximum(curve[pair], level / 10))
    share = (heights[0] - np.log(level)) / (heights[0] - heights[1])
    low, high = np.log(x[pair])
    return float(np.exp(low + share * (high - low)))


def peak_location(x: np.ndarray, curve: np.ndarray) -> float:
    """Return the x of the most prominent peak of a positive curve [W], or NaN.

    It is the top of the parabola through the highest point and its neighbours, in
    the logarithms of both.
    """
    place = find_descent(curve)
    if place is None:
        return np.nan
    around = slice(place.peak - 1, place.peak + 2)
    square, slope, _ = np.polyfit(np.log(x[around]), np.log(curve[around]), 2)
    return float(np.exp(-slope / (2 * square)))
