"""The map in the package's docstring shows the rooms that there are, and in order."""

import re
import tomllib

import pytest

import scaling_down
from scaling_down.workflow.experiment import ROOT


@pytest.fixture
def mapped():
    """The rooms that the docstring names, one a line, from the top down."""
    return re.findall(r"^(\w+)  +\S", scaling_down.__doc__, flags=re.MULTILINE)


def test_the_rooms_are_the_packages_and_the_commands(mapped):
    packages = [path.parent.name for path in ROOT.glob("*/__init__.py")]
    modules = [path.stem for path in ROOT.glob("*.py") if path.stem != "__init__"]
    assert sorted(mapped) == sorted(packages + modules)


def test_the_order_is_that_of_the_walls(repository, mapped):
    project = tomllib.loads((repository / "pyproject.toml").read_text())
    contracts = project["tool"]["importlinter"]["contracts"]
    (layers,) = (c["layers"] for c in contracts if c["type"] == "layers")
    assert mapped == [room for layer in layers for room in layer.split(" | ")]
