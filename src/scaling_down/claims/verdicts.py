"""From a measured row to two judgements: of the direction, and of the number.

The functions take arrays as well as numbers, so that a simulation judges with them.
"""

from collections.abc import Sequence

import numpy as np

from scaling_down.claims.statements import Expectation
from scaling_down.statistics.prediction import prediction_half_width, welch_half_width
from scaling_down.statistics.significance import (
    Numbers,
    one_sided_p_value,
    sign_flip_p_value,
)

Truth = bool | np.ndarray
"""Whether it is so, for each of the numbers given."""


def bounds(expect: Expectation) -> tuple[float, float]:
    """Return the ends of the region, infinite where it has no bound."""
    floor = -np.inf if expect.above is None else expect.above
    return floor, np.inf if expect.below is None else expect.below


def is_inside(low: Numbers, high: Numbers, expect: Expectation) -> Truth:
    """Tell whether the whole interval lies in the region; NaN lies nowhere."""
    floor, ceiling = bounds(expect)
    return (floor < low) & (high < ceiling)


def is_outside(low: Numbers, high: Numbers, expect: Expectation) -> Truth:
    """Tell whether the whole interval lies outside of the region."""
    floor, ceiling = bounds(expect)
    return (high <= floor) | (ceiling <= low)


def p_value(
    mean: Numbers, low: Numbers, high: Numbers, n: int, expect: Expectation
) -> Numbers:
    """Return the p value of the direction: below 2.5 % where the interval is inside.

    For two bounds it is the larger of both, as in two one-sided tests of equivalence.
    """
    floor, ceiling = bounds(expect)
    beyond_floor = one_sided_p_value(mean - floor, mean - low, n)
    beyond_ceiling = one_sided_p_value(ceiling - mean, high - mean, n)
    return np.maximum(beyond_floor, beyond_ceiling)


def exact_p_value(values: Sequence[float], expect: Expectation) -> float:
    """Return the p value of the direction by the exact test of flipped signs."""
    floor, ceiling = bounds(expect)
    differences = [np.subtract(values, floor), np.subtract(ceiling, values)]
    finite = [values for values in differences if np.isfinite(values).all()]
    return max(sign_flip_p_value(values, "greater") for values in finite)


def is_compatible(
    mean: Numbers,
    sd: Numbers,
    n: int,
    value: Numbers,
    runs: int,
    *,
    spreads: Sequence[Numbers] = (),
    rounding: float = 0,
) -> Truth:
    """Tell whether a printed value is one that runs like ours might give.

    With the printed `spreads` by Welch's test of both means; without by the prediction
    interval for the mean of as many `runs` as the source had. The `rounding` that may
    have moved the value is taken off their distance.
    """
    if spreads:
        half_width = welch_half_width(sd, n, spreads, runs)
    else:
        half_width = prediction_half_width(sd, n, runs)
    return np.abs(value - mean) <= half_width + rounding
