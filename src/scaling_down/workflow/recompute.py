"""Runs computed again, away from the store, to be compared bit for bit."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
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


def recompute(source: Path, runs: Sequence[PlannedRun], folder: Path) -> list[Path]:
    """Compute runs with the code in `source`, one after the other in one process.

    Returns their files below `folder`, to which the files that they read are relative.
    """
    listed = json.dumps([asdict(run) for run in runs])
    _call(source, ["recompute"], folder, listed)
    return [folder / run.file for run in runs]


def differences(first: Path, second: Path) -> list[str]:
    """Return the names of the arrays in which two run files differ in any bit."""
    one, other = load_run(first), load_run(second)
    return sorted(n for n in one.keys() | other.keys() if not _same(n, one, other))


def _same(name: str, one: Arrays, other: Arrays) -> bool:
    if name not in one or name not in other:
        return False
    a, b = one[name], other[name]
    return a.dtype == b.dtype and a.shape == b.shape and a.tobytes() == b.tobytes()


def _call(source: Path, arguments: list[str], folder: Path, given: str = "") -> str:
    """Return what a command of the package in `source` prints, given some input."""
    done = subprocess.run(
        [sys.executable, "-m", "scaling_down", *arguments],
        cwd=folder, env={**os.environ, "PYTHONPATH": str(source)},
        input=given, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        raise RecomputeError(f"{arguments[0]}: {done.stderr.strip()}")
    return done.stdout


OWN_SOURCE = ROOT.parent
"""The folder of the source that is running."""
