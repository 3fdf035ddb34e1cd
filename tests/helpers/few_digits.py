"""A few made-up digits, in a folder as MNIST's."""

from pathlib import Path

import numpy as np

from scaling_down.digits.files import NAMES
from scaling_down.digits.idx import write_idx

TRAIN, TEST, SIDE = 60, 30, 12


def write_few_digits(folder: Path, suffix: str = "", seed: int = 0) -> Path:
    """Write 60 digits to train on and 30 to test on, of 12 x 12 pixels."""
    generator = np.random.default_rng(seed)
    folder.mkdir(parents=True)
    for part, count in (("train", TRAIN), ("test", TEST)):
        images = generator.integers(256, size=(count, SIDE, SIDE), dtype=np.uint8)
        labels = generator.integers(10, size=count, dtype=np.uint8)
        write_idx(folder / f"{NAMES[f'{part}_images']}{suffix}", images)
        write_idx(folder / f"{NAMES[f'{part}_labels']}{suffix}", labels)
    return folder
