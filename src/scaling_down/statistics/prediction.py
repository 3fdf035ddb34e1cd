"""How far a mean that somebody else measured may lie from ours."""

from collections.abc import Sequence

import numpy as np
from scipy import stats

from scaling_down.statistics.intervals import CONFIDENCE
from scaling_down.statistics.significance import Numbers

QUANTILE = (1 + CONFIDENCE) / 2


def prediction_half_width(sd: Numbers, n: int, runs: int) -> Numbers:
    """Return the half width of the 95 % prediction interval around a mean.

    The interval is for the mean of `runs` further runs that vary as the `n` replicas of
    standard deviation `sd` do: t(n - 1) sd sqrt(1/n + 1/runs).
    """
    return stats.t.ppf(QUANTILE, n - 1) * sd * np.sqrt(1 / n + 1 / runs)


def welch_half_width(
    sd: Numbers, n: int, spreads: Sequence[Numbers], runs: int
) -> Numbers:
    """Return how far two means may lie apart before Welch's test rejects at 5 %.

    Ours is over `n` replicas of standard deviation `sd`. Theirs is of `runs` runs with
    one printed standard deviation in `spreads`, or the difference of two such means
    with two. The degrees of freedom are those of Welch and Satterthwaite. NaN without
    any spread at all.
    """
    parts = [(np.square(sd) / n, n - 1)]
    parts += [(np.square(spread) / runs, runs - 1) for spread in spreads]
    variance = sum(part for part, _ in parts)
    with np.errstate(divide="ignore", invalid="ignore"):
        freedom = variance**2 / sum(part**2 / free for part, free in parts)
    return stats.t.ppf(QUANTILE, freedom) * np.sqrt(variance)
