"""The scorecard in a terminal, and which verdicts have changed."""

import numpy as np
import pandas as pd

from scaling_down.claims.judge import COLUMNS
from scaling_down.claims.terminal import changes, scorecard_lines

JUDGED = {
    "experiment": "toy", "id": "toy-a", "direction": "holds", "number": "matched",
    "measured": 4.0, "ci_low": 3.0, "ci_high": 5.0, "value": 4.5,
}  # fmt: skip
UNJUDGED = {
    "experiment": "toy", "direction": "not judged", "number": "not judged",
    "note": "not yet run by the present code",
}  # fmt: skip


def card(*rows):
    return pd.DataFrame(rows, columns=COLUMNS)


def test_a_claim_has_a_line_where_the_width_allows():
    rows = card(JUDGED, {**UNJUDGED, "id": "toy-b"}, {**UNJUDGED, "id": "toy-c"})
    assert list(scorecard_lines(rows, 80)) == [
        "toy: 1 of 3 judged",
        "  holds, matched  toy-a  4.0 [3.0, 5.0], printed 4.5",
        "  not judged: 2 claims: not yet run by the present code",
    ]


def test_no_line_is_longer_than_the_terminal():
    long = {**JUDGED, "id": "toy-with-a-name-of-many-words"}
    lines = list(scorecard_lines(card(long, {**UNJUDGED, "id": "toy-b"}), 50))
    assert max(map(len, lines)) <= 50
    assert lines[1:3] == [
        "  toy-with-a-name-of-many-words",
        "    holds, matched  4.0 [3.0, 5.0], printed 4.5",
    ]


def test_changed_verdicts_are_named():
    before = card(JUDGED, {**UNJUDGED, "id": "toy-b"})
    after = card({**JUDGED, **UNJUDGED}, {**UNJUDGED, "id": "toy-b"})
    assert list(changes(before, before)) == []
    assert list(changes(before, after)) == [
        "toy-a: recorded holds, matched; now not judged, not judged"
        " (not yet run by the present code)"
    ]


def test_new_and_dropped_claims_are_named():
    lines = list(changes(card(JUDGED), card({**JUDGED, "id": "toy-z", "note": np.nan})))
    assert lines == [
        "toy-a: recorded holds, matched; now no such claim",
        "toy-z: recorded no such claim; now holds, matched",
    ]
