"""Runs computed again, away from the store, to be compared bit for bit."""

import json
import os
import subprocess
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scaling_down.workflow.experiment import ROOT
from scaling_down.workflow.store import Arrays, load_run


class RecomputeError(RuntimeError):
    """A run could not be computed again; the message is what its process said."""


@dataclass(frozen=True)
class PlannedRun:
    """A run as another tree of the source plans it: its description and its file."""

    description: Mapping[str, Any]
    file: str

    @property
    def what(self) -> str:
        """Return what the run is, whatever its key: its settings and replicas."""
        parts = ("experiment", "step", "settings", "seed", "replicas")
        return json.dumps([self.description[part] for part in parts], sort_keys=True)

    @property
    def step(self) -> tuple[str, str]:
        """Return the experiment and the step that computes the run."""
        return self.description["experiment"], self.description["step"]

    @property
    def key(self) -> str:
        """Return the run's key."""
        return self.description["key"]


def planned(source: Path, params: Path) -> list[PlannedRun]:
    """Return the runs that the code in `source` plans, what is read before readers."""
    text = _call(source, ["plan", "--json", str(params)], Path.cwd())
    return [PlannedRun(**run) for run in json.loads(text)]


def recompute(source: Path, run: PlannedRun, folder: Path) -> Path:
    """Compute a run with the code in `source`; return its file below `folder`.

    The files that it reads are taken relative to `folder`.
    """
    output = folder / run.file
    arguments = ["compute", json.dumps(run.description), "--output", str(output)]
    _call(source, arguments, folder)
    return output


def recompute_all(
    source: Path, runs: Iterable[PlannedRun], folder: Path
) -> dict[str, Path]:
    """Compute runs one after the other; return their files by what they are."""
    return {run.what: recompute(source, run, folder) for run in runs}


def differences(first: Path, second: Path) -> list[str]:
    """Return the names of the arrays in which two run files differ in any bit."""
    one, other = load_run(first), load_run(second)
    return sorted(n for n in one.keys() | other.keys() if not _same(n, one, other))


def _same(name: str, one: Arrays, other: Arrays) -> bool:
    if name not in one or name not in other:
        return False
    a, b = one[name], other[name]
    return a.dtype == b.dtype and a.shape == b.shape and a.tobytes() == b.tobytes()


def _call(source: Path, arguments: list[str], folder: Path) -> str:
    """Return what a command of the package in `source` prints."""
    done = subprocess.run(
        [sys.executable, "-m", "scaling_down", *arguments],
        cwd=folder, env={**os.environ, "PYTHONPATH": str(source)},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        raise RecomputeError(f"{arguments[0]}: {done.stderr.strip()}")
    return done.stdout


OWN_SOURCE = ROOT.parent
"""The folder of the source that is running."""
