"""Where figures, tables and claims come from, and whether they are asked for."""

import csv
import hashlib
import subprocess
from pathlib import Path

import pytest

from scaling_down.jobs.compute import what_of
from scaling_down.workflow.belonging import write_with_key
from scaling_down.workflow.plan import Plan
from scaling_down.workflow.store import save_run
from scaling_down.workflow.trace import STORE, trace

NAME = "classification"
SUMMARY = f"results/{NAME}/summary.csv"
CLAIM = "classification-table-1-cnn-plain-final"
STANDS = "state: what these parameters and this code ask for"


@pytest.fixture
def plan(tiny, tmp_path, monkeypatch):
    """The plan of the tiny parameters in a folder with one experiment's results."""
    monkeypatch.chdir(tmp_path)
    plan = Plan(tiny)
    for run in plan.runs[NAME]:
        what = what_of(run.description(plan.reads(run)))
        save_run(plan.file(run), {}, run.key, run.replicas, ["torch 1.0"], what)
    columns = ("model", "positions", "training_sets", "metric", "mean")
    rows = [
        (model, "plain", "shared", "test_accuracy_final", mean)
        for model, mean in (("cnn", 93), ("gru", 90))
    ]
    with Path(SUMMARY).open("w", newline="") as file:
        csv.writer(file).writerows([columns, *rows])
    key = plan.summary_key(NAME)
    write_with_key(plan.layout.metrics(NAME), {}, key, [SUMMARY])
    return plan


def lines(plan, name, **conditions):
    return list(trace(plan, name, conditions))


def test_a_figure_of_this_code_and_of_another(plan):
    figure = Path(plan.figure_files(NAME)[0])
    assert "state: not there" in lines(plan, str(figure))
    figure.parent.mkdir()
    figure.write_text(plan.figures_key(NAME))
    told = lines(plan, str(figure))
    assert told[0] == f"{figure}: a figure of {NAME}"
    assert STANDS in told
    assert f"  src/scaling_down/experiments/{NAME}/draw.py" in told
    figure.write_text("another key")
    assert lines(plan, str(figure))[1].startswith("state: NOT what")


def test_a_table_has_its_parameters_runs_and_versions(plan):
    told = lines(plan, SUMMARY)
    runs = plan.runs[NAME]
    assert STANDS in told
    assert f"runs: {len(runs)} of {len(runs)} are here" in told
    assert f"  steps: {runs[0].settings.steps}" in told
    assert f"  src/scaling_down/experiments/{NAME}/compute/train.py" in told
    assert told[-2:] == ["made with: torch 1.0", "commit: not in the store"]


def test_a_run_came_with_the_commit_that_stored_it(plan):
    for run in plan.runs[NAME]:
        content = Path(plan.file(run)).read_bytes()
        md5 = hashlib.md5(content, usedforsecurity=False).hexdigest()
        stored = Path(STORE, md5[:2], md5[2:])
        stored.parent.mkdir(parents=True, exist_ok=True)
        stored.write_bytes(content)
    git("init", "--quiet")
    git("add", STORE)
    git("-c", "user.name=a", "-c", "user.email=a@b", "commit", "--quiet", "-m", "runs")
    first = git("rev-parse", "--short", "HEAD").strip()
    assert lines(plan, SUMMARY)[-1].startswith(f"commit: {first} of 2")


def git(*arguments):
    return subprocess.run(
        ["git", *arguments], capture_output=True, text=True, check=True
    ).stdout


def test_a_row_chooses_the_runs_that_agree_with_it(plan):
    told = lines(plan, SUMMARY, model="cnn")
    (row,) = [line for line in told if line.startswith("row: ")]
    assert row.startswith("row: model cnn, positions plain")
    chosen = [
        plan.file(run)
        for run in plan.runs[NAME]
        if run.cell == "cnn-plain-shared"
    ]  # fmt: skip
    listed = [line.split()[0] for line in told if "/runs/" in line]
    assert listed == chosen


def test_a_value_that_no_run_has_is_left_out(plan):
    text = Path(SUMMARY).read_text().replace("cnn,", "several,")
    Path(SUMMARY).write_text(text)
    told = lines(plan, SUMMARY, model="several")
    listed = [line for line in told if "/runs/" in line]
    assert len(listed) == sum("plain-shared" in r.cell for r in plan.runs[NAME])


def test_a_claim_has_its_region_and_its_row(plan):
    told = lines(plan, CLAIM)
    assert told[0] == f"{CLAIM}: a claim of {NAME}"
    assert "published: 94 ± 2" in told
    assert "holds if: above 92, below 96" in told
    assert any(line.startswith("row: model cnn") for line in told)


@pytest.mark.parametrize(
    ("name", "conditions", "said"),
    [
        ("figures/none.png", {}, "no figure, table or claim"),
        (SUMMARY, {"modell": "cnn"}, "no column modell"),
        (SUMMARY, {"model": "svm"}, "no row with model svm"),
    ],
)
def test_what_cannot_be_traced_is_said(plan, name, conditions, said):
    with pytest.raises(ValueError, match=said):
        lines(plan, name, **conditions)
