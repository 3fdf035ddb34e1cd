"""The benchmarks start, record rows, and their page says what they recorded."""

import csv
import os
import subprocess
import sys
from pathlib import Path

from scaling_down.workflow.experiment import experiment_names

FOLDER = Path(__file__).parents[2] / "benchmarks"
HELPERS = {"record", "performance"}
NAMES = {path.stem for path in FOLDER.glob("*.py")} - HELPERS
WITHOUT = {"tsne"}  # the engine has no part of its own in it


HELP = """
import runpy, sys
for path in sys.argv[1:]:
    sys.argv = [path, "--help"]
    try:
        runpy.run_path(path, run_name="__main__")
    except SystemExit as end:
        assert not end.code, path
"""
RECORD = """
from record import Benchmark
benchmark = Benchmark("A doc.", "quicker")
benchmark.times("small", {"engine": 0.5, "loop": 2.0})
benchmark.close()
"""


def python(*arguments):
    places = (str(FOLDER.parent / "src"), str(FOLDER))
    return subprocess.run(
        [sys.executable, *arguments], cwd=FOLDER.parent, capture_output=True, text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(places)},
    )  # fmt: skip


def test_every_script_starts():
    names = sorted(NAMES | {"performance"})
    done = python("-c", HELP, *(str(FOLDER / f"{name}.py") for name in names))
    assert done.returncode == 0, done.stderr
    for name in names:
        assert f"usage: {name}.py" in done.stdout


def test_every_experiment_has_a_benchmark():
    assert set(experiment_names()) - NAMES == WITHOUT


def test_the_page_says_what_was_recorded():
    done = python(FOLDER / "performance.py", "--check")
    assert done.returncode == 0, done.stderr


def test_all_benchmarks_are_recorded_in_one_state():
    with (FOLDER / "measured.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert {row["benchmark"] for row in rows} == NAMES
    for column in ("processor", "torch", "commit", "scale"):
        assert len({row[column] for row in rows}) == 1, column


def test_rows_are_appended_with_what_they_come_from(tmp_path):
    file = tmp_path / "measured.csv"
    for _ in range(2):
        done = python("-c", RECORD, "--quick", "--record", file)
        assert done.returncode == 0, done.stderr
    with file.open(newline="") as opened:
        rows = list(csv.DictReader(opened))
    assert len(rows) == 6
    assert [row["quantity"] for row in rows[:3]] == ["engine", "loop", "peak memory"]
    assert "engine 0.250 of loop" in done.stdout
    assert all(row["processor"] and row["torch"] and row["commit"] for row in rows)
