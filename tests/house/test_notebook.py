"""The notebook runs as a script, and its export is of the present source."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[2] / "notebooks"
CELL = re.compile(r"^# %%( \[markdown\])?\n", re.MULTILINE)


def source_cells():
    """The cells of the source, text without its comment signs."""
    _, *parts = CELL.split((FOLDER / "first_steps.py").read_text())
    for kind, cell in zip(parts[::2], parts[1::2], strict=True):
        text = re.sub(r"^# ?", "", cell, flags=re.MULTILINE) if kind else cell
        yield text.strip()


def test_the_export_is_of_the_present_source():
    exported = json.loads((FOLDER / "first_steps.ipynb").read_text())["cells"]
    assert ["".join(cell["source"]).strip() for cell in exported] == [*source_cells()]
    shown = [output for cell in exported for output in cell.get("outputs", [])]
    assert not [output for output in shown if output["output_type"] == "error"]
    assert sum("image/png" in output.get("data", {}) for output in shown) == 3


@pytest.mark.slow
def test_the_notebook_runs():
    done = subprocess.run(
        [sys.executable, FOLDER / "first_steps.py"], cwd=FOLDER.parent, text=True,
        env={**os.environ, "MPLBACKEND": "agg", "PYTHONPATH": "src"},
        capture_output=True, check=True,
    )  # fmt: skip
    assert "ticket minus random mask at 92 %" in done.stdout
