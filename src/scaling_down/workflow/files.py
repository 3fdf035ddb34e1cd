"""Files that are whole or absent: written under a temporary name, then renamed."""

import json
import os
import zipfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

PART = ".part"


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


def remove_parts(folders: Iterable[str | Path]) -> None:
    """Remove what killed jobs left under temporary names."""
    for folder in folders:
        for part in Path(folder).glob(f".*{PART}"):
            part.unlink(missing_ok=True)


def is_whole(path: str | Path) -> bool:
    """Tell whether an npz file is complete: every member agrees with its checksum.

    Ours have no comments; a damaged length makes one out of the members behind it.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
            commented = any(member.comment or member.extra for member in members)
            return not commented and archive.testzip() is None
    # A damaged zip file fails in many ways, each with its own exception.
    except Exception:
        return False
