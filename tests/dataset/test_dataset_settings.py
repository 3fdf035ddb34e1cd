"""Settings: what is refused, in one line, and what is welcome."""

import inspect

import numpy as np
import pytest
from small_datasets import SMALL, assert_equal_datasets

from scaling_down.dataset import DatasetSettings, make_dataset

WRONG = [
    ("num_samples", [9, 0, -10, 100.0, "100", True, None]),
    ("train_split", [-0.1, 1.1, 0, 1, 0.0, 1.0, 1e-5, float("nan"), "0.8", True]),
    ("template_len", [0, -1, 12.0, None]),
    ("padding", [(60, 36), (-1, 5), (1, 2, 3), (5,), 36, "ab", (1.0, 2), None]),
    ("scale_coeff", [-0.1, float("inf"), float("nan"), "1", True, 1j, [1]]),
    ("max_translation", [0, -1, 48.0, 2**31, False]),
    ("corr_noise_scale", [-0.1, float("inf"), None, 10**400]),
    ("iid_noise_scale", [-1e-9, float("nan"), "no"]),
    ("shear_scale", [-1, float("-inf"), ()]),
    ("shuffle_seq", [0, 1, "yes", None]),
    ("final_seq_length", [0, -40, 40.0, "40"]),
    ("seed", [-1, 2**32, 1.0, None, "42"]),
]


@pytest.mark.parametrize(
    ("name", "value"), [(name, value) for name, values in WRONG for value in values]
)
def test_wrong_setting_is_refused_in_one_line(name, value):
    with pytest.raises(ValueError, match=rf"^{name} is .+, but must be ") as caught:
        make_dataset(**{name: value})
    assert "\n" not in str(caught.value)


def test_every_setting_has_a_refusal():
    assert [name for name, _ in WRONG] == list(
        inspect.signature(DatasetSettings).parameters
    )


def test_refusal_shows_the_value_and_what_is_allowed():
    with pytest.raises(ValueError, match=r"num_samples is 9, .* at least 10$"):
        make_dataset(num_samples=9)


def test_one_position_cannot_be_interpolated():
    with pytest.raises(ValueError, match=r"^template_len is 1, but must be at least 2"):
        make_dataset(template_len=1, padding=(0, 0))


def test_unknown_setting_and_positional_use_are_refused():
    with pytest.raises(TypeError, match="num_sample"):
        make_dataset(num_sample=100)
    with pytest.raises(TypeError):
        make_dataset(100)


def test_numpy_numbers_are_welcome():
    theirs = {"num_samples": np.int8(30), "seed": np.uint32(3)}
    ours = make_dataset(**theirs, padding=np.array([36, 60]), shuffle_seq=np.bool_(0))
    assert_equal_datasets(ours, make_dataset(**SMALL), tolerance=0)
    assert type(DatasetSettings(**theirs).num_samples) is int
