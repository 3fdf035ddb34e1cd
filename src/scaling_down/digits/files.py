"""The four files of MNIST in a folder: found, read and held against one another."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from scaling_down.digits.idx import parse_idx, read_bytes

NAMES = {
    "train_images": "train-images-idx3-ubyte",
    "train_labels": "train-labels-idx1-ubyte",
    "test_images": "t10k-images-idx3-ubyte",
    "test_labels": "t10k-labels-idx1-ubyte",
}
"""The names of the original files; each may be compressed, with .gz behind it."""
HOW_TO_GET = "`make mnist` makes such a folder, data/mnist"
CLASSES = 10


@dataclass(frozen=True)
class DigitFiles:
    """What the four files hold.

    `images` are [N, height, width] and [M, height, width] uint8, `labels` [N] and [M]
    uint8, of training and test; `sha256` is of each file's content, uncompressed.
    """

    images: tuple[np.ndarray, np.ndarray]
    labels: tuple[np.ndarray, np.ndarray]
    sha256: Mapping[str, str]


def find_files(folder: Path) -> dict[str, Path]:
    """Return the four files by their keys in `NAMES`.

    Raises ValueError where one is missing, which says how to get it.
    """
    return {key: _found(folder / name) for key, name in NAMES.items()}


def _found(path: Path) -> Path:
    for candidate in (path, path.with_name(f"{path.name}.gz")):
        if candidate.is_file():
            return candidate
    raise ValueError(f"{path}: no such file, nor {path.name}.gz; {HOW_TO_GET}")


def read_digits(files: Mapping[str, Path]) -> DigitFiles:
    """Return what the files of `find_files` hold.

    Raises ValueError, which names the file, for one that is no IDX file, is truncated,
    or does not fit the others.
    """
    contents = {key: read_bytes(path) for key, path in files.items()}
    arrays = {key: parse_idx(content, files[key]) for key, content in contents.items()}
    for part in ("train", "test"):
        _check_part(arrays, files, part)
    train, test = arrays["train_images"], arrays["test_images"]
    if train.shape[1:] != test.shape[1:]:
        raise ValueError(
            f"{files['test_images']}: images of {test.shape[1:]} pixels, those for"
            f" training have {train.shape[1:]}"
        )
    return DigitFiles(
        images=(train, test),
        labels=(arrays["train_labels"], arrays["test_labels"]),
        sha256={k: hashlib.sha256(c).hexdigest() for k, c in contents.items()},
    )


def _check_part(
    arrays: Mapping[str, np.ndarray], files: Mapping[str, Path], part: str
) -> None:
    images, labels = arrays[f"{part}_images"], arrays[f"{part}_labels"]
    if images.ndim != 3 or not images.size:
        raise ValueError(f"{files[f'{part}_images']}: no images")
    path = files[f"{part}_labels"]
    if labels.ndim != 1 or len(labels) != len(images):
        raise ValueError(f"{path}: {labels.size} labels for {len(images)} images")
    if labels.max() >= CLASSES:
        raise ValueError(f"{path}: a label {labels.max()}, where digits end at 9")
