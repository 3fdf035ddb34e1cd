"""The scorecard: one row a claim, two judgements, and what stands behind them."""

import math

import pandas as pd
import pytest

from scaling_down.claims.judge import COLUMNS, scorecard
from scaling_down.claims.statements import Claim, Expectation, Published
from scaling_down.statistics.intervals import mean_interval
from scaling_down.statistics.power import detectable_half_widths

VALUES = {
    "mlp": [0.8, 1.0, 1.2, 1.1, 0.9],
    "cnn": [-1.0, 1, 0, 2, 0.5],
    "gru": [-3.0, -2, -2.5],
    "lone": [1.0],
    "none": [1.0, math.nan],
    "same": [2.0, 2, 2],
}
TABLES = {
    ("e", "summary"): pd.DataFrame(
        [{"model": model, **mean_interval(values)} for model, values in VALUES.items()]
    ),
    ("e", "widened"): pd.DataFrame(
        [{"model": "mlp", "n": 5, "mean": 1.0, "sd": 0.1, "ci_low": 0.8, "ci_high": 2}]
    ),
    ("e", "replicas"): pd.DataFrame(
        {"model": "mlp", "replica": range(8), "value": [9.0] * 5 + [1, 2, 3]}
    ),
}


def claim(model="mlp", **changes):
    stated = {
        "id": "x", "kind": "claim", "source": "s", "statement": "t",
        "published": Published(value=1.05, runs=1), "where": {"model": model},
        "expect": Expectation(above=0),
    }  # fmt: skip
    return Claim(**{**stated, **changes})


def card(*claims, notes=None, full_scale=True):
    table = scorecard({"e": claims}, TABLES, notes or {}, full_scale=full_scale)
    assert list(table) == COLUMNS
    return table.to_dict("records")


def verdicts(*claims):
    return [(row["direction"], row["number"]) for row in card(*claims)]


def test_the_row_of_a_claim():
    (row,) = card(claim())
    assert (row["published"], row["runs"]) == ("1.05", 1)
    assert (row["measured"], row["n"]) == (1, 5)
    half = row["measured"] - row["ci_low"]
    assert row["ci_high"] - row["measured"] == pytest.approx(half)
    assert (row["direction"], row["number"], row["note"]) == ("holds", "matched", "")
    assert row["detects"] == pytest.approx(detectable_half_widths(5) * half)
    assert row["p"] == row["p_holm"] < 0.025


def test_the_wider_side_of_an_interval_says_what_is_detected():
    (row,) = card(claim(table="widened"))
    assert row["detects"] == pytest.approx(detectable_half_widths(5))


@pytest.mark.parametrize(
    ("kind", "more", "words"),
    [
        ("claim", {}, ["holds", "does not hold", "inconclusive"]),
        ("check", {}, ["passes", "fails", "inconclusive"]),
        (
            "exploratory",
            {"stated_on": 0},
            ["supported", "not supported", "inconclusive"],
        ),
    ],
)
def test_words_of_each_kind(kind, more, words):
    rows = card(*(claim(model, kind=kind, **more) for model in ("mlp", "gru", "cnn")))
    assert [row["direction"] for row in rows] == words


def test_direction_and_number_are_judged_apart():
    far, near = Published(value=9, runs=2), Published(value=0.4, runs=3)
    assert verdicts(claim(published=far), claim("cnn", published=near)) == [
        ("holds", "not matched"),
        ("inconclusive", "matched"),
    ]


def test_a_printed_spread_and_rounding_reach_the_judgement():
    def printed(**more):
        return claim(published=Published(value=2, runs=3, **more))

    exact, spread = printed(rounding=0), printed(rounding=0, spread=1)
    rounded = printed(rounding=1)
    numbers = [number for _, number in verdicts(exact, spread, rounded)]
    assert numbers == ["not matched", "matched", "matched"]


@pytest.mark.parametrize(
    "changes",
    [
        {"published": Published(words="about one")},
        {"published": None, "reason": "ours"},
        {"where": {"model": "lone"}},
    ],
)
def test_numbers_that_cannot_be_judged(changes):
    assert verdicts(claim(**changes))[0][1] == "not judged"


def test_a_lone_replica_decides_nothing():
    (row,) = card(claim("lone"))
    assert (row["measured"], row["direction"]) == (1, "inconclusive")
    assert math.isnan(row["p"])
    assert row["note"] == "one replica has no interval"


def test_a_replica_without_a_value_is_said():
    (row,) = card(claim("none"))
    assert row["direction"] == "inconclusive"
    assert row["note"] == "not every replica has a value"


