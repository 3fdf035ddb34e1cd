"""The measured row that decides on a claim."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from scaling_down.claims.statements import Claim
from scaling_down.statistics.intervals import CONFIDENCE, mean_interval


@dataclass(frozen=True)
class Measured:
    """A mean over n replicas, their standard deviation, the interval of the mean.

    `unseen` tells whether it is of replicas that had not been seen when the statement
    was made; `note` is what is to be said of it; `values` are those of the replicas,
    where the table tells them.
    """

    n: int
    mean: float
    sd: float
    ci_low: float
    ci_high: float
    unseen: bool = True
    note: str = ""
    values: tuple[float, ...] = ()


def measured_row(claim: Claim, table: pd.DataFrame) -> Measured | None:
    """Return what a table measured of a claim; None where it has no such row.

    A table with the columns `replica` and `value` has a row for each replica. Of an
    exploratory statement only replicas from number `stated_on` on are unseen: a table
    by replica tells them, a summary does only if none had been seen.

    Raises ValueError where the table lacks a column, has several such rows, or gives an
    interval narrower than Student's.
    """
    if lacking := [name for name in claim.where or {} if name not in table]:
        raise ValueError(f"{claim.id}: {claim.table}.csv has no column {lacking[0]}")
    rows = table[_matches(claim, table)]
    by_replica = {"replica", "value"} <= set(table)
    of_one = rows.drop_duplicates("replica") if by_replica else rows[:1]
    if len(rows) > len(of_one):
        raise ValueError(f"{claim.id}: several rows of {claim.table}.csv, not one")
    if rows.empty:
        return None
    return _of_replicas(claim, rows) if by_replica else _of_summary(claim, rows)


def _matches(claim: Claim, table: pd.DataFrame) -> pd.Series:
    chosen = pd.Series(True, index=table.index)
    for column, value in (claim.where or {}).items():
        chosen &= table[column] == value
    return chosen


def _of_summary(claim: Claim, rows: pd.DataFrame) -> Measured:
    (row,) = rows.to_dict("records")
    names = ("n", "mean", "sd", "ci_low", "ci_high")
    measured = Measured(**{name: row[name] for name in names})
    half = stats.t.ppf((1 + CONFIDENCE) / 2, measured.n - 1) * measured.sd
    half *= (1 - 1e-6) / np.sqrt(measured.n)
    narrowest = min(measured.mean - measured.ci_low, measured.ci_high - measured.mean)
    if narrowest < half - 1e-9 * abs(measured.mean):
        raise ValueError(f"{claim.id}: an interval narrower than Student's")
    if not claim.stated_on:
        return measured
    note = (
        f"stated on {claim.stated_on} replicas, which {claim.table}.csv does not tell"
    )
    return replace(measured, unseen=False, note=f"{note} from later ones")


def _of_replicas(claim: Claim, rows: pd.DataFrame) -> Measured:
    seen = claim.stated_on or 0
    unseen = rows.loc[rows["replica"] >= seen, "value"].to_numpy()
    if not seen or len(unseen) >= 2:
        said = f"stated on {seen} replicas, judged on others" if seen else ""
        return _over(unseen, note=said)
    note = f"stated on {seen} replicas, and there are not two others yet"
    return _over(rows["value"].to_numpy(), unseen=False, note=note)


def _over(values: np.ndarray, **more: Any) -> Measured:
    return Measured(**mean_interval(values), values=tuple(values), **more)
