"""The Slurm profile on an actual Slurm: the same bytes, also after mishaps."""

import subprocess
from contextlib import contextmanager

import pytest
from slurm import Slurm, missing_programs, wait_for
from workspaces import kill_group

SNAKEMAKE = (
    "snakemake --workflow-profile slurm --latency-wait 5"
    " --slurm-init-seconds-before-status-checks 8 --"
)
TRAIN, SUMMARISE = "classification_train", "classification_summarise"
TABLES = ("results/classification/*.csv", "results/classification/*.json")
RUNS = "results/*/runs/*.npz"
EVERYTHING = (*TABLES, RUNS, "figures/*")
MISSING = missing_programs()
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        bool(MISSING),
        reason=f"no {', '.join(MISSING)}: sudo apt-get install slurm-wlm munge",
    ),
]


@pytest.fixture(scope="module")
def slurm(tmp_path_factory):
    """A running Slurm."""
    cluster = Slurm(tmp_path_factory.mktemp("slurm"))
    try:
        cluster.start()
        yield cluster
    finally:
        cluster.stop()


@pytest.fixture(autouse=True)
def at_the_cluster(slurm, monkeypatch):
    """Let the commands of the test find the cluster."""
    for name, value in slurm.environment.items():
        monkeypatch.setenv(name, value)


@contextmanager
def started(workspace, slurm, *targets):
    """Start the workflow; give it when a training job runs."""
    with workspace.running(" ".join([SNAKEMAKE, *targets])) as process:
        wait_for(lambda: slurm.running(TRAIN), slurm.jobs)
        yield process


def finish(process):
    """Return what the workflow printed, after checking that it succeeded."""
    try:
        output, _ = process.communicate(timeout=120)
    except subprocess.TimeoutExpired:
        kill_group(process)
        output, _ = process.communicate()
    assert process.returncode == 0, output
    return output


def test_the_bytes_of_a_local_run_though_the_node_drains(slurm, untrained, reference):
    for name in untrained.files("figures/*"):
        (untrained.path / name).unlink()
    with started(untrained, slurm, "classification") as process:
        slurm.update_node("drain")
        try:
            wait_for(lambda: slurm.state() == "drained", slurm.jobs)
            wait_for(lambda: slurm.pending(), slurm.jobs)
            assert not untrained.files(*TABLES)
        finally:
            slurm.update_node("resume")
        finish(process)
    assert untrained.outputs(*EVERYTHING) == reference.outputs(*EVERYTHING)


def test_a_killed_job_is_tried_again_with_more(slurm, untrained, reference):
    runs = reference.files("results/classification/runs/*.npz")
    with started(untrained, slurm, *runs) as process:
        killed = slurm.running(TRAIN)[0]
        slurm.command("scancel", killed.number)
        assert "Trying to restart job" in finish(process)
    first, second = (job for job in slurm.jobs() if job.same_as(killed))
    assert first == killed._replace(state="CANCELLED")
    assert (second.state, second.memory, second.time) == (
        "COMPLETED", "4000M", "2:00:00",
    )  # fmt: skip
    assert untrained.outputs(RUNS) == reference.outputs(RUNS)


def test_cuda_asks_for_a_gpu(slurm, untrained):
    untrained.edit("execution.device", "cuda")
    output = untrained.run(f"{SNAKEMAKE} {SUMMARISE}", status=1)
    assert "--gpus=1" in output
