"""Settings that the width sweeps share."""

from typing import Annotated

from pydantic import AfterValidator, Field

Width = Annotated[int, Field(ge=1, le=100_000)]


def _each_once(jobs: tuple[tuple[int, ...], ...]) -> tuple[tuple[int, ...], ...]:
    widths = [width for job in jobs for width in job]
    if len(set(widths)) < len(widths):
        raise ValueError("every width once")
    return jobs


JobWidths = Annotated[
    tuple[Annotated[tuple[Width, ...], Field(min_length=1)], ...],
    Field(min_length=1),
    AfterValidator(_each_once),
]
"""The widths of a sweep, as lists of those that one job trains."""
