"""The tables of the README, written from the committed results.

Each stands between two comments, `<!-- table: NAME -->` and `<!-- end -->`.
"""

import math
import re
from collections.abc import Iterator
from pathlib import Path

import pandas as pd

from scaling_down.jobs.tables import read_table

PLACE = re.compile(
    r"(?P<begin><!-- table: (?P<name>\w+) -->\n).*?(?P<end><!-- end -->)", re.DOTALL
)
JUDGEMENTS = ("verdict", "direction", "number")


def with_tables(text: str, results: Path) -> str:
    """Return a page with its tables written anew from a folder of results.

    Raises ValueError for a table that there is not.
    """
    return PLACE.sub(lambda place: _written(place, results), text)


def _written(place: re.Match[str], results: Path) -> str:
    writers = {"table1": _table1, "claims": _claims}
    if place["name"] not in writers:
        raise ValueError(f"no table {place['name']!r}; there are {list(writers)}")
    lines = writers[place["name"]](results)
    return place["begin"] + "".join(f"{line}\n" for line in lines) + place["end"]


def _table1(results: Path) -> Iterator[str]:
    table = read_table(results / "classification/table1.csv")
    yield from _head("model", "positions", "measured", "published")
    for row in table[table["origin"] == "measured"].to_dict("records"):
        measured = _interval(row["mean"], row["ci_low"], row["ci_high"], 1)
        published = f"{row['published_mean']:.0f} ± {row['published_sd']:.0f}"
        yield _line(row["model"], row["data"], measured, published)


def _claims(results: Path) -> Iterator[str]:
    card = read_table(results / "claims/claims.csv")
    judgements = [name for name in JUDGEMENTS if name in card]
    yield from _head("claim", "published", "measured [95 % interval]", *judgements)
    for row in card.to_dict("records"):
        low, high = row["ci_low"], row["ci_high"]
        measured = _interval(row["measured"], low, high, _digits(low, high))
        judged = [row[name] for name in judgements]
        yield _line(row["statement"], row["published"], measured, *judged)


def _digits(low: float, high: float) -> int:
    """Return how many decimals show two digits of an interval's width."""
    width = high - low
    return max(1, 1 - math.floor(math.log10(width))) if width > 0 else 1


def _interval(measured: float, low: float, high: float, digits: int) -> str:
    if math.isnan(measured):
        return "not measured"
    mean, *ends = (f"{number:.{digits}f}" for number in (measured, low, high))
    return f"{mean} [{', '.join(ends)}]" if not pd.isna(low) else mean


def _head(*names: str) -> Iterator[str]:
    yield _line(*names)
    yield "|" + "---|" * len(names)


def _line(*cells: object) -> str:
    return f"| {' | '.join(str(cell) for cell in cells)} |"
