"""Finished, recorded and pulled workspaces.

Those of a session are made once for all its processes, to look at, copy or clone.
"""

import os
import shutil

import pytest
from filelock import FileLock
from workspaces import Workspace, snapshot


def pytest_collection_modifyitems(items):
    """Let each of two processes begin with workspaces, so that nothing long is left.

    Each is given a half of the list, and takes over from the end of the other's.
    """
    long = [item for item in items if "source" in item.fixturenames]
    short = [item for item in items if "source" not in item.fixturenames]
    items[:] = [
        *long[: len(long) // 2],
        *short[: len(short) // 2],
        *long[len(long) // 2 :],
        *short[len(short) // 2 :],
    ]


@pytest.fixture(scope="session")
def once(tmp_path_factory):
    """A function that makes a workspace, once for all processes of the session.

    It is given a name and what makes the workspace at a path and returns a text; it
    returns the workspace and that text.
    """
    folder = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        folder = folder.parent

    def made(name, make):
        path, said = folder / name / "project", folder / name / "said"
        path.parent.mkdir(exist_ok=True)
        with FileLock(folder / name / "lock"):
            if not said.exists():
                shutil.rmtree(path, ignore_errors=True)
                said.write_text(make(path))
        return Workspace(path), said.read_text()

    return made


@pytest.fixture(scope="session")
def source(once):
    """The project with the tiny parameters, committed; all tests clone it."""
    return once("source", snapshot)[0]


@pytest.fixture
def fresh(source, tmp_path):
    """A fresh clone, without any result."""
    return source.clone(tmp_path / "fresh")


@pytest.fixture(scope="session")
def finished_by_snakemake(once, source):
    """A workspace after `snakemake --cores 2` in a fresh clone, and its messages."""
    return once("snakemake", lambda path: source.clone(path).run("snakemake --cores 2"))


@pytest.fixture(scope="session")
def reference(once, source):
    """A workspace in which one experiment was made by a local run."""
    command = "snakemake --cores 2 -- classification"
    return once("reference", lambda path: source.clone(path).run(command))[0]


@pytest.fixture
def untrained(reference, tmp_path):
    """A workspace in which all is finished but the experiment's training."""
    workspace = reference.copy(tmp_path / "project")
    for name in workspace.files("results/classification/**/*.*"):
        (workspace.path / name).unlink()
    return workspace


@pytest.fixture(scope="session")
def recorded(once, finished_by_snakemake):
    """A finished workspace that is recorded by DVC, pushed and committed."""

    def record(path):
        copy = finished_by_snakemake[0].copy(path)
        said = copy.run("dvc commit --quiet -f") + copy.run("dvc push --quiet")
        copy.commit("recorded")
        return said

    return once("recorded", record)[0]


@pytest.fixture
def finished(recorded, tmp_path):
    """A finished and recorded workspace of the test's own."""
    return recorded.copy(tmp_path / "project")


@pytest.fixture
def pulled(recorded, tmp_path):
    """A fresh clone with the runs pulled from the remote."""
    clone = recorded.clone(tmp_path / "clone")
    clone.run("dvc pull --quiet")
    return clone
