"""The scorecard: two judgements of each claim, never from the mean alone."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from scaling_down.claims.rows import Measured, measured_row
from scaling_down.claims.statements import Claim, Expectation, Published
from scaling_down.claims.verdicts import (
    exact_p_value,
    is_compatible,
    is_inside,
    is_outside,
    p_value,
)
from scaling_down.claims.words import (
    INCONCLUSIVE,
    MATCHED,
    NOT_CONFIRMED,
    NOT_JUDGED,
    NOT_MATCHED,
    WORDS,
)
from scaling_down.statistics.power import detectable_half_widths
from scaling_down.statistics.significance import holm

FEW = range(6, 8)
"""So few replicas that Student's t leans on their being normal, and enough for the
exact test of flipped signs to decide: a note says what it finds."""
MEASURED = {
    "mean": "measured", "ci_low": "ci_low", "ci_high": "ci_high", "n": "n"
}  # fmt: skip
"""What a row tells of a measurement, and the column that it becomes."""
COLUMNS = [
    "experiment", "headline", "id", "kind", "source", "statement",
    "published", "value", "runs", "above", "below",
    "measured", "ci_low", "ci_high", "n",
    "direction", "number", "p", "p_holm", "detects", "note",
]  # fmt: skip


def scorecard(
    claims: Mapping[str, Sequence[Claim]],
    tables: Mapping[tuple[str, str], pd.DataFrame],
    notes: Mapping[str, str],
    *,
    full_scale: bool,
) -> pd.DataFrame:
    """Return a row for each claim; `claims` are by experiment, `tables` by both names.

    `notes` are what is to be said of all measured claims of an experiment; one without
    tables has not been run. P values are adjusted within an experiment, checks left
    out. At less than full scale nothing is judged. Raises ValueError where a table
    cannot answer a claim as it is stated or, at full scale, has no row for it
    though the default parameters ask for one.
    """
    rows: list[dict[str, Any]] = []
    for experiment, stated in claims.items():
        said = notes.get(experiment, "")
        of_experiment = [
            {
                "experiment": experiment,
                **_row(
                    claim,
                    tables.get((experiment, claim.table)),
                    said,
                    full_scale=full_scale,
                ),
            }
            for claim in stated
        ]
        rows += _adjusted(of_experiment)
    return pd.DataFrame(rows, columns=COLUMNS)


def _row(
    claim: Claim, table: pd.DataFrame | None, said: str, *, full_scale: bool
) -> dict[str, Any]:
    names = ("headline", "id", "kind", "source", "statement")
    row = {name: getattr(claim, name) for name in names}
    if claim.published:
        row |= {"published": claim.published.text()}
        row |= {"value": claim.published.value, "runs": claim.published.runs}
    if claim.expect:
        row |= {"above": claim.expect.above, "below": claim.expect.below}
    row |= {"direction": NOT_JUDGED, "number": NOT_JUDGED}
    if claim.expect is None:
        return {**row, "note": claim.reason}
    if table is None:
        return {**row, "note": "not yet run by the present code"}
    measured = measured_row(claim, table)
    if measured is None and claim.needs:
        return {**row, "note": f"needs {claim.needs}"}
    if measured is None and full_scale:
        raise ValueError(
            f"{claim.id}: {claim.table}.csv has no such row; where the parameters leave"
            " it out, general.full_scale is false"
        )
    if measured is None:
        return {**row, "note": f"reduced scale: {claim.table}.csv has no such row"}
    for name, column in MEASURED.items():
        row[column] = getattr(measured, name)
    if not full_scale:
        return {**row, "note": "reduced scale: this cannot be judged"}
    row |= _judged(claim, claim.expect, measured)
    return {**row, "note": "; ".join(filter(None, (_note(claim, measured), said)))}


def _judged(claim: Claim, expect: Expectation, measured: Measured) -> dict[str, Any]:
    low, high = measured.ci_low, measured.ci_high
    judged: dict[str, Any] = {"direction": _direction(claim.kind, expect, measured)}
    if number := _number(claim.published, measured):
        judged["number"] = number
    if not math.isnan(low) and measured.unseen:
        half_width = max(measured.mean - low, high - measured.mean)
        judged["p"] = p_value(measured.mean, low, high, measured.n, expect)
        judged["detects"] = detectable_half_widths(measured.n) * half_width
    return judged


def _direction(kind: str, expect: Expectation, measured: Measured) -> str:
    yes, no = WORDS[kind]
    if not measured.unseen:
        return NOT_CONFIRMED
    if is_inside(measured.ci_low, measured.ci_high, expect):
        return yes
    if is_outside(measured.ci_low, measured.ci_high, expect):
        return no
    return INCONCLUSIVE


def _number(published: Published | None, measured: Measured) -> str | None:
    """Tell whether the printed value is matched; None where nothing can be compared."""
    if published is None or published.value is None or published.runs is None:
        return None
    if math.isnan(measured.sd):
        return None
    compatible = is_compatible(
        measured.mean,
        measured.sd,
        measured.n,
        published.value,
        published.runs,
        spreads=published.spreads,
        rounding=published.half_unit,
    )
    return MATCHED if compatible else NOT_MATCHED


def _note(claim: Claim, measured: Measured) -> str:
    """Say what a reader must know of a judgement beside its numbers."""
    notes = [measured.note, claim.reason]
    if claim.expect and measured.values and measured.n in FEW:
        found = exact_p_value(measured.values, claim.expect)
        notes.append(f"exact test of signs: p = {found:.2g}")
    if measured.n == 1:
        notes.append("one replica has no interval")
    elif math.isnan(measured.ci_low):
        notes.append("not every replica has a value")
    elif measured.sd == 0:
        notes.append("all replicas agree")
    return "; ".join(filter(None, notes))


def _adjusted(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Add Holm's p values of one experiment's claims; checks are not among them."""
    family = [row for row in rows if "p" in row and row["kind"] != "check"]
    p_values = holm(np.array([row["p"] for row in family]))
    for row, p in zip(family, p_values, strict=True):
        row["p_holm"] = p
    return rows
