import fcntl
import os
import signal
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from scaling_down.workflow import manifests, workspace
from scaling_down.workflow.paths import DAMAGED, LOCK
from scaling_down.workflow.plan import Plan
from scaling_down.workflow.store import save_run

START = """
import sys
from types import SimpleNamespace
from scaling_down.workflow import manifests, workspace
manifests.cheap_jobs = lambda plan: []
workspace.start(SimpleNamespace(folders=set), set())
print("started", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def plan(tiny, tmp_path, monkeypatch):
    """A plan in a workspace where all its runs stand."""
    monkeypatch.chdir(tmp_path)
    plan = Plan(tiny)
    for run in plan.by_stem.values():
        arrays = {"x": np.arange(len(run.replicas) or 3) / 7}
        save_run(plan.file(run), arrays, run.key, run.replicas)
    return plan


@pytest.fixture
def held(monkeypatch):
    """The locks that `start` takes; let go of at the end."""
    locks = []
    monkeypatch.setattr(workspace, "_held", locks)
    yield locks
    for lock in locks:
        lock.close()


def everything():
    found = (p for p in Path().rglob("*") if p.is_file())
    return {p: (p.read_bytes(), p.stat().st_mtime_ns) for p in found}


def a_run_file(plan) -> Path:
    return Path(plan.files("classification")[0])


def test_whole_runs_are_not_damaged(plan, capsys):
    assert workspace.damaged_files(plan) == set()
    assert capsys.readouterr().err == ""


def test_looking_for_damage_writes_nothing(plan, capsys):
    path = a_run_file(plan)
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    before = everything()
    assert workspace.damaged_files(plan) == {str(path)}
    assert everything() == before
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(f"{path}: damaged, ")


def test_start_sets_damaged_files_aside(plan, held):
    path = a_run_file(plan)
    content = path.read_bytes()
    workspace.start(plan, {str(path)})
    assert not path.exists()
    assert (DAMAGED / path.name).read_bytes() == content


def test_runs_of_other_parameters_are_left_alone(plan):
    other = a_run_file(plan).with_name(f"train-cnn-plain-r00-01-{'0' * 16}.npz")
    other.write_text("no npz")
    assert workspace.damaged_files(plan) == set()


def test_start_writes_the_manifests_of_all_cheap_jobs(plan, held):
    workspace.start(plan, set())
    jobs = list(manifests.cheap_jobs(plan))
    assert jobs
    assert all(Path(job.file).exists() for job in jobs)


def of_each_kind(plan):
    """Return a run file, a table, a figure and the scorecard's metrics."""
    (figure, *_), *_ = plan.figures("classification").values()
    files = [*plan.tables("classification")[:1], figure, plan.layout.metrics("claims")]
    return [a_run_file(plan), *map(Path, files)]


@pytest.mark.parametrize("kind", range(4), ids=["run", "table", "figure", "claims"])
def test_start_removes_parts_and_keeps_runs(plan, held, kind):
    whole = of_each_kind(plan)[kind]
    whole.parent.mkdir(parents=True, exist_ok=True)
    whole.touch()
    part = whole.with_name(f".{whole.name}.1.part")
    part.touch()
    before = everything()
    workspace.start(plan, set())
    written = {Path(job.file) for job in manifests.cheap_jobs(plan)}
    left = everything()
    assert part not in left
    assert left.keys() == (before.keys() - {part}) | {LOCK} | written
    assert LOCK.read_text() == str(os.getpid())


@pytest.fixture
def alone(held, tmp_path, monkeypatch):
    """A folder of its own, and plans that are stand-ins without cheap jobs."""
    monkeypatch.setattr(manifests, "cheap_jobs", lambda plan: [])
    monkeypatch.chdir(tmp_path)


def second(repository):
    return subprocess.Popen(
        [sys.executable, "-c", START],
        env={**os.environ, "PYTHONPATH": str(repository / "src")},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_second_one_stops_with_one_line(alone, repository):
    workspace.start(SimpleNamespace(folders=set), set())
    with second(repository) as process:
        output, errors = process.communicate()
    assert process.returncode == 1
    assert output == ""
    (line,) = errors.splitlines()
    assert f"process {os.getpid()}" in line
    assert "wait for its end, or stop it" in line
    assert LOCK.read_text() == str(os.getpid())


def test_killed_one_leaves_no_lock(alone, repository):
    with second(repository) as process:
        assert process.stdout.readline() == "started\n"
        with pytest.raises(SystemExit, match=f"process {process.pid}"):
            workspace.start(SimpleNamespace(folders=set), set())
        process.send_signal(signal.SIGKILL)
        process.communicate()
    workspace.start(SimpleNamespace(folders=set), set())
    assert LOCK.read_text() == str(os.getpid())


def test_lock_is_held_to_the_end(alone):
    workspace.start(SimpleNamespace(folders=set), set())
    with LOCK.open() as other, pytest.raises(BlockingIOError):
        fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)
