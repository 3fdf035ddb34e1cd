"""How far a workflow is."""

import json
import time
from pathlib import Path

import pytest

from scaling_down.workflow import overall
from scaling_down.workflow.paths import OVERALL


@pytest.fixture
def three(tmp_path, monkeypatch):
    """A workflow of three runs that began a minute ago."""
    monkeypatch.chdir(tmp_path)
    overall.begin(["c", "a", "b"])
    begun = json.loads(OVERALL.read_text())
    assert begun["files"] == ["a", "b", "c"]
    monkeypatch.setattr(time, "time", lambda: begun["started"] + 60)


def test_nothing_is_said_outside_a_workflow(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert overall.overall() is None


def test_the_time_left_is_that_of_the_runs_so_far(three):
    assert overall.overall() is None
    Path("a").touch()
    assert overall.overall() == "1 of 3 runs made, about 2 min 0 s left"
    Path("c").touch()
    assert overall.overall() == "2 of 3 runs made, about 30 s left"
    Path("b").touch()
    assert overall.overall() == "3 of 3 runs made"


def test_long_times_are_told_in_hours():
    assert overall.duration(3600 * 5 + 60 * 7 + 59) == "5 h 7 min"


def test_a_person_sees_experiments_not_numbers_of_jobs(finished_by_snakemake):
    _, output = finished_by_snakemake
    assert "classification train-logistic-plain-shared, replicas" in output
    for scaffolding in "Select jobs", "Execute ", "Finished jobid", "steps (":
        assert scaffolding not in output
