"""P values: of a mean against a bound, adjusted for many, and by flipping signs."""

from typing import Literal

import numpy as np
from scipy import stats

from scaling_down.statistics.intervals import CONFIDENCE

Numbers = float | np.ndarray
"""One number, or many, for which a function then gives as many."""
MOST_FLIPPED = 16
"""Values of an exact sign-flip test at most: 65,536 flips."""


def one_sided_p_value(distance: Numbers, half_width: Numbers, n: int) -> Numbers:
    """Return the p value of Student's test that a mean lies beyond a bound.

    `distance` is how far the measured mean of `n` replicas lies beyond the bound, below
    0 on the wrong side; `half_width` is that of its interval towards the bound. So p is
    less than 2.5 % just where the interval lies beyond the bound, even if it was
    widened after it was computed. Without spread p is 0 or 1, on the bound a half.
    """
    distance, half_width = np.asarray(distance), np.asarray(half_width)
    with np.errstate(divide="ignore", invalid="ignore"):
        t = distance / half_width * stats.t.ppf((1 + CONFIDENCE) / 2, n - 1)
    return np.where(distance == 0, 0.5, stats.t.sf(t, n - 1))[()]


def holm(p_values: np.ndarray) -> np.ndarray:
    """Return p values [k] adjusted by Holm's step-down method (Holm 1979).

    The i-th smallest is multiplied by k + 1 - i; each is at least the one before it and
    at most 1. Rejecting where it is below a level keeps the chance of any mistake below
    that level, whatever the dependence.
    """
    p_values = np.asarray(p_values, dtype=np.float64)
    order = p_values.argsort()
    factors = np.arange(len(p_values), 0, -1)
    stepped = np.maximum.accumulate(factors * p_values[order])
    adjusted = np.empty_like(p_values)
    adjusted[order] = np.minimum(stepped, 1)
    return adjusted


def sign_flip_p_value(
    differences: np.ndarray,
    alternative: Literal["two-sided", "greater", "less"] = "two-sided",
) -> float:
    """Return the exact p value of paired differences [n] over all 2^n sign flips.

    The hypothesis is that each difference is as likely as its negative; nothing is said
    of their distribution. The smallest two-sided p is 2^(1 - n): below 5 % from six
    differences on. Raises ValueError for fewer than two or more than `MOST_FLIPPED`.
    """
    differences = np.asarray(differences, dtype=np.float64)
    n = len(differences)
    if not 2 <= n <= MOST_FLIPPED:
        raise ValueError(f"{n} differences, not 2 to {MOST_FLIPPED}, to flip exactly")
    test = stats.permutation_test(
        (differences,),
        np.mean,
        permutation_type="samples",
        n_resamples=np.inf,
        alternative=alternative,
        vectorized=True,
    )
    return float(test.pvalue)
