"""The scorecard for people in a terminal, and what has changed in one."""

import textwrap
from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd

from scaling_down.claims.words import JUDGEMENTS, NOT_JUDGED, measured, verdicts

INDENT = "  "


def scorecard_lines(card: pd.DataFrame, width: int) -> Iterator[str]:
    """Yield a scorecard by experiment, in lines of `width` characters.

    A judged claim has a line, or two where the width is small: its verdicts and name,
    what was measured and printed. Those that are not judged are told by the reason.
    """
    for experiment, claims in card.groupby("experiment", sort=False):
        judged = claims["direction"] != NOT_JUDGED
        yield f"{experiment}: {judged.sum()} of {len(claims)} judged"
        yield from _judged(claims[judged], width)
        reasons = claims[~judged].fillna({"note": ""}).groupby("note", sort=False)
        for reason, alike in reasons:
            names = alike["id"].iloc[0] if len(alike) == 1 else f"{len(alike)} claims"
            yield from textwrap.wrap(
                f"{NOT_JUDGED}: {names}: {reason}",
                width,
                initial_indent=INDENT,
                subsequent_indent=2 * INDENT,
            )


def _judged(claims: pd.DataFrame, width: int) -> Iterator[str]:
    rows = claims.to_dict("records")
    said = max((len(verdicts(row)) for row in rows), default=0)
    name = max((len(row["id"]) for row in rows), default=0)
    for row in rows:
        numbers = f"{measured(row)}{_printed(row)}"
        line = f"{INDENT}{verdicts(row):{said}}  {row['id']:{name}}  {numbers}"
        if len(line) <= width:
            yield line
        else:
            yield f"{INDENT}{row['id']}"
            yield f"{2 * INDENT}{verdicts(row):{said}}  {numbers}"


def _printed(row: Mapping[str, Any]) -> str:
    """Return what the source prints, if that is a number."""
    return "" if pd.isna(row["value"]) else f", printed {row['value']:g}"


def changes(recorded: pd.DataFrame, now: pd.DataFrame) -> Iterator[str]:
    """Yield, for each claim with other verdicts than recorded, both and the reason."""
    before, after = (
        card.set_index("id")[[*JUDGEMENTS, "note"]].to_dict("index")
        for card in (recorded, now)
    )
    for name in dict.fromkeys([*before, *after]):
        old, new = _said(before.get(name)), _said(after.get(name))
        if old != new:
            note = after.get(name, {}).get("note")
            because = f" ({note})" if isinstance(note, str) and note else ""
            yield f"{name}: recorded {old}; now {new}{because}"


def _said(row: Mapping[str, Any] | None) -> str:
    return ", ".join(row[name] for name in JUDGEMENTS) if row else "no such claim"
