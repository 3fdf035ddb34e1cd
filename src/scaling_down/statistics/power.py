"""What a number of replicas can detect."""

from functools import cache

from scipy import optimize, stats

from scaling_down.statistics.intervals import CONFIDENCE

POWER = 0.8


@cache
def detectable_half_widths(n: int) -> float:
    """Return the smallest detectable effect of `n` replicas, in half widths.

    An effect is the true distance of a mean beyond a bound; it is detected if the whole
    95 % interval lies beyond, with a chance of 80 % by the noncentral t distribution.
    Times the half width of a measured interval it is in the unit of the metric.
    """
    critical = stats.t.ppf((1 + CONFIDENCE) / 2, n - 1)

    def lacking(noncentrality: float) -> float:
        return stats.nct.sf(critical, n - 1, noncentrality) - POWER

    # At the upper end the effect is five times the half width: beyond 80 % for any n.
    return optimize.brentq(lacking, 0, 5 * critical) / critical
