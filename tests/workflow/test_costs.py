"""Seconds from logs, and what missing runs cost by them."""

from pathlib import Path

import pytest

from scaling_down.workflow.costs import (
    Estimate,
    estimate,
    measured_costs,
    read_costs,
    write_costs,
)
from scaling_down.workflow.plan import Plan

NAME = "classification"
CELL = (NAME, "train", "cnn-plain-shared")
OTHER = (NAME, "train", "mlp-plain-shared")


@pytest.fixture
def plan(tiny, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return Plan(tiny)


def runs_of(plan, cell):
    return [run for run in plan.runs[NAME] if run.cell == cell[2]]


def logged(plan, run, seconds, computed=None):
    """Write the log of a job that computed some replicas of a run, or all."""
    computed = run.replicas if computed is None else computed
    log = Path(plan.layout.log(run.experiment, run.step, run.stem))
    log.parent.mkdir(parents=True, exist_ok=True)
    end = f"2026-01-01 00:00:{seconds:06.3f}".replace(".", ",")
    begin = "2026-01-01 00:00:00,000 a label"
    if computed:
        begin += f", replicas {', '.join(map(str, computed))}"
    log.write_text(f"{begin}: starts\n{end} an error\nof two lines\n")


def test_a_replica_s_seconds_are_those_of_a_log_whose_run_stands(plan):
    first, *_ = runs_of(plan, CELL)
    logged(plan, first, 12.5)
    assert measured_costs(plan) == {}
    file = Path(plan.file(first))
    file.parent.mkdir(parents=True)
    file.touch()
    assert measured_costs(plan) == {CELL: 12.5 / len(first.replicas)}


def test_the_processor_s_seconds_count_before_those_of_the_wall(plan):
    """What else a machine does makes a job last longer and cost no more."""
    first, *_ = runs_of(plan, CELL)
    logged(plan, first, 12.5)
    log = Path(plan.layout.log(first.experiment, first.step, first.stem))
    told = "2026-01-01 00:00:12,500 8.0 s of the processor\n"
    log.write_text(log.read_text() + told)
    file = Path(plan.file(first))
    file.parent.mkdir(parents=True)
    file.touch()
    assert measured_costs(plan) == {CELL: 8.0 / len(first.replicas)}


def test_replicas_that_stood_before_a_job_cost_it_nothing(plan):
    first, *_ = runs_of(plan, CELL)
    file = Path(plan.file(first))
    file.parent.mkdir(parents=True)
    file.touch()
    logged(plan, first, 12.5, computed=first.replicas[:1])
    assert measured_costs(plan) == {CELL: 12.5}
    log = Path(plan.layout.log(first.experiment, first.step, first.stem))
    log.write_text("2026-01-01 00:00:00,000 a label: replicas [0, 1] stand\n")
    assert measured_costs(plan) == {}


def test_costs_are_read_as_they_are_written(tmp_path):
    file = tmp_path / "costs.csv"
    assert read_costs(file) == {}
    write_costs(file, {CELL: 2.5, OTHER: 0.1})
    assert read_costs(file) == {CELL: 2.5, OTHER: 0.1}
    assert file.read_text().splitlines()[0] == "experiment,step,cell,seconds"


def test_a_run_costs_what_its_cell_did_or_the_median_of_its_step(plan):
    replicas = sum(len(run.replicas) for run in runs_of(plan, CELL))
    costs = {CELL: 10.0, OTHER: 30.0, (NAME, "train", "c"): 40.0}
    assert estimate(runs_of(plan, CELL), costs).seconds == 10 * replicas
    shuffled = runs_of(plan, (NAME, "train", "cnn-shuffled-shared"))
    assert estimate(shuffled, costs).seconds == 30 * replicas


def test_what_was_never_measured_is_unknown(plan):
    found = estimate(plan.runs["lottery"], {CELL: 10.0})
    assert found == Estimate(0, 0, len(plan.runs["lottery"]))
    assert "of unknown cost" in found.sentence(2)


def test_a_chain_takes_its_whole_length(plan):
    rounds = [run for run in plan.by_stem.values() if run.step == "rounds"]
    longest = max(map(depth, rounds))
    assert longest > 1
    costs = {(run.experiment, run.step, run.cell): 60.0 for run in rounds}
    found = estimate(rounds, costs)
    assert found.longest == 60 * longest * len(rounds[0].replicas)


def depth(run):
    before = [depth(read) for read in run.reads.values() if read.step == run.step]
    return 1 + max(before, default=0)


@pytest.mark.parametrize(
    ("found", "cores", "said"),
    [
        (Estimate(600, 20, 0), 2, "10 min 0 s of a core, 5 min 0 s on 2"),
        (Estimate(600, 500, 0), 8, "10 min 0 s of a core, 8 min 20 s on 8"),
        (Estimate(36000, 20, 1), 1, "10 h 0 min of a core, 10 h 0 min on 1, and a"),
        (Estimate(0, 0, 3), 1, "3 jobs of unknown cost"),
    ],
)
def test_words(found, cores, said):
    assert found.sentence(cores).startswith(said)
