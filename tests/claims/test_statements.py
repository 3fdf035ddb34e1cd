"""Claims are read strictly, and a mistake in one is one line."""

import contextlib
import json

import pandas as pd
import pytest

from scaling_down.claims.rows import measured_row
from scaling_down.claims.statements import Published, as_plain, of_plain, read_claims
from scaling_down.workflow.experiment import experiment_names, folder, room
from scaling_down.workflow.parameters.file import load_params
from scaling_down.workflow.plan import Plan

GOOD = """
- id: toy-a
  kind: claim
  source: paper
  statement: A beats B.
  published: {value: 6.9, runs: 1, words: from 47.2 to 54.1}
  where: {model: mlp}
  expect: {above: 0}
"""
PUBLISHED = "  published: {value: 6.9, runs: 1, words: from 47.2 to 54.1}\n"
each_experiment = pytest.mark.parametrize("experiment", experiment_names())


@pytest.fixture
def read(tmp_path):
    def of_text(text, tables=None):
        path = tmp_path / "claims.yaml"
        path.write_text(text, encoding="utf-8")
        return read_claims(path, tables)

    return of_text


def test_a_good_claim_is_read(read):
    (claim,) = read(GOOD, ["summary"])
    assert (claim.table, claim.expect.above, claim.published.runs) == ("summary", 0, 1)


def test_no_file_states_nothing(tmp_path):
    assert read_claims(tmp_path / "claims.yaml") == []


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("  expect: {above: 0}\n", "", "toy-a: a region to expect"),
        ("{above: 0}", "{}", "toy-a: expect: a region needs a bound"),
        ("{above: 0}", "{above: 2, below: 1}", "toy-a: expect: a region lies between"),
        ("  where: {model: mlp}\n", "", "toy-a: where to find the row"),
        (", runs: 1", "", "toy-a: published: a printed value needs the number of its"),
        (", runs: 1", ", runs: 0", "toy-a: published.runs: "),
        (PUBLISHED, "  published: {}\n", "toy-a: published: a value with its runs, or"),
        ("value: 6.9, ", "", "toy-a: published: a value with its runs, or words"),
        ("runs: 1", "runs: 2, spread: 1", "toy-a: published: a spread needs 3 runs"),
        ("  published:", "  publisht:", "toy-a: publisht: "),
        (PUBLISHED, "", "toy-a: what is published, or the reason"),
        ("kind: claim", "kind: exploratory", "toy-a: stated_on for what is explo"),
        ("kind: claim", "kind: claim\n  stated_on: 5", "toy-a: stated_on for what"),
        ("kind: claim", "kind: rumour", "toy-a: kind: "),
        ("- id: toy-a\n  kind", "- kind", "claim 1: id: "),
        ("source: paper", "table: sumary\n  source: paper", "there is no table sumary"),
        (GOOD, GOOD + GOOD, "toy-a: this id stands twice"),
        (GOOD, "none yet", "claims.yaml: Input should be a valid list"),
        (GOOD, "- none yet", "claim 1: Input should be a valid dict"),
        ("{above: 0}", "{above: 0", "expected"),
    ],
)
def test_a_mistake_is_one_line(read, old, new, said):
    assert old in GOOD
    with pytest.raises(ValueError, match=r"claims\.yaml: ") as error:
        read(GOOD.replace(old, new), ["summary"])
    assert said in str(error.value)
    assert "\n" not in str(error.value)


def test_what_cannot_be_judged_has_a_reason(read):
    (claim,) = read(GOOD.partition("  where")[0] + "  reason: no data\n")
    assert (claim.where, claim.expect, claim.reason) == (None, None, "no data")


@pytest.mark.parametrize(
    ("value", "half_unit"), [(68, 0.5), (6.9, 0.05), (-1.33, 0.005), (0.0014, 0.00005)]
)
def test_rounding_is_half_a_unit_of_the_last_digit(value, half_unit):
    published = Published(value=value, runs=1)
    assert published.half_unit == pytest.approx(half_unit)
    assert Published(value=value, runs=1, rounding=1).half_unit == 1


@pytest.mark.parametrize(
    ("published", "text"),
    [
        ({"value": 68, "runs": 3, "spread": 2}, "68 ± 2"),
        (
            {"value": -36, "runs": 3, "spread": [1.0, 2.0], "words": "32 against 68"},
            "-36 (32 against 68)",
        ),
        ({"value": 0.0014, "runs": 1}, "0.0014"),
        ({"words": "about 10 times"}, "about 10 times"),
    ],
)
def test_published_as_the_scorecard_shows_it(published, text):
    assert Published(**published).text() == text


@each_experiment
def test_claims_survive_the_manifest(experiment):
    claims = read_claims(folder(experiment) / "claims.yaml")
    plain = json.loads(json.dumps(as_plain(claims)))
    assert [of_plain({**values, "file": "x"}) for values in plain] == claims


@each_experiment
def test_stated_claims_are_of_the_experiment_and_its_tables(experiment):
    tables = room(experiment, "plan").TABLES
    for claim in read_claims(folder(experiment) / "claims.yaml", tables):
        assert claim.id.startswith(experiment.replace("_", "-"))


@pytest.fixture(scope="module")
def standing(repository):
    """The experiments whose committed tables are of this state of the code."""
    with contextlib.chdir(repository):
        return Plan(load_params("params.yaml")).standing()


@each_experiment
def test_the_committed_tables_answer_every_claim(repository, experiment, standing):
    """Of tables that are of an earlier state of the code nothing is asked."""
    if experiment not in standing:
        pytest.skip(f"{experiment}: tables of an earlier state of the code")
    for claim in read_claims(folder(experiment) / "claims.yaml"):
        if claim.expect and not claim.needs:
            table = repository / f"results/{experiment}/{claim.table}.csv"
            assert measured_row(claim, pd.read_csv(table)) is not None, claim.id
