"""IDX, the format of MNIST's files: a magic number, the sizes of the axes, the bytes.

Source: the description beside the original files (LeCun, Cortes and Burges).
"""

import gzip
import math
import zlib
from pathlib import Path

import numpy as np

UNSIGNED_BYTES = 0x08
MAX_AXES = 3


def read_bytes(path: Path) -> bytes:
    """Return a file's content, uncompressed where it is gzip.

    Raises ValueError, which names the file, where it cannot be read.
    """
    try:
        raw = path.read_bytes()
        return gzip.decompress(raw) if raw.startswith(b"\x1f\x8b") else raw
    except (OSError, EOFError, zlib.error) as error:
        raise ValueError(f"{path}: cannot be read ({error})") from None


def parse_idx(content: bytes, path: Path) -> np.ndarray:
    """Return the array in the content of an IDX file of bytes, uint8.

    Raises ValueError, which names the file, where the content is no such thing or not
    of the length that its header says.
    """
    zeros, kind, axes = content[:2], content[2:3], int.from_bytes(content[3:4], "big")
    if zeros != b"\0\0" or kind != bytes([UNSIGNED_BYTES]) or not 1 <= axes <= MAX_AXES:
        raise ValueError(f"{path}: wrong magic number, no IDX file of bytes")
    start = 4 + 4 * axes
    if len(content) < start:
        raise ValueError(f"{path}: truncated in its header")
    shape = tuple(np.frombuffer(content[4:start], ">u4").tolist())
    values = np.frombuffer(content, np.uint8, offset=start)
    if len(values) != math.prod(shape):
        raise ValueError(
            f"{path}: {len(values)} bytes where the header says {math.prod(shape)}"
        )
    return values.reshape(shape)


def write_idx(path: Path, array: np.ndarray) -> None:
    """Write an array uint8 of one to three axes; compressed where the name says .gz."""
    header = bytes([0, 0, UNSIGNED_BYTES, array.ndim])
    content = header + np.array(array.shape, ">u4").tobytes() + array.tobytes()
    # No time of writing in the file, so that equal digits are equal files.
    compressed = path.suffix == ".gz"
    path.write_bytes(gzip.compress(content, mtime=0) if compressed else content)
