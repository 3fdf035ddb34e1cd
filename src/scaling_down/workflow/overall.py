"""How far a workflow is: which runs it is to train, and the time left.

The list is written when jobs start, under the workflow's lock. No result depends on it.
"""

import time
from collections.abc import Iterable
from pathlib import Path

from scaling_down.workflow.files import read_json, write_json
from scaling_down.workflow.paths import OVERALL
from scaling_down.workflow.progress import duration


def begin(files: Iterable[str]) -> None:
    """Note the run files that a workflow that starts now is to make."""
    write_json(OVERALL, {"started": time.time(), "files": sorted(files)})


def overall() -> str | None:
    """Return how many runs are made and the time left; None before the first.

    The time is that of the runs so far, per run: an estimate, since runs differ.
    """
    if not OVERALL.exists():
        return None
    begun = read_json(OVERALL)
    files, elapsed = begun["files"], time.time() - begun["started"]
    made = sum(Path(file).exists() for file in files)
    if not made:
        return None
    said = f"{made} of {len(files)} runs made"
    left = elapsed / made * (len(files) - made)
    return f"{said}, about {duration(left)} left" if made < len(files) else said
