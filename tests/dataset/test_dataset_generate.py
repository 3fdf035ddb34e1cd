"""The published dataset, pinned, and what all datasets have in common."""

import hashlib
import random

import numpy as np
import pytest
from small_datasets import ARRAYS, SMALL

from scaling_down.dataset import make_dataset, transformation_chain

DEFAULT_DIGEST = "133f207db432e1eb5f1d7d0a66e87e84da1690dbef54f16bb5c2f6ffcfc036b4"


def test_default_dataset_is_pinned(default):
    digest = hashlib.sha256()
    for name in ARRAYS:
        rounded = np.round(default[name], 6) + 0.0  # -0.0 becomes 0.0
        digest.update(rounded.astype("<f8").tobytes())
    assert digest.hexdigest() == DEFAULT_DIGEST


def test_default_dataset_has_the_published_facts(default):
    train = [398, 396, 411, 394, 394, 402, 401, 404, 402, 398]
    test = [102, 104, 89, 106, 106, 98, 99, 96, 98, 102]
    assert default["x"].shape == (4000, 40)
    assert default["x_test"].shape == (1000, 40)
    assert np.bincount(default["y"]).tolist() == train
    assert np.bincount(default["y_test"]).tolist() == test
    assert default["y"][:10].tolist() == [2, 6, 4, 5, 6, 6, 6, 0, 3, 1]
    assert default["y_test"][:10].tolist() == [2, 6, 3, 9, 4, 3, 1, 9, 5, 2]
    assert default["x"].mean() == pytest.approx(-0.00032, abs=5e-6)
    assert default["x"].std() == pytest.approx(0.99765, abs=5e-6)


def test_whole_set_is_standardised():
    data = make_dataset(**SMALL)
    x = np.concatenate([data["x"], data["x_test"]])
    assert x.mean() == pytest.approx(0.0, abs=1e-12)
    assert x.std() == pytest.approx(1.0, abs=1e-12)


def test_remainder_of_num_samples_is_dropped():
    data = make_dataset(num_samples=39)
    labels = np.concatenate([data["y"], data["y_test"]])
    assert np.bincount(labels).tolist() == [3] * 10


def test_same_seed_same_bytes_and_other_seed_other_data():
    first, second = make_dataset(**SMALL), make_dataset(**SMALL)
    other = make_dataset(**{**SMALL, "seed": 4})
    assert first["x"].tobytes() == second["x"].tobytes()
    assert not np.array_equal(first["x"], other["x"])


def test_global_generators_are_left_alone():
    before = np.random.get_state(), random.getstate()
    make_dataset(**SMALL)
    transformation_chain(**SMALL)
    after = np.random.get_state(), random.getstate()
    assert before[1] == after[1]
    assert all(np.array_equal(*pair) for pair in zip(before[0], after[0], strict=True))


def test_data_without_spread_are_refused():
    still = dict.fromkeys(["scale_coeff", "corr_noise_scale", "iid_noise_scale"], 0)
    with pytest.raises(ValueError, match="all values are equal"):
        make_dataset(
            final_seq_length=1,
            max_translation=1,
            shear_scale=0,
            num_samples=20,
            **still,
        )
