"""The commands and links of the README and the docs are true."""

import re

import pytest
from workspaces import PROJECT, Workspace

PAGES = [PROJECT / "README.md", *sorted((PROJECT / "docs").glob("*.md"))]
BLOCK = re.compile(r"^```bash\n(.*?)^```", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\(([^)#:]+)\)")


def blocks():
    found = (b for page in PAGES for b in BLOCK.findall(page.read_text()))
    return sorted({block.strip() for block in found})


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page):
    for target in LINK.findall(page.read_text()):
        assert (page.parent / target).exists(), target


@pytest.mark.parametrize("block", blocks(), ids=lambda block: block.splitlines()[0])
def test_commands_run_one_after_the_other(finished, block):
    for command in block.splitlines():
        if command and not command.startswith(("#", "source ")):
            run(finished, command)


def run(finished, command):
    if command.startswith("make "):
        command = command.replace("make ", "make --dry-run ", 1)
    if command.startswith("pytest "):
        command += " --collect-only --quiet"
    if "--workflow-profile" in command:
        command += " --executor local --cores 1"
    finished.run(command)


def test_the_counts_of_verdicts_are_those_that_dvc_shows():
    page = (PROJECT / "docs/dvc.md").read_text()
    shown = re.search(r"^Path +claims .*?(?=^```)", page, re.MULTILINE | re.DOTALL)
    printed = Workspace(PROJECT).run("dvc metrics show")
    assert without_padding(shown[0]) == without_padding(printed)


def without_padding(table):
    return [line.split() for line in table.splitlines()]
