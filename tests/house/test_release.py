"""Wheel, citation and changelog speak of the same version and date."""

import re
import tomllib

from scaling_down.workflow.parameters.file import read_yaml


def test_the_version_is_the_same_everywhere(repository):
    project = tomllib.loads((repository / "pyproject.toml").read_text())["project"]
    citation = read_yaml(repository / "CITATION.cff")
    changes = (repository / "CHANGELOG.md").read_text()
    newest, date = re.search(r"^## (\S+) \((\S+)\)", changes, re.MULTILINE).groups()
    assert citation["version"] == project["version"] == newest
    assert str(citation["date-released"]) == date
    assert citation["license"] == project["license"]
