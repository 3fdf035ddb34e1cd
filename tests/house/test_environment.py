"""The three lists of packages agree: ranges, exact pins, and conda's."""

import re
import tomllib

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from ruamel.yaml import YAML


def pins(lines):
    """Return version by name of lines such as `name==1.0`."""
    found = (re.fullmatch(r"([\w.-]+)==(\S+)", line.strip()) for line in lines)
    return {canonicalize_name(m[1]): m[2] for m in found if m}


@pytest.fixture
def locked(repository):
    return pins((repository / "requirements.lock").read_text().splitlines())


@pytest.fixture
def required(repository):
    project = tomllib.loads((repository / "pyproject.toml").read_text())["project"]
    extras = project["optional-dependencies"].values()
    lines = [*project["dependencies"], *(line for extra in extras for line in extra)]
    return {canonicalize_name(r.name): r for r in map(Requirement, lines)}


def test_every_requirement_is_locked_within_its_range(locked, required):
    for name, requirement in required.items():
        assert requirement.specifier.contains(locked[name]), name


def test_conda_gets_the_same_versions_of_the_same_packages(
    repository, locked, required
):
    environment = YAML(typ="safe").load(repository / "environment.yml")
    (conda,) = (e["pip"] for e in environment["dependencies"] if isinstance(e, dict))
    assert pins(conda) == {name: locked[name] for name in required}


def test_torch_is_pinned_exactly(locked):
    assert locked["torch"] == "2.13.0"
