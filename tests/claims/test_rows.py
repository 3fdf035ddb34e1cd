"""Which measured row decides on a claim, and what makes it unfit to."""

import math

import pandas as pd
import pytest

from scaling_down.claims.rows import measured_row
from scaling_down.claims.statements import Claim, Expectation
from scaling_down.statistics.intervals import mean_interval

SUMMARY = pd.DataFrame(
    [
        {"model": model, **mean_interval([1.0, 2, 3, 4])}
        for model in ("mlp", "cnn", "cnn", "gru")
    ]
)
REPLICAS = pd.DataFrame(
    {
        "model": ["mlp"] * 7 + ["cnn"] * 5,
        "replica": [*range(7), *range(5)],
        "value": [1.0, 2, 3, 4, 5, 60, 80, 1, 2, 3, 4, 5],
    }
)


def stated(model="mlp", stated_on=None):
    return Claim(
        id="x",
        kind="claim" if stated_on is None else "exploratory",
        source="s",
        statement="t",
        reason="ours",
        where={"model": model},
        expect=Expectation(above=0),
        stated_on=stated_on,
    )


def test_the_row_of_a_summary():
    measured = measured_row(stated(), SUMMARY)
    assert (measured.n, measured.mean) == (4, 2.5)
    assert measured.ci_low == pytest.approx(2.5 - 3.182446 * 1.290994 / 2, abs=1e-5)
    assert measured.unseen


def test_no_row():
    assert measured_row(stated("logistic"), SUMMARY) is None
    assert measured_row(stated("logistic"), REPLICAS) is None


def test_several_rows_are_a_mistake():
    with pytest.raises(ValueError, match=r"x: several rows of summary\.csv"):
        measured_row(stated("cnn"), SUMMARY)
    with pytest.raises(ValueError, match="several rows"):
        measured_row(stated(), pd.concat([REPLICAS, REPLICAS]))


def test_a_column_that_the_table_lacks_is_a_mistake():
    with pytest.raises(ValueError, match=r"x: summary\.csv has no column model"):
        measured_row(stated(), SUMMARY.drop(columns="model"))


def test_an_interval_narrower_than_students_is_a_mistake():
    narrow = SUMMARY.assign(ci_low=SUMMARY["ci_low"] + 0.01)
    with pytest.raises(ValueError, match="narrower than Student's"):
        measured_row(stated(), narrow)
    wide = SUMMARY.assign(ci_low=SUMMARY["ci_low"] - 1)
    assert measured_row(stated(), wide).ci_low < 0


def test_rows_by_replica_are_averaged():
    measured = measured_row(stated("cnn"), REPLICAS)
    assert (measured.n, measured.mean, measured.unseen) == (5, 3, True)
    assert measured.sd == pytest.approx(1.5811388)


def test_a_summary_does_not_tell_seen_replicas_from_others():
    measured = measured_row(stated(stated_on=3), SUMMARY)
    assert (measured.n, measured.unseen) == (4, False)
    assert "stated on 3 replicas" in measured.note
    assert measured_row(stated(stated_on=0), SUMMARY).unseen


def test_an_exploratory_statement_is_judged_on_the_unseen_replicas():
    measured = measured_row(stated(stated_on=5), REPLICAS)
    assert (measured.n, measured.mean, measured.unseen) == (2, 70, True)
    assert measured.note == "stated on 5 replicas, judged on others"
    assert measured_row(stated(stated_on=0), REPLICAS).note == ""


@pytest.mark.parametrize(
    ("model", "stated_on", "n"), [("mlp", 6, 7), ("cnn", 5, 5), ("cnn", 9, 5)]
)
def test_one_unseen_replica_confirms_nothing(model, stated_on, n):
    measured = measured_row(stated(model, stated_on), REPLICAS)
    assert (measured.n, measured.unseen) == (n, False)
    assert "not two others" in measured.note


def test_a_lone_replica_has_no_interval():
    measured = measured_row(stated(), pd.DataFrame([{"model": "mlp", **ONE}]))
    assert measured.n == 1
    assert math.isnan(measured.ci_low)


ONE = mean_interval([3.0])
