"""What the report says of verdicts and of its order, as its captions ask for it."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from scaling_down.claims.words import NOT_JUDGED, NOT_MEASURED, measured
from scaling_down.workflow.files import read_rows

Row = Mapping[str, str]


@dataclass(frozen=True)
class Verdicts:
    """The scorecard's rows of one experiment, or of all, in reStructuredText.

    The captions ask for them when the report is made, after all jobs.
    """

    card: str
    experiment: str | None = None

    @cached_property
    def _rows(self) -> list[Row]:
        if not Path(self.card).exists():
            return []
        rows = read_rows(self.card)
        return [r for r in rows if self.experiment in (None, r["experiment"])]

    @property
    def counted(self) -> str:
        """Return how many claims have which verdict, in a sentence."""
        if not self._rows:
            return "No statement is judged by this."
        directions = _counted(row["direction"] for row in self._rows)
        numbers = _counted(row["number"] for row in self._rows if row["number"])
        whose = "of this experiment" if self.experiment else "of all experiments"
        said = f"Verdicts on the {len(self._rows)} statements {whose}: {directions}"
        return f"{said}; printed values: {numbers}." if numbers else f"{said}."

    @property
    def listed(self) -> str:
        """Return the counts, and each judged statement with its verdict."""
        judged = [r for r in self._rows if r["direction"] != NOT_JUDGED]
        return "\n\n".join([self.counted, *map(_item, judged)])

    @property
    def headlines(self) -> str:
        """Return a table of the statements that say most."""
        return _table(row for row in self._rows if row["headline"] == "True")

    @property
    def table(self) -> str:
        """Return a table of all statements."""
        return _table(self._rows)


def ordered(names: Iterable[str], sections: Iterable[str]) -> dict[str, str]:
    """Return a title for each name, numbered in the order of a file's sections.

    The report sorts its titles, so that their numbers have two digits.
    """
    known = set(names)
    order = [name for name in sections if name in known]
    return {n: f"{i:02d} {_words(n)}" for i, n in enumerate(order, start=1)}


def _words(name: str) -> str:
    return name.replace("_", " ")


def _counted(verdicts: Iterable[str]) -> str:
    return ", ".join(f"{n} {verdict}" for verdict, n in Counter(verdicts).most_common())


def _item(row: Row) -> str:
    return f"- {_escaped(row['statement'])} **{row['direction']}** ({_measured(row)})"


def _measured(row: Row) -> str:
    if not row["measured"]:
        return NOT_MEASURED
    numbers = {n: float(row[n] or "nan") for n in ("measured", "ci_low", "ci_high")}
    return f"{measured(numbers)}, n = {float(row['n']):.0f}"


def _table(rows: Iterable[Row]) -> str:
    lines = [
        ".. list-table::",
        "   :header-rows: 1",
        "   :widths: 40 18 22 10 10",
        "",
        *_cells("claim", "published", "measured [95 % interval]", "verdict", "number"),
    ]
    for row in rows:
        lines += _cells(
            _escaped(row["statement"]), _escaped(row["published"]), _measured(row),
            row["direction"], row["number"],
        )  # fmt: skip
    return "\n".join(lines)


def _cells(*cells: str) -> Iterator[str]:
    for begin, cell in zip(("   * - ", *["     - "] * len(cells)), cells, strict=False):
        yield (begin + cell).rstrip()


def _escaped(text: str) -> str:
    """Return a text in which nothing is markup."""
    return re.sub(r"([\\*`_|])", r"\\\1", text)
