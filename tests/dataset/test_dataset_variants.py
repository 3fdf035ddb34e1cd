"""Some of the classes, noisy labels, and the samples without noise."""

import numpy as np
import pytest
from small_datasets import ARRAYS, SMALL, assert_equal_datasets

from scaling_down.dataset import (
    digit_templates,
    get_dataset_args,
    make_dataset,
    noise_free_twin,
)

SILENT = {"corr_noise_scale": 0, "iid_noise_scale": 0}


def test_classes_are_those_templates_alone():
    digits = digit_templates()
    rows = [3, 8]
    pair = {"x": digits["x"][rows], "t": digits["t"], "y": digits["y"][rows]}
    args = get_dataset_args()
    args.classes = (8, 3)
    made = make_dataset(args, num_samples=31)
    assert_equal_datasets(made, make_dataset(template=pair, num_samples=31), 0)
    labels = np.concatenate([made["y"], made["y_test"]])
    assert {label: (labels == label).sum() for label in (3, 8)} == {3: 15, 8: 15}
    assert len(labels) == 30


@pytest.mark.parametrize(
    ("classes", "words"),
    [((), "all different"), ((3, 3), "all different"), ((3, 10), "has 10, but")],
)
def test_wrong_classes_are_refused(classes, words):
    with pytest.raises(ValueError, match=words):
        make_dataset(classes=classes)


def test_label_noise_redraws_a_share_of_the_training_labels(default):
    noisy = make_dataset(label_noise=0.15)
    for name in set(ARRAYS) - {"y"}:
        np.testing.assert_array_equal(noisy[name], default[name])
    wrong = noisy["y"] != default["y"]
    # 15 % are redrawn, a tenth of them to what they were: 13.5 %, SD 0.54.
    assert 0.115 < wrong.mean() < 0.155
    assert np.bincount(noisy["y"][wrong], minlength=10).min() > 25
    np.testing.assert_array_equal(noisy["y"], make_dataset(label_noise=0.15)["y"])
    other = make_dataset(label_noise=0.15, seed=43)
    assert (other["y"] != noisy["y"]).any()


def test_label_noise_stays_among_the_classes():
    made = make_dataset(classes=(2, 5), label_noise=1, num_samples=400)
    assert set(made["y"].tolist()) == {2, 5}
    clean = make_dataset(classes=(2, 5), num_samples=400)
    assert 0.3 < (made["y"] != clean["y"]).mean() < 0.7


@pytest.mark.parametrize("share", [-0.1, 1.1, float("nan"), True, "0.1", None])
def test_wrong_label_noise_is_refused(share):
    with pytest.raises(ValueError, match=r"^label_noise is .+ from 0 to 1"):
        make_dataset(label_noise=share)


@pytest.mark.parametrize("shuffled", [False, True])
def test_the_twin_is_the_same_samples_without_noise(shuffled):
    values = {"num_samples": 2000, "shuffle_seq": shuffled}
    noisy = make_dataset(**values, label_noise=0.5)
    twin = noise_free_twin(**values, label_noise=0.5)
    # Labels are the true ones; the unit is the noisy dataset's.
    np.testing.assert_array_equal(twin["y"], make_dataset(**values)["y"])
    np.testing.assert_array_equal(twin["t"], noisy["t"])
    apart = noisy["x"] - twin["x"]
    other = noisy["x"] - np.roll(twin["x"], 1, axis=0)
    assert 0.02 < apart.std() < 0.5 * other.std()
    # Up to shift and scale it is what the generator makes where both scales are 0.
    alone = make_dataset(**values, **SILENT)["x"]
    slope, start = np.polyfit(alone.ravel(), twin["x"].ravel(), 1)
    np.testing.assert_allclose(slope * alone + start, twin["x"], atol=1e-9)


def test_the_twin_of_a_noise_free_dataset_is_itself():
    twin, data = noise_free_twin(**SMALL, **SILENT), make_dataset(**SMALL, **SILENT)
    assert_equal_datasets(twin, data, tolerance=0)
