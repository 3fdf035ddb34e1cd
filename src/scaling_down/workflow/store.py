"""Run files: arrays only, checked when they are read."""

import io
import json
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from scaling_down.workflow.files import DamagedFile, is_whole, replacing, sealed

Arrays = dict[str, np.ndarray]
REPLICAS = "replicas"
KEY = "key"
ORIGINS = "origins"
WHAT = "what"
LARGE = 1 << 30
"""Bytes from which on an array may be too large for a plain zip archive."""


def save_run(
    path: str | Path,
    arrays: Mapping[str, np.ndarray],
    key: str,
    replicas: Sequence[int],
    origins: Sequence[str] = (),
    what: Mapping[str, Any] | None = None,
) -> None:
    """Write a run's arrays with its key and its replicas, in one step.

    `origins` are the versions and the processor that it was computed with, `what` says
    what the run is: its settings, its seed, what it reads.

    Raises ValueError where an array is none that `load_run` accepts.
    """
    for name, array in arrays.items():
        if fault := _fault(array, len(replicas)):
            raise ValueError(f"{name}: {fault}")
    identity = {
        KEY: np.array(key),
        REPLICAS: np.array(replicas, dtype=np.int64),
        ORIGINS: np.array(origins, dtype=np.str_),
        WHAT: np.array(json.dumps(what or {}, sort_keys=True)),
    }
    if taken := sorted(identity.keys() & arrays.keys()):
        raise ValueError(f"{taken[0]}: the name says what a run is, and of no array")
    with replacing(path) as temporary:
        temporary.write_bytes(sealed(_archive({**identity, **arrays})))


def _archive(arrays: Mapping[str, np.ndarray]) -> bytes:
    """Return what `numpy.savez_compressed` writes, in a seventh less of bytes.

    Most of what is stored are masks, numbers that look random and have few values:
    LZMA comes close to their entropy, which zlib does not.
    """
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_LZMA) as archive:
        for name, array in arrays.items():
            is_large = array.nbytes > LARGE
            with archive.open(f"{name}.npy", "w", force_zip64=is_large) as member:
                np.lib.format.write_array(member, array, allow_pickle=False)
    return written.getvalue()


def load_run(path: str | Path, replicas: Sequence[int] | None = None) -> Arrays:
    """Return a run's arrays, with `replicas` only those rows in that order.

    A run without replicas is returned whole. Raises DamagedFile where the file is
    incomplete, holds objects or a number that is not finite, or is another run's, and
    FileNotFoundError where there is none.
    """
    if not Path(path).exists():
        raise FileNotFoundError(f"{path}: no such file")
    if not is_whole(path):
        raise DamagedFile(f"{path}: damaged; remove it, and it is made again")
    try:
        with np.load(path, allow_pickle=False) as archive:
            arrays = dict(archive)
    except (ValueError, KeyError, OSError) as error:
        raise DamagedFile(f"{path}: not a run file: {error}") from None
    present = _checked_identity(Path(path), arrays)
    if replicas is None or not present:
        return arrays
    missing = sorted(set(replicas) - set(present))
    if missing:
        raise DamagedFile(f"{path}: lacks the replicas {missing}")
    rows = [present.index(replica) for replica in replicas]
    return {name: array[rows] for name, array in arrays.items()}


def origins_of(path: str | Path) -> list[str]:
    """Return the versions and processors that a run was computed with, if it says."""
    with np.load(path, allow_pickle=False) as archive:
        if ORIGINS not in archive:
            return []
        return [str(name) for name in archive[ORIGINS].ravel()]


def what_is(path: str | Path) -> dict[str, Any]:
    """Return what a run is, as it was written; nothing if the file does not say."""
    with np.load(path, allow_pickle=False) as archive:
        return json.loads(str(archive[WHAT])) if WHAT in archive else {}


def finished_replicas(path: str | Path, key: str) -> dict[int, Path]:
    """Return which replicas of a run stand in other files of the same key.

    A replica's numbers do not depend on its company, so that a chunk of another
    extent holds the same numbers.
    """
    found: dict[int, Path] = {}
    for other in sorted(Path(path).parent.glob(f"*-{key}.npz")):
        if other != Path(path) and is_whole(other):
            with np.load(other, allow_pickle=False) as archive:
                found |= dict.fromkeys(archive[REPLICAS].tolist(), other)
    return found


def _checked_identity(path: Path, arrays: Arrays) -> list[int]:
    key = str(arrays.pop(KEY, ""))
    present = arrays.pop(REPLICAS, np.zeros(0, np.int64)).tolist()
    for name in (ORIGINS, WHAT):
        arrays.pop(name, None)
    if not key or not path.stem.endswith(f"-{key}"):
        raise DamagedFile(f"{path}: holds another run, of key {key or 'unknown'}")
    for name, array in arrays.items():
        if fault := _fault(array, len(present)):
            raise DamagedFile(f"{path}: {name}: {fault}")
    return present


def _fault(array: Any, replicas: int) -> str | None:
    """Say what is wrong with an array of a run with so many replicas, or with none."""
    dtype = getattr(array, "dtype", None)
    if dtype is None or dtype.kind not in "biufU":
        return f"data type {dtype}"
    if dtype.kind == "f" and not np.isfinite(array).all():
        return "not finite"
    if replicas and array.shape[:1] != (replicas,):
        return f"shape {array.shape}, but {replicas} replicas"
    return None
