"""Finished, recorded and pulled workspaces."""

import pytest
from workspaces import snapshot


@pytest.fixture(scope="session")
def source(tmp_path_factory):
    """The project with the tiny parameters, committed; all tests clone it."""
    return snapshot(tmp_path_factory.mktemp("source") / "project")


@pytest.fixture
def fresh(source, tmp_path):
    """A fresh clone, without any result."""
    return source.clone(tmp_path / "fresh")


@pytest.fixture(scope="session")
def finished_by_snakemake(source, tmp_path_factory):
    """A workspace after `snakemake --cores 2` in a fresh clone, and its messages."""
    workspace = source.clone(tmp_path_factory.mktemp("snakemake") / "project")
    return workspace, workspace.run("snakemake --cores 2")


@pytest.fixture(scope="session")
def reference(source, tmp_path_factory):
    """A workspace in which one experiment was made by a local run."""
    workspace = source.clone(tmp_path_factory.mktemp("reference") / "project")
    workspace.run("snakemake --cores 2 -- classification")
    return workspace


@pytest.fixture
def untrained(reference, tmp_path):
    """A workspace in which all is finished but the experiment's training."""
    workspace = reference.copy(tmp_path / "project")
    for name in workspace.files("results/classification/**/*.*"):
        (workspace.path / name).unlink()
    return workspace


@pytest.fixture(scope="session")
def recorded(finished_by_snakemake, tmp_path_factory):
    """A finished workspace that is recorded by DVC, pushed and committed."""
    workspace, _ = finished_by_snakemake
    copy = workspace.copy(tmp_path_factory.mktemp("recorded") / "project")
    copy.run("dvc commit --quiet -f")
    copy.run("dvc push --quiet")
    copy.commit("recorded")
    return copy


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
