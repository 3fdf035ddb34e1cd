"""Which key the tables of a folder belong to.

A CSV has no place for a key. The JSON file beside it, written last, has the key and the
digest of each table, so that a table that was edited or restored from another version
does not pass for the one that belongs to the key.
"""

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from scaling_down.workflow.files import DamagedFile, read_json, write_json


def write_with_key(
    path: str, values: Mapping[str, Any], key: str, files: Sequence[str]
) -> None:
    """Write values as JSON, with their key and the digests of files beside it."""
    digests = {Path(file).name: _digest(Path(file)) for file in files}
    write_json(path, {**values, "key": key, "files": digests})


def belongs(path: str | Path, key: str) -> bool:
    """Tell whether a file that `write_with_key` wrote, and all that it lists, stand
    with this key. A damaged file has none.
    """
    path = Path(path)
    try:
        written = read_json(path) if path.exists() else {}
    except DamagedFile:
        return False
    if not isinstance(written, dict) or "files" not in written:
        return False
    return written.get("key") == key and all(
        _digest(path.with_name(name)) == digest
        for name, digest in written["files"].items()
    )


def _digest(path: Path) -> str:
    """Return a file's SHA-256 in hexadecimal digits; nothing where it is missing."""
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.exists() else ""
