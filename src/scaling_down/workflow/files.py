"""Files that are whole or absent: written under a temporary name, then renamed."""

import csv
import hashlib
import json
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

PART = ".part"
SEAL_LENGTH = 64
"""Of a seal, in bytes: a SHA-256 in hexadecimal digits."""


class DamagedFile(ValueError):  # noqa: N818
    """A file is not what its name promises."""


@contextmanager
def replacing(path: str | Path) -> Iterator[Path]:
    """Give a temporary name in the same folder; rename it to `path` on success."""
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}{PART}")
    try:
        yield temporary
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def write_text(path: str | Path, text: str) -> None:
    """Write a text file in one step."""
    with replacing(path) as temporary:
        temporary.write_text(text, encoding="utf-8")


def write_json(path: str | Path, value: Any) -> None:
    """Write a JSON file in one step, its keys in order."""
    write_text(path, json.dumps(value, indent=1, sort_keys=True) + "\n")


def read_json(path: str | Path) -> Any:
    """Read a JSON file; raises DamagedFile where it is none."""
    try:
        return json.loads(Path(path).read_text(encoding="utf-8"))
    except ValueError as error:
        raise DamagedFile(f"{path}: damaged, {error}") from None


def read_rows(path: str | Path) -> list[dict[str, str]]:
    """Read a CSV file: a row for each line, its cells as text, by column."""
    with Path(path).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def remove_parts(folders: Iterable[str | Path]) -> None:
    """Remove what killed jobs left under temporary names."""
    for folder in folders:
        for part in Path(folder).glob(f".*{PART}"):
            part.unlink(missing_ok=True)


def sealed(archive: bytes) -> bytes:
    """Return a zip archive without a comment with its digest as its comment.

    The checksums of zip files leave some bytes of their headers out; this leaves none.
    """
    comment = hashlib.sha256(archive).hexdigest().encode()
    return archive[:-2] + len(comment).to_bytes(2, "little") + comment


def is_whole(path: str | Path) -> bool:
    """Tell whether a file is a sealed archive of which no byte has changed."""
    try:
        content = Path(path).read_bytes()
    except OSError:
        return False
    archive = content[: -SEAL_LENGTH - 2] + b"\0\0"
    return sealed(archive) == content
