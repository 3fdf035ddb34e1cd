"""MNIST's own digits, as experiments that may be run on them take them."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Annotated

import numpy as np
from pydantic import Field

from scaling_down.digits.files import DigitFiles, find_files, read_digits
from scaling_down.workflow.parameters.sections import Count, Section

DigitsFolder = Annotated[str, Field(min_length=1)]
"""A folder with the four IDX files of MNIST, compressed or not."""
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
MNIST = "MNIST"
"""What tables call the digits, beside the names of what is made from MNIST-1D."""


class Digits(Section):
    """Which digits: a digest of each file, uncompressed, and how many there are."""

    train_images: Sha256
    train_labels: Sha256
    test_images: Sha256
    test_labels: Sha256
    train_samples: Count
    test_samples: Count


def digits_in(folder: str) -> tuple[Digits, dict[str, Path]]:
    """Return which digits a folder holds, and its files, by absolute path.

    Raises ValueError, which names the file, where one is missing or damaged.
    """
    files = find_files(Path(folder).absolute())
    return _known(tuple(files.items()), tuple(_stamp(p) for p in files.values())), files


def _stamp(path: Path) -> tuple[int, int]:
    found = path.stat()
    return found.st_mtime_ns, found.st_size


@cache
def _known(
    files: tuple[tuple[str, Path], ...], stamps: tuple[tuple[int, int], ...]
) -> Digits:
    """Read each state of the files once: planning asks for them again and again."""
    return _which(read_digits(dict(files)))


def _which(found: DigitFiles) -> Digits:
    train, test = map(len, found.labels)
    return Digits(**found.sha256, train_samples=train, test_samples=test)


def digit_arrays(digits: Digits, files: Mapping[str, Path]) -> dict[str, np.ndarray]:
    """Return x [N, pixels], y [N], x_test [M, pixels] and y_test [M].

    Pixels are in the order of rows, centred and scaled by the mean and the standard
    deviation of all pixels for training, as MNIST-1D is by its own. Raises ValueError
    where the files are not those of the plan.
    """
    found = read_digits(files)
    if _which(found) != digits:
        raise ValueError("the digits have changed since the run was planned")
    x, x_test = (images.reshape(len(images), -1) / 255 for images in found.images)
    y, y_test = (labels.astype(np.int64) for labels in found.labels)
    mean, sd = x.mean(), x.std()
    scaled = {"x": (x - mean) / sd, "x_test": (x_test - mean) / sd}
    return {**scaled, "y": y, "y_test": y_test}
