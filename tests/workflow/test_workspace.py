import fcntl
import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from scaling_down.workflow import manifests, workspace
from scaling_down.workflow.paths import DAMAGED, LOCK, WHOLE
from scaling_down.workflow.plan import Plan
from scaling_down.workflow.store import save_run

START = """
import sys
from types import SimpleNamespace
from scaling_down.workflow import manifests, workspace
workspace.start(SimpleNamespace(folders=set))
print("started", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def plan(tiny, tmp_path, monkeypatch):
    """A plan in a workspace where all its runs stand."""
    monkeypatch.chdir(tmp_path)
    WHOLE.parent.mkdir()
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


def test_whole_runs_stay(plan, capsys):
    workspace.set_aside_damaged(plan)
    assert capsys.readouterr().err == ""
    assert not DAMAGED.exists()
    runs = {plan.file(run) for run in plan.by_stem.values()}
    assert json.loads(WHOLE.read_text()).keys() == runs


@pytest.mark.parametrize("known", [False, True])
def test_damaged_run_is_set_aside_with_a_line(plan, capsys, known):
    if known:
        workspace.set_aside_damaged(plan)
    path = a_run_file(plan)
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    others = {p: v for p, v in everything().items() if p not in (path, WHOLE)}
    workspace.set_aside_damaged(plan)
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(f"{path}: damaged; moved to {DAMAGED}, ")
    assert not path.exists()
    assert (DAMAGED / path.name).read_bytes() == content
    left = everything()
    assert all(left[p] == value for p, value in others.items())
    assert str(path) not in json.loads(WHOLE.read_text())


def test_unchanged_run_is_not_read_again(plan, monkeypatch):
    workspace.set_aside_damaged(plan)
    read = []
    monkeypatch.setattr(workspace, "is_whole", lambda path: read.append(path) or True)
    workspace.set_aside_damaged(plan)
    assert read == []
    os.utime(a_run_file(plan), ns=(0, 0))
    workspace.set_aside_damaged(plan)
    assert read == [a_run_file(plan)]


@pytest.mark.parametrize("content", ["", "[1]", "{"])
def test_damaged_list_of_whole_runs_is_forgotten(plan, content):
    WHOLE.write_text(content)
    workspace.set_aside_damaged(plan)
    assert str(a_run_file(plan)) in json.loads(WHOLE.read_text())


def test_runs_of_other_parameters_are_left_alone(plan, capsys):
    other = a_run_file(plan).with_name(f"cnn-plain-r00-01-{'0' * 16}.npz")
    other.write_text("no npz")
    workspace.set_aside_damaged(plan)
    assert other.read_text() == "no npz"
    assert capsys.readouterr().err == ""


def test_prepare_twice_changes_nothing(plan):
    workspace.prepare(plan)
    first = everything()
    workspace.prepare(plan)
    assert everything() == first
    for name in plan.runs:
        for step, content in [
            ("summarise", plan.summary_manifest(name)),
            ("draw", plan.figures_manifest(name)),
        ]:
            manifest = json.loads(Path(plan.layout.manifest(name, step)).read_text())
            del manifest[manifests.WRITTEN]
            assert manifest == json.loads(json.dumps(content))


def test_prepare_follows_outputs_that_lack_the_key(plan):
    workspace.prepare(plan)
    manifest = Path(plan.layout.manifest("dataset", "draw"))
    os.utime(manifest, ns=(0, 0))
    (figure, *_), *_ = plan.figures("dataset").values()
    Path(figure).parent.mkdir()
    Path(figure).write_bytes(plan.figures_key("dataset").encode())
    workspace.prepare(plan)
    assert manifest.stat().st_mtime_ns == 0
    Path(figure).write_bytes(b"of other parameters")
    workspace.prepare(plan)
    assert manifest.stat().st_mtime_ns > 0


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
    workspace.start(plan)
    left = everything()
    assert part not in left
    assert left.keys() == (before.keys() - {part}) | {LOCK}
    assert LOCK.read_text() == str(os.getpid())


def second(repository):
    return subprocess.Popen(
        [sys.executable, "-c", START],
        env={**os.environ, "PYTHONPATH": str(repository / "src")},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_second_one_stops_with_one_line(tmp_path, monkeypatch, repository, held):
    monkeypatch.chdir(tmp_path)
    workspace.start(SimpleNamespace(folders=set))
    with second(repository) as process:
        output, errors = process.communicate()
    assert process.returncode == 1
    assert output == ""
    (line,) = errors.splitlines()
    assert f"process {os.getpid()}" in line
    assert "wait for its end, or stop it" in line
    assert LOCK.read_text() == str(os.getpid())


def test_killed_one_leaves_no_lock(tmp_path, monkeypatch, repository, held):
    monkeypatch.chdir(tmp_path)
    with second(repository) as process:
        assert process.stdout.readline() == "started\n"
        with pytest.raises(SystemExit, match=f"process {process.pid}"):
            workspace.start(SimpleNamespace(folders=set))
        process.send_signal(signal.SIGKILL)
        process.communicate()
    workspace.start(SimpleNamespace(folders=set))
    assert LOCK.read_text() == str(os.getpid())


def test_lock_is_held_to_the_end(tmp_path, monkeypatch, held):
    monkeypatch.chdir(tmp_path)
    workspace.start(SimpleNamespace(folders=set))
    with LOCK.open() as other, pytest.raises(BlockingIOError):
        fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)
