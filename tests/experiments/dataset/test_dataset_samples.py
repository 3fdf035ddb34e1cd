"""Sample sets: one for all replicas, or one for each."""

import numpy as np
import pytest

from scaling_down.dataset import DatasetSettings, fresh_samples, make_dataset
from scaling_down.engine.streams import Streams
from scaling_down.experiments.dataset.samples import (
    data_of,
    in_order,
    reordered,
    sample_sets,
)
from scaling_down.experiments.dataset.settings import DatasetSection

STREAMS = Streams(0, "samples", (0, 1, 4))
DATASET = DatasetSection(**vars(DatasetSettings(num_samples=50, seed=1)))


def test_shared_sets_are_the_dataset_and_fresh_samples():
    sets = sample_sets(DATASET, 30, "shared", STREAMS)
    expected = make_dataset(**DATASET.arguments())
    for name in ("x", "y", "x_test", "y_test"):
        np.testing.assert_array_equal(sets[name], expected[name])
    x, y = fresh_samples(30, **DATASET.arguments())
    np.testing.assert_array_equal(sets["x_fresh"], x)
    np.testing.assert_array_equal(sets["y_fresh"], y)


def test_own_sets_differ_between_replicas_and_do_not_depend_on_company():
    sets = sample_sets(DATASET, 30, "own", STREAMS)
    assert sets["x"].shape == (3, 40, 40)
    assert sets["x_fresh"].shape == (3, 30, 40)
    for name in ("x", "y", "x_test", "x_fresh"):
        assert (sets[name][0] != sets[name][1]).any(), name
    alone = sample_sets(DATASET, 30, "own", Streams(0, "samples", (4,)))
    for name, array in alone.items():
        np.testing.assert_array_equal(sets[name][2], array[0])


@pytest.mark.parametrize("training_sets", ["shared", "own"])
def test_positions_of_all_sets_move_alike(training_sets):
    sets = sample_sets(DATASET, 30, training_sets, STREAMS)
    orders = np.stack([np.random.default_rng(r).permutation(40) for r in range(3)])
    moved = in_order(sets, orders)
    for name in ("x", "x_test", "x_fresh"):
        each = np.broadcast_to(sets[name], (3, *sets[name].shape[-2:]))
        for own, given, order in zip(moved[name], each, orders, strict=True):
            np.testing.assert_array_equal(own, given[:, order])
    np.testing.assert_array_equal(moved["y"], sets["y"])
    flipped = reordered(sets["x"], np.arange(40)[::-1])
    np.testing.assert_array_equal(flipped, sets["x"][..., ::-1])


def test_the_engine_gets_all_of_them():
    data = data_of(sample_sets(DATASET, 30, "own", STREAMS), "cpu")
    assert data.x.shape == (3, 40, 48)
    assert data.fresh.x.shape == (3, 30, 48)
    assert data.fresh.y.shape == (3, 30)
