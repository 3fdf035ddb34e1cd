"""Independent named random streams, one for each (experiment, replica, purpose).

A stream is found by its name, never by how many numbers were drawn before it, so
adding a draw, a replica or an experiment leaves every other stream as it was.

The purposes in use, one stream each:

    init/PARAMETER                        initial weights
    batch-order                           the order of samples, epoch after epoch
    label-noise                           which labels are replaced, and by what
    test-labels                           test labels that are all random
    dataset                               the seed of a replica's own dataset
    samples                               which samples of a dataset are trained on
    augmentation/NAME                     views of samples, epoch after epoch
    validation                            which training samples are held out
    projection/LAYER                      random projections of a layer's features
    embedding                             the seed of t-SNE
    positions                             the order of positions of a shuffled replica
    random-mask/ROUND or all/LAYER        random tickets
    matched-mask/LAYER                    random masks with the margins of given ones
    mask-permutations/CRITERION/ROUND     the permutation tests of masks
    problem/NAME/PART                     an inner training's weights, order and noise
    meta-init/LAYER                       initial weights of a metalearned activation
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import numpy as np

_WORDS_PER_NAME = 4


@dataclass(frozen=True)
class Streams:
    """Independent named random streams of an experiment's replicas.

    Conditions that are compared within an experiment share the streams of equal
    purpose: that is what pairs the arms.  Without replicas nothing is
    drawn.  Raises ValueError for a negative root seed or replica number.
    """

    root_seed: int
    experiment: str
    replicas: tuple[int, ...]

    def __post_init__(self) -> None:
        if min((self.root_seed, *self.replicas)) < 0:
            raise ValueError("the root seed and replica numbers must not be negative")

    def generator(self, replica: int, purpose: str) -> np.random.Generator:
        """Return a new generator at the start of one replica's named stream."""
        # Each part fills a fixed number of words, so that no two keys can coincide.
        entropy = [
            *_number_words(self.root_seed),
            *_name_words(self.experiment),
            *_number_words(replica),
            *_name_words(purpose),
        ]
        return np.random.Generator(np.random.PCG64(np.random.SeedSequence(entropy)))

    def generators(self, purpose: str) -> list[np.random.Generator]:
        """Return one generator a replica, in the order of `replicas`."""
        return [self.generator(replica, purpose) for replica in self.replicas]


def _number_words(number: int) -> list[int]:
    return _words(int(number).to_bytes(8, "little"))


def _name_words(name: str) -> list[int]:
    # Python's own hash() of a string differs from process to process.
    return _words(hashlib.sha256(name.encode()).digest()[: 4 * _WORDS_PER_NAME])


def _words(data: bytes) -> list[int]:
    return np.frombuffer(data, dtype="<u4").tolist()
