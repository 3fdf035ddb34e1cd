"""The samples that an experiment's replicas learn from and are tested on."""

import numpy as np
import torch

from scaling_down.engine.data import Data
from scaling_down.engine.streams import Streams
from scaling_down.experiments.contract import Arrays
from scaling_down.experiments.dataset.arrays import dataset_arrays, fresh_arrays
from scaling_down.experiments.dataset.settings import DatasetSection, TrainingSets

INPUTS = ("x", "x_test", "x_fresh")


def sample_sets(
    settings: DatasetSection,
    fresh: int,
    training_sets: TrainingSets,
    streams: Streams,
    generated: Arrays | None = None,
) -> Arrays:
    """Return the training set x [N, D], y [N], the test set and `fresh` samples.

    Of the latter `x_test`, `y_test` and `x_fresh`, `y_fresh`. Where each replica has a
    dataset of its own, with a seed from its stream "dataset", all have the replica as
    axis 0. `generated` is the run that generated the shared dataset, if there is one:
    raises ValueError where its checksum is another.
    """
    if training_sets == "shared":
        return _one(settings, fresh, generated)
    seeds = [int(g.integers(2**32)) for g in streams.generators("dataset")]
    sets = [_one(settings.alone(seed=seed), fresh) for seed in seeds]
    return {name: np.stack([one[name] for one in sets]) for name in sets[0]}


def _one(
    settings: DatasetSection, fresh: int, generated: Arrays | None = None
) -> Arrays:
    arrays = dataset_arrays(settings, generated)
    x_fresh, y_fresh = fresh_arrays(settings, fresh)
    names = ("x", "y", "x_test", "y_test")
    return {n: arrays[n] for n in names} | {"x_fresh": x_fresh, "y_fresh": y_fresh}


def in_order(sets: Arrays, order: np.ndarray) -> Arrays:
    """Return sample sets with their positions in order: [D] for all, or [R, D]."""
    return sets | {name: reordered(sets[name], order) for name in INPUTS}


def reordered(x: np.ndarray, order: np.ndarray) -> np.ndarray:
    """Return x [N, D] or [R, N, D] with its positions in order, [D] or [R, D]."""
    if order.ndim == 1:
        return x[..., order]
    each = x if x.ndim == 3 else [x] * len(order)
    return np.stack([own[:, o] for own, o in zip(each, order, strict=True)])


def data_of(sets: Arrays, device: torch.device | str) -> Data:
    """Return sample sets as the engine takes them."""
    return Data.from_arrays(
        sets["x"], sets["y"], sets["x_test"], sets["y_test"], device,
        fresh=(sets["x_fresh"], sets["y_fresh"]),
    )  # fmt: skip
