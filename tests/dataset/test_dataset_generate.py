"""The published dataset, pinned, and what all datasets have in common."""

import hashlib
import random

import numpy as np
import pytest
from small_datasets import ARRAYS, SMALL

from scaling_down.dataset import fresh_samples, make_dataset, transformation_chain

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


@pytest.mark.parametrize("settings", [{}, {"shuffle_seq": True, "seed": 7}])
def test_fresh_samples_are_like_the_dataset_s_and_none_of_them(settings):
    settings = {"num_samples": 10_000, **settings}
    dataset = make_dataset(**settings)
    x, y = fresh_samples(10_005, **settings)
    assert x.shape == (10_005, 40)
    assert np.bincount(y).tolist() == [1001] * 5 + [1000] * 5
    all_x = np.concatenate([dataset["x"], dataset["x_test"]])
    all_y = np.concatenate([dataset["y"], dataset["y_test"]])
    for digit in range(10):
        given, drawn = all_x[all_y == digit], x[y == digit]
        error = np.sqrt(given.var(axis=0) / 1000 + drawn.var(axis=0) / 1000)
        assert (np.abs(given.mean(axis=0) - drawn.mean(axis=0)) < 5 * error).all()
        ratio = drawn.std(axis=0) / given.std(axis=0)
        assert ((ratio > 0.85) & (ratio < 1.15)).all()
    assert not {row.tobytes() for row in all_x} & {row.tobytes() for row in x}


def test_fresh_samples_are_seen_as_the_dataset_is():
    few = {**SMALL, "seed": 3}
    dataset = make_dataset(**few)
    x, _ = fresh_samples(3000, **few)
    # A dataset of few samples has another mean and spread than the generator.
    assert dataset["x"].std() != pytest.approx(x.std(), rel=1e-3)
    again, _ = fresh_samples(3000, **few)
    np.testing.assert_array_equal(x, again)


@pytest.mark.parametrize("count", [0, -1, 2.5])
def test_fresh_samples_need_a_count(count):
    with pytest.raises(ValueError, match=r"count is .* at least 1"):
        fresh_samples(count)
