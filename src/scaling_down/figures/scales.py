"""Axes that people read: plain numbers on logarithmic scales."""

from collections.abc import Sequence

from matplotlib.axis import Axis
from matplotlib.ticker import LogLocator, NullFormatter


def plain_numbers(axis: Axis, digits: Sequence[int] = (1,)) -> None:
    """Label a logarithmic axis 0.1, 1, 10, ..., 1k instead of with powers of ten.

    `digits` are the first digits that get a label. Powers of ten have exponents too
    small to read.
    """
    axis.set_major_locator(LogLocator(subs=digits))
    axis.set_major_formatter(lambda value, _place: plain_number(value))
    axis.set_minor_formatter(NullFormatter())


def plain_number(value: float) -> str:
    """Return a number as a label: 0.01, 20, 4k."""
    return f"{value / 1000:g}k" if value >= 1000 else f"{value:g}"
