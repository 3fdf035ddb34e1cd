"""Manifests: what a summarising or drawing job is given, in a file it hangs on.

Such a job is cheap and its outputs have plain names, so nothing in a name tells
whether they belong to the parameters. The manifest does: it is written anew, and so
becomes newer than the outputs, whenever its content changes and whenever an output
does not carry the manifest's key. A fresh clone has no manifests, so that it makes
its tables and figures from its own runs.
"""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from scaling_down.files import write_text


def sync(path: str, content: Mapping[str, Any], outputs: Iterable[str]) -> None:
    """Write the manifest unless it stands and all its outputs carry its key.

    Outputs that do not exist are no reason: their job runs anyway.
    """
    text = json.dumps(content, indent=1, sort_keys=True) + "\n"
    if _read(path) != text.encode() or not all(
        _carries(o, content["key"]) for o in outputs
    ):
        write_text(path, text)


def _read(path: str) -> bytes | None:
    try:
        return Path(path).read_bytes()
    except FileNotFoundError:
        return None


def _carries(output: str, key: str) -> bool:
    try:
        return key.encode() in Path(output).read_bytes()
    except FileNotFoundError:
        return True
