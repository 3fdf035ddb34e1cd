"""Manifests are named by content; outputs that carry another key are out of date."""

import json
import os
from pathlib import Path

import pytest

from scaling_down.workflow.manifests import CheapJob, cheap_jobs, mark_outdated, write
from scaling_down.workflow.plan import Plan

KEY = "0123456789abcdef"
CONTENT = {"key": KEY, "runs": [1, 2], "settings": {"b": 1, "a": "é"}}


@pytest.fixture
def job(tmp_path, monkeypatch):
    """A job whose manifest, output and run stand."""
    monkeypatch.chdir(tmp_path)
    Path("metrics.json").write_text(f'{{"key": "{KEY}", "files": {{}}}}')
    Path("run.npz").touch()
    made = CheapJob("toy_summarise", CONTENT, keyed=["metrics.json"], runs=["run.npz"])
    write(made)
    return made


def other(job, **changes):
    return CheapJob(**{**vars(job), **changes})


def test_stands_where_nothing_changed(job):
    assert job.markers() == []
    assert other(job, manifest=dict(reversed(CONTENT.items()))).markers() == []


@pytest.mark.parametrize(
    "change", [{"key": "fedcba9876543210"}, {"runs": [1]}, {"more": None}]
)
def test_another_content_is_out_of_date_and_leaves_the_manifest(job, change):
    before = Path(job.file).read_bytes()
    changed = other(job, manifest={**CONTENT, **change})
    assert len(changed.markers()) == 1
    write(changed)
    assert changed.file != job.file
    assert Path(job.file).read_bytes() == before
    assert json.loads(Path(changed.file).read_text()) == {**CONTENT, **change}


@pytest.mark.parametrize(
    ("content", "stands"),
    [(b"\x89PNG 0123456789abcdef \xff", True), (b"\x89PNG 0123456789abcdee", False)],
)
def test_every_output_must_carry_the_key(job, content, stands):
    Path("figure.png").write_bytes(content)
    changed = other(job, keyed=["metrics.json", "figure.png"])
    assert (changed.markers() == []) == stands


def test_missing_outputs_are_no_reason(job):
    Path("metrics.json").unlink()
    assert other(job, manifest={"key": "another"}).markers() == []


def test_a_missing_run_is_a_reason(job):
    Path("run.npz").unlink()
    assert len(job.markers()) == 1


def test_a_fresh_clone_has_no_manifest_and_makes_its_own_tables(job):
    Path(job.file).unlink()
    assert len(job.markers()) == 1


def test_a_marker_of_earlier_outputs_does_not_count_for_later_ones(job):
    Path("metrics.json").write_text("{}")
    first = job.markers()
    os.utime("metrics.json", ns=(0, 0))
    assert job.markers() != first
    (mark,) = job.markers()
    assert Path(mark).stat().st_mtime_ns > Path("metrics.json").stat().st_mtime_ns
    assert job.markers() == [mark_outdated(job.name, ["metrics.json"])]


def test_writing_again_changes_nothing(job):
    os.utime(job.file, ns=(0, 0))
    write(job)
    assert Path(job.file).stat().st_mtime_ns == 0


def test_every_experiment_has_its_cheap_jobs(tiny):
    plan = Plan(tiny)
    names = {job.name for job in cheap_jobs(plan)}
    steps = {f"{name}_{step}" for name in plan.runs for step in ("summarise", "draw")}
    assert names == steps | {"claims", "light"}