def test_replicas_that_agree_are_said():
    (row,) = card(claim("same"))
    assert (row["direction"], row["p"], row["detects"]) == ("holds", 0, 0)
    assert row["note"] == "all replicas agree"


def test_p_values_are_adjusted_without_checks():
    first, check, second, lone = card(
        claim(), claim(kind="check"), claim("cnn"), claim("lone")
    )
    assert first["p_holm"] == pytest.approx(2 * first["p"])
    assert second["p_holm"] == pytest.approx(second["p"])
    assert check["p"] == first["p"]
    assert math.isnan(check["p_holm"])
    assert math.isnan(lone["p_holm"])


def test_p_values_are_adjusted_within_an_experiment():
    tables = {**TABLES, ("f", "summary"): TABLES["e", "summary"]}
    claims = {"e": [claim()], "f": [claim()]}
    rows = scorecard(claims, tables, {}, full_scale=True)
    assert rows["p_holm"].tolist() == rows["p"].tolist()


def exploratory(**changes):
    return claim(
        kind="exploratory", published=None, reason="ours", stated_on=5, **changes
    )


def test_an_exploratory_statement_waits_for_unseen_replicas():
    (row,) = card(exploratory())
    assert (row["direction"], row["measured"]) == ("not yet confirmed", 1)
    assert math.isnan(row["p"])
    assert "stated on 5 replicas" in row["note"]


def test_an_exploratory_statement_is_judged_on_them():
    (row,) = card(exploratory(table="replicas"))
    assert (row["n"], row["measured"], row["direction"]) == (3, 2, "inconclusive")
    assert row["note"] == "stated on 5 replicas, judged on others; ours"


@pytest.mark.parametrize(
    ("values", "expect", "p"),
    [
        ([9.0, 9, 9, 9, 9, 1, 2], {"above": 0}, 1 / 2**7),
        ([9.0, 9, 9, 9, 9, 1, 2], {"above": 0, "below": 9.5}, 1 / 2**7),
        ([1.0, -1, 1, -1, 1, -1], {"above": 0}, 42 / 2**6),
    ],
)
def test_few_replicas_are_tested_exactly_too(values, expect, p):
    columns = {"model": "mlp", "replica": range(len(values)), "value": values}
    tables = {("e", "few"): pd.DataFrame(columns)}
    stated = claim(table="few", expect=Expectation(**expect))
    rows = scorecard({"e": [stated]}, tables, {}, full_scale=True)
    assert rows["note"][0] == f"exact test of signs: p = {p:.2g}"


def test_what_cannot_be_judged_says_why():
    (row,) = card(claim(where=None, expect=None, reason="no data"))
    assert (row["direction"], row["number"]) == ("not judged", "not judged")
    assert (row["published"], row["note"]) == ("1.05", "no data")
    assert math.isnan(row["measured"])


def test_a_row_that_no_table_has_is_an_error_unless_the_scale_is_reduced():
    with pytest.raises(ValueError, match=r"^x: summary\.csv has no such row; "):
        card(claim("logistic"))
    (row,) = card(claim("logistic"), full_scale=False)
    assert (row["direction"], row["number"]) == ("not judged", "not judged")
    assert row["note"] == "reduced scale: summary.csv has no such row"


def test_a_claim_that_needs_what_is_not_given_is_not_judged():
    unmeasured, measured = card(
        claim("logistic", needs="a folder"), claim(needs="a folder", id="y")
    )
    judged = (unmeasured["direction"], unmeasured["number"], unmeasured["note"])
    assert judged == ("not judged", "not judged", "needs a folder")
    assert measured["direction"] == "holds"


def test_an_experiment_that_was_not_run_is_not_judged():
    rows = scorecard({"f": [claim()]}, TABLES, {}, full_scale=True)
    assert rows["direction"][0] == rows["number"][0] == "not judged"
    assert rows["note"][0] == "not yet run by the present code"


def test_reduced_scale_gives_no_verdict():
    (row,) = card(claim(), full_scale=False, notes={"e": "said"})
    assert (row["direction"], row["number"]) == ("not judged", "not judged")
    assert row["measured"] == 1
    assert math.isnan(row["p"])
    assert row["note"] == "reduced scale: this cannot be judged"


def test_notes_of_an_experiment_are_added():
    notes = {"e": "some runs were made with torch 1.0", "other": "no"}
    (row,) = card(claim(), notes=notes)
    assert row["note"] == notes["e"]
