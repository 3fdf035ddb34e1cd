"""Manifests: what a summarising or drawing job is given, in a file it hangs on.

Such a job is cheap and its outputs have plain names, so nothing in a name tells
whether they belong to the parameters. The manifest does: it is written anew, and so
becomes newer than the outputs, whenever its content changes and whenever an output
does not carry the manifest's key. A fresh clone has no manifests, so that it makes
its tables and figures from its own runs.
"""

import json
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from scaling_down.workflow.files import DamagedFile, read_json, write_json

WRITTEN = "written"


def sync(
    path: str,
    content: Mapping[str, Any],
    outputs: Iterable[str],
    inputs: Iterable[str] = (),
) -> None:
    """Write the manifest unless it stands and all its outputs carry its key.

    Outputs that do not exist are no reason: their job runs anyway. Inputs that do not
    exist are one, since Snakemake would not miss them beside outputs that do.
    """
    content = json.loads(json.dumps(content))
    current = (
        _read(path) == content
        and all(_carries(output, content["key"]) for output in outputs)
        and all(Path(file).exists() for file in inputs)
    )
    if not current:
        # The time makes it differ from the one before: Snakemake compares small
        # files by content where it can.
        write_json(path, {**content, WRITTEN: time.time_ns()})


def _read(path: str) -> dict[str, Any] | None:
    try:
        content = read_json(path)
    except (FileNotFoundError, DamagedFile):
        return None
    if isinstance(content, dict):
        content.pop(WRITTEN, None)
    return content


def _carries(output: str, key: str) -> bool:
    try:
        return key.encode() in Path(output).read_bytes()
    except FileNotFoundError:
        return True
