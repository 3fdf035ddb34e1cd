"""How the numbers and verdicts of a scorecard are written, wherever it is shown."""

import math
from collections.abc import Mapping
from typing import Any

JUDGEMENTS = ("direction", "number")
"""The columns of a scorecard that have verdicts."""
NOT_MEASURED = "not measured"
NOT_JUDGED = "not judged"
WORDS = {
    "claim": ("holds", "does not hold"),
    "exploratory": ("supported", "not supported"),
    "check": ("passes", "fails"),
}
"""What is said of each kind of statement that its interval decides: yes, and no."""
INCONCLUSIVE = "inconclusive"
NOT_CONFIRMED = "not yet confirmed"
MATCHED, NOT_MATCHED = "matched", "not matched"


def measured(row: Mapping[str, Any]) -> str:
    """Return what was measured of a claim, two digits of its interval's width."""
    low, high = row["ci_low"], row["ci_high"]
    return interval(row["measured"], low, high, _digits(low, high))


def region(row: Mapping[str, Any]) -> str:
    """Return where a claim's whole interval has to lie; nothing if it is not judged."""
    above, below = row["above"], row["below"]
    if math.isnan(below):
        return "" if math.isnan(above) else f"> {above:g}"
    return f"< {below:g}" if math.isnan(above) else f"{above:g} to {below:g}"


def verdicts(row: Mapping[str, Any]) -> str:
    """Return both verdicts; that on the number only where there is one."""
    if row["number"] == NOT_JUDGED:
        return row["direction"]
    return f"{row['direction']}, {row['number']}"


def interval(mean: float, low: float, high: float, digits: int) -> str:
    """Return a mean with its interval, to some decimals; the mean alone without one."""
    if math.isnan(mean):
        return NOT_MEASURED
    # A zero that is added turns one that is rounded from below into its plain self.
    rounded = (round(value, digits) + 0.0 for value in (mean, low, high))
    centre, *ends = (f"{value:.{digits}f}" for value in rounded)
    return f"{centre} [{', '.join(ends)}]" if not math.isnan(low) else centre


def number(value: float) -> str:
    """Return a number to two digits; nothing for one that is not there."""
    return "" if math.isnan(value) else f"{value:.2g}"


def _digits(low: float, high: float) -> int:
    """Return how many decimals show two digits of an interval's width."""
    width = high - low
    return max(1, 1 - math.floor(math.log10(width))) if width > 0 else 1
