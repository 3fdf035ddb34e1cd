"""From a measured interval to a verdict: never from the mean alone."""

import math
from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd

REPRODUCED = "reproduced"
NOT_REPRODUCED = "not reproduced"
INCONCLUSIVE = "inconclusive"
COLUMNS = [
    "id", "source", "statement", "published", "measured", "ci_low", "ci_high", "n",
    "verdict", "note",
]  # fmt: skip


def verdict(low: float, high: float, expect: Mapping[str, float | None]) -> str:
    """Hold the interval from `low` to `high` against the expected region.

    It is reproduced if the whole interval lies within the region, not reproduced if
    the whole interval lies outside, and inconclusive otherwise or without interval.
    """
    if math.isnan(low) or math.isnan(high):
        return INCONCLUSIVE
    floor = -math.inf if expect["above"] is None else expect["above"]
    ceiling = math.inf if expect["below"] is None else expect["below"]
    if floor < low and high < ceiling:
        return REPRODUCED
    if high <= floor or ceiling <= low:
        return NOT_REPRODUCED
    return INCONCLUSIVE


def scorecard(
    claims: Iterable[Mapping[str, Any]],
    tables: Mapping[tuple[str, str], pd.DataFrame],
    notes: Mapping[str, str],
    *,
    full_scale: bool,
) -> pd.DataFrame:
    """Return a row for each claim; `tables` are by experiment and name.

    `notes` are what is to be said of all claims of an experiment. At less than full
    scale no verdict is given.
    """
    rows = []
    for claim in claims:
        row = _row(claim, tables, full_scale=full_scale)
        said = filter(None, (row["note"], notes.get(claim["experiment"])))
        rows.append({**row, "note": "; ".join(said)})
    return pd.DataFrame(rows, columns=COLUMNS)


def _row(
    claim: Mapping[str, Any],
    tables: Mapping[tuple[str, str], pd.DataFrame],
    *,
    full_scale: bool,
) -> dict[str, Any]:
    table = tables[claim["experiment"], claim["table"]]
    found = table[_matches(table, claim["where"])]
    stated = {name: claim[name] for name in ("id", "source", "statement", "published")}
    if len(found) != 1:
        note = f"{len(found)} rows of {claim['table']}.csv where one is needed"
        return {**stated, "verdict": INCONCLUSIVE, "note": note}
    (row,) = found.to_dict("records")
    low, high = row["ci_low"], row["ci_high"]
    measured = {
        "measured": row["mean"], "ci_low": low, "ci_high": high, "n": row["n"]
    }  # fmt: skip
    if not full_scale:
        note = "reduced scale: this cannot be judged"
        return {**stated, **measured, "verdict": INCONCLUSIVE, "note": note}
    note = "" if row["n"] > 1 else "one replica has no interval"
    judged = verdict(low, high, claim["expect"])
    return {**stated, **measured, "verdict": judged, "note": note}


def _matches(table: pd.DataFrame, where: Mapping[str, Any]) -> pd.Series:
    chosen = pd.Series(True, index=table.index)
    for column, value in where.items():
        chosen &= table[column] == value
    return chosen
