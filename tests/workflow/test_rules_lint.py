"""Snakemake's linter, with the exceptions argued."""

import re
import subprocess
import sys
from pathlib import Path

PROJECT = Path(__file__).parents[2]
ARGUED = {
    # It runs nothing; each rule that inherits from it has a log of its own.
    ("compute", "No log directive defined"),
}


def lints(text):
    """Return the (rule or file, title) pairs of a linter's report."""
    found, subject = set(), None
    for line in text.splitlines():
        if heading := re.match(r"Lints for (?:rule|snakefile) (\S+)", line):
            subject = heading[1]
        elif title := re.match(r"    \* (.+?):$", line):
            found.add((subject, title[1]))
    return found


def test_snakemake_lint_finds_what_is_argued_and_nothing_else():
    command = [sys.executable, "-m", "snakemake", "--lint"]
    done = subprocess.run(
        command, cwd=PROJECT, capture_output=True, text=True, check=False
    )
    assert lints(done.stderr) == ARGUED, done.stderr
