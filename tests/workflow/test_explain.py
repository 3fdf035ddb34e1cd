"""What is said of runs that do not stand."""

from pathlib import Path

import pytest

from scaling_down.jobs.compute import what_of
from scaling_down.workflow.explain import differences, missing_runs
from scaling_down.workflow.plan import Plan
from scaling_down.workflow.store import save_run


@pytest.fixture
def standing(tiny, tmp_path, monkeypatch):
    """The plan of the tiny parameters, all runs of one experiment saved."""
    monkeypatch.chdir(tmp_path)
    plan = Plan(tiny)
    for run in [*plan.runs["dataset"], *plan.runs["classification"]]:
        save(plan, run)
    return plan


def save(plan, run):
    what = what_of(run.description(plan.reads(run)))
    save_run(plan.file(run), {}, run.key, run.replicas, what=what)


def reasons(plan):
    missing = missing_runs(plan).items()
    return {reason: len(runs) for (name, reason), runs in missing if name == NAME}


NAME = "classification"


def test_nothing_is_said_of_what_stands(standing):
    assert reasons(standing) == {}
    assert {name for name, _ in missing_runs(standing)} == set(standing.runs) - {
        "dataset", NAME
    }  # fmt: skip


def test_an_edited_setting_is_named_with_both_values(standing, tiny_with):
    edited = Plan(tiny_with({NAME: {"steps": 30}}))
    assert reasons(edited) == {"steps: 20 becomes 30": len(standing.runs[NAME])}


def test_a_damaged_run_is_missing(standing):
    Path(standing.file(standing.runs[NAME][0])).write_bytes(b"half of a fi")
    assert reasons(standing) == {"damaged": 1}


def test_more_replicas_are_no_change(standing, tiny_with):
    more = Plan(tiny_with({NAME: {"replicas": 4}}))
    assert list(reasons(more)) == ["other replicas stand"]


def test_other_code_is_said_to_be_the_reason(standing):
    old = "0" * 16
    for run in standing.runs[NAME]:
        file = Path(standing.file(run))
        what = what_of(run.description(standing.reads(run)))
        stale = file.with_name(file.name.replace(run.key, old))
        save_run(stale, {}, old, run.replicas, what=what)
        file.unlink()
    assert reasons(standing) == {"the code": len(standing.runs[NAME])}


def test_a_cell_that_was_never_run(tiny, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (reason,) = reasons(Plan(tiny))
    assert reason == "no run of such a cell stands"


def test_differences_have_their_paths():
    before = {"a": {"b": 1, "c": [1, 2]}, "d": 3}
    now = {"a": {"b": 2, "c": [1, 2], "e": 0}, "d": 3}
    assert list(differences(before, now)) == ["a.b: 1 becomes 2", "a.e: None becomes 0"]
