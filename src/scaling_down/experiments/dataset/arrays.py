"""The arrays of a dataset, generated where they are needed."""

import hashlib

import numpy as np

from scaling_down.dataset.generate import fresh_samples, make_dataset
from scaling_down.experiments.contract import Arrays
from scaling_down.experiments.dataset.settings import DatasetSection

DECIMALS = 6


def dataset_arrays(settings: DatasetSection, generated: Arrays | None = None) -> Arrays:
    """Return x [N, D], y [N], x_test [M, D], y_test [M] and t [D].

    `generated` is the run that generated the same dataset. Raises ValueError where
    its checksum is another: this machine's libraries draw other samples.
    """
    dataset = make_dataset(**settings.arguments())
    samples = {name: dataset[name] for name in ("x", "x_test", "t")}
    labels = {name: dataset[name].astype(np.int64) for name in ("y", "y_test")}
    arrays = {**samples, **labels}
    if generated is not None and checksum(arrays) != generated["checksum"]:
        raise ValueError("the dataset generated here is not the one that was checked")
    return arrays


def fresh_arrays(settings: DatasetSection, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Return x [count, D] and y [count]: samples that the dataset does not have."""
    x, y = fresh_samples(count, **settings.arguments())
    return x, y.astype(np.int64)


def checksum(arrays: Arrays) -> np.ndarray:
    """Return a digest of samples, to six decimals, and labels, as a text array []."""
    rounded = (np.round(arrays[n], DECIMALS) + 0.0 for n in ("x", "x_test"))
    parts = [*rounded, arrays["y"], arrays["y_test"]]
    return np.array(hashlib.sha256(b"".join(p.tobytes() for p in parts)).hexdigest())
