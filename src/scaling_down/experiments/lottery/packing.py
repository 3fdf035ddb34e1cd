"""Masks as bits: one after the other the layers' vectors, eight entries a byte."""

from collections.abc import Iterable, Sequence

import numpy as np


def pack(layers: Iterable[np.ndarray]) -> np.ndarray:
    """Return uint8 [R, bytes] from the layers' masks, boolean [R, n] each."""
    return np.packbits(np.concatenate(list(layers), axis=1), axis=1)


def unpack(packed: np.ndarray, sizes: Sequence[int]) -> list[np.ndarray]:
    """Return the layers' masks from uint8 [R, bytes]; `sizes` are their lengths.

    Fewer layers than were packed may be asked for, from the first on.
    """
    ends = np.cumsum(sizes)
    bits = np.unpackbits(packed, axis=1, count=int(ends[-1])).astype(bool)
    return np.split(bits, ends[:-1], axis=1)


def masks_of_round(block: dict[str, np.ndarray], number: int) -> np.ndarray:
    """Return the packed masks [R, bytes] of a round from the block that holds it."""
    (place,) = np.flatnonzero(block["round"][0] == number)
    return block["masks"][:, place]
