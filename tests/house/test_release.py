"""Wheel, citation and changelog speak of the same version."""

import re
import tomllib

from scaling_down.workflow.parameters.file import read_yaml


def test_the_version_is_the_same_everywhere(repository):
    project = tomllib.loads((repository / "pyproject.toml").read_text())["project"]
    citation = read_yaml(repository / "CITATION.cff")
    changes = (repository / "CHANGELOG.md").read_text()
    newest = re.search(r"^## (\S+)", changes, re.MULTILINE)[1]
    assert citation["version"] == project["version"] == newest
    assert citation["license"] == project["license"]
