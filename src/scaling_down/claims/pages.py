"""Tables within Markdown pages.

Each stands between two comments, `<!-- table: NAME -->` and `<!-- end -->`.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping

import pandas as pd

PLACE = re.compile(
    r"(?P<begin><!-- table: (?P<name>\w+) -->\n).*?(?P<end><!-- end -->)", re.DOTALL
)


def filled(text: str, writers: Mapping[str, Callable[[], Iterable[str]]]) -> str:
    """Return a page with what stands between its marks written anew.

    `writers` give the lines of a table, by its name. Raises ValueError for a name
    that is not among them.
    """
    return PLACE.sub(lambda place: _written(place, writers), text)


def _written(
    place: re.Match[str], writers: Mapping[str, Callable[[], Iterable[str]]]
) -> str:
    if place["name"] not in writers:
        raise ValueError(f"no table {place['name']!r}; there are {list(writers)}")
    lines = writers[place["name"]]()
    return place["begin"] + "".join(f"{text}\n" for text in lines) + place["end"]


def head(*names: str) -> Iterator[str]:
    """Yield the two lines that begin a table."""
    yield line(*names)
    yield "|" + "---|" * len(names)


def line(*cells: object) -> str:
    """Return a line of a table; what is missing is left empty."""
    shown = ("" if pd.isna(cell) else str(cell) for cell in cells)
    return f"| {' | '.join(shown)} |"
