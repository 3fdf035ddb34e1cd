"""The commands and links of the README and the docs are true."""

import re

import pytest
from workspaces import PROJECT

PAGES = [PROJECT / "README.md", *sorted((PROJECT / "docs").glob("*.md"))]
BLOCK = re.compile(r"^```bash\n(.*?)^```", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\(([^)#:]+)\)")


def commands():
    blocks = (b for page in PAGES for b in BLOCK.findall(page.read_text()))
    lines = (line for block in blocks for line in block.splitlines())
    return sorted({line for line in lines if line and not line.startswith("#")})


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page):
    for target in LINK.findall(page.read_text()):
        assert (page.parent / target).exists(), target


@pytest.mark.parametrize("command", commands())
def test_commands_run(finished, command):
    if command.startswith("source "):
        return
    if command.startswith("make "):
        command = command.replace("make ", "make --dry-run ", 1)
    if "--workflow-profile" in command:
        command += " --executor local --cores 1"
    finished.run(command)
