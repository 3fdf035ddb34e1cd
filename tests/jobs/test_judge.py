"""The judging job: tables in, scorecard and counts out."""

import json
from pathlib import Path

import pandas as pd
import pytest

from scaling_down.jobs.judge import judge_claims
from scaling_down.workflow.files import DamagedFile

KEY = "0123456789abcdef"


@pytest.fixture
def manifest(tmp_path):
    metrics, table = tmp_path / "metrics.json", tmp_path / "summary.csv"
    metrics.write_text(json.dumps({"key": KEY, "files": {}, "origins": ["torch 1.0"]}))
    table.write_text("model,n,mean,sd,ci_low,ci_high\nmlp,3,2,0.1,1.7,2.3\n")
    claim = {
        "id": "a", "kind": "claim", "source": "b", "statement": "c", "reason": "",
        "published": {"value": 9.0, "runs": 3, "spread": [1.0], "rounding": None,
                      "words": "d"},
        "experiment": "toy", "table": "summary", "file": str(table),
        "where": {"model": "mlp"}, "expect": {"above": 0.0, "below": None},
        "stated_on": None, "headline": True, "needs": "",
    }  # fmt: skip
    return {
        "key": KEY,
        "full_scale": True,
        "banner": "",
        "summaries": {"toy": {"metrics": str(metrics), "key": KEY}},
        "claims": [claim, {**claim, "id": "b", "kind": "check", "published": None,
                           "reason": "e"}],
    }  # fmt: skip


@pytest.fixture
def outputs(tmp_path):
    names = ("claims.csv", "counts.json", "claims_all.png", "claims_headlines.pdf")
    return [str(tmp_path / name) for name in names]


def test_scorecard_and_counts(manifest, outputs):
    judge_claims(manifest, outputs)
    claim, check = pd.read_csv(outputs[0]).to_dict("records")
    assert (claim["direction"], claim["number"]) == ("holds", "not matched")
    assert pd.isna(claim["note"])
    assert check["note"] == "e"
    counts = json.loads(Path(outputs[1]).read_text())
    assert [*counts.pop("files")] == ["claims.csv"]
    assert counts == {
        "claim": {"holds": 1},
        "exploratory": {},
        "check": {"passes": 1},
        "number": {"not matched": 1},
        "key": KEY,
    }


def test_runs_from_elsewhere_are_logged_and_change_nothing(manifest, outputs, caplog):
    with caplog.at_level("INFO"):
        judge_claims(manifest, outputs)
    assert "toy: some runs were made with torch 1.0" in caplog.text


def test_mixed_runs_are_noted(manifest, outputs):
    origins = ["torch 1.0", "numpy 2.0", "torch 0.9"]
    metrics = Path(manifest["summaries"]["toy"]["metrics"])
    metrics.write_text(json.dumps({"key": KEY, "files": {}, "origins": origins}))
    judge_claims(manifest, outputs)
    notes = pd.read_csv(outputs[0])["note"].tolist()
    said = "runs were made with torch 0.9 and torch 1.0"
    assert notes == [said, f"e; {said}"]


def test_figures_carry_the_key(manifest, outputs):
    judge_claims(manifest, outputs)
    for figure in outputs[2:]:
        assert KEY.encode() in Path(figure).read_bytes()


def test_each_experiment_has_its_counts_in_the_same_columns(
    manifest, outputs, tmp_path
):
    files = [tmp_path / f"{name}.json" for name in ("toy", "other")]
    judge_claims(manifest, [*outputs, *map(str, files)])
    toy, other = (json.loads(file.read_text()) for file in files)
    assert toy == {
        "claims": 2, "hold": 2, "fail": 0, "open": 0, "unjudged": 0, "matched": 0,
        "unmatched": 1,
    }  # fmt: skip
    assert other == dict.fromkeys(toy, 0)


def test_adopted_runs_are_noted_by_revision(manifest, outputs):
    """However many there are; they are no sign of several machines."""
    proof = "1 tiny and 1 stored runs the same bits"
    origins = [f"adopted from {key * 16} of a1b2c3, {proof}" for key in "0123"]
    metrics = Path(manifest["summaries"]["toy"]["metrics"])
    metrics.write_text(
        json.dumps({"key": KEY, "files": {}, "origins": [*origins, "torch 1.0"]})
    )
    judge_claims(manifest, outputs)
    notes = pd.read_csv(outputs[0])["note"].tolist()
    said = "runs were adopted from a1b2c3"
    assert notes == [said, f"e; {said}"]


def test_tables_of_other_runs_are_refused(manifest, outputs):
    manifest["summaries"]["toy"]["key"] = "f" * 16
    with pytest.raises(DamagedFile, match="toy: tables of other runs"):
        judge_claims(manifest, outputs)


def test_claims_of_what_does_not_stand_stay_unjudged(manifest, outputs):
    manifest["summaries"] = {}
    judge_claims(manifest, outputs)
    card = pd.read_csv(outputs[0])
    assert set(card["direction"]) == {"not judged"}
    assert set(card["note"]) == {"not yet run by the present code"}


def test_a_table_that_cannot_answer_is_named(manifest, outputs):
    manifest["claims"][0]["where"] = {"modell": "mlp"}
    with pytest.raises(ValueError, match=r"a: summary\.csv has no column modell"):
        judge_claims(manifest, outputs)
