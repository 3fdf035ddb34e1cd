"""Verdicts come from intervals; every stated claim can be judged."""

import math

import pandas as pd
import pytest

from scaling_down.claims.judge import scorecard, verdict
from scaling_down.claims.statements import Claim, Expectation, read_claims
from scaling_down.workflow.experiment import experiment_names, folder, room

NAN = math.nan


@pytest.mark.parametrize(
    ("low", "high", "above", "below", "expected"),
    [
        (0.1, 2.0, 0.0, None, "reproduced"),
        (-0.1, 2.0, 0.0, None, "inconclusive"),
        (-2.0, -0.1, 0.0, None, "not reproduced"),
        (-2.0, 0.0, 0.0, None, "not reproduced"),
        (-2.0, -0.1, None, 0.0, "reproduced"),
        (3.0, 4.0, 2.0, 5.0, "reproduced"),
        (3.0, 6.0, 2.0, 5.0, "inconclusive"),
        (1.0, 6.0, 2.0, 5.0, "inconclusive"),
        (6.0, 7.0, 2.0, 5.0, "not reproduced"),
        (NAN, NAN, 0.0, None, "inconclusive"),
    ],
)
def test_verdict_of_an_interval(low, high, above, below, expected):
    assert verdict(low, high, {"above": above, "below": below}) == expected


def claim(**changes):
    stated = {
        "id": "x", "source": "s", "statement": "t", "published": "p",
        "experiment": "e", "table": "summary", "where": {"model": "mlp"},
        "expect": {"above": 0.0, "below": None},
    }  # fmt: skip
    return {**stated, **changes}


TABLES = {
    ("e", "summary"): pd.DataFrame(
        {
            "model": ["mlp", "cnn", "cnn"],
            "n": [5, 5, 5],
            "mean": [1.0, 2.0, 3.0],
            "ci_low": [0.5, 1.0, 1.0],
            "ci_high": [1.5, 3.0, 3.0],
        }
    )
}


def test_scorecard_reports_the_row_that_decides():
    (row,) = scorecard([claim()], TABLES, {}, full_scale=True).to_dict("records")
    assert (row["measured"], row["ci_low"], row["ci_high"]) == (1.0, 0.5, 1.5)
    assert (row["n"], row["verdict"], row["note"]) == (5, "reproduced", "")


def test_runs_of_other_libraries_are_noted():
    notes = {"e": "some runs were made with torch 1.0", "other": "no"}
    (row,) = scorecard([claim()], TABLES, notes, full_scale=True).to_dict("records")
    assert (row["verdict"], row["note"]) == ("reproduced", notes["e"])


@pytest.mark.parametrize("model", ["gru", "cnn"])
def test_no_row_or_several_decide_nothing(model):
    stated = [claim(where={"model": model})]
    (row,) = scorecard(stated, TABLES, {}, full_scale=True).to_dict("records")
    assert row["verdict"] == "inconclusive"
    assert "rows of summary.csv" in row["note"]


def test_reduced_scale_gives_no_verdict():
    (row,) = scorecard([claim()], TABLES, {}, full_scale=False).to_dict("records")
    assert row["verdict"] == "inconclusive"
    assert "reduced scale" in row["note"]


def test_an_expectation_needs_a_bound():
    with pytest.raises(ValueError, match="a bound"):
        Expectation()


@pytest.mark.parametrize("experiment", experiment_names())
def test_stated_claims_are_of_the_experiment_and_its_tables(experiment):
    claims = read_claims(folder(experiment) / "claims.yaml")
    assert all(isinstance(stated, Claim) for stated in claims)
    assert len({stated.id for stated in claims}) == len(claims)
    for stated in claims:
        assert stated.id.startswith(experiment.replace("_", "-"))
        assert stated.table in room(experiment, "plan").TABLES
