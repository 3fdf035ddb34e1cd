"""Each transformation equals a plain one, row by row."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.interpolate import interp1d
from scipy.ndimage import gaussian_filter

from scaling_down.dataset import transforms

FEW = st.integers(1, 5)
LENGTHS = st.integers(2, 90)


def signals(count, length, seed=0):
    return np.random.RandomState(seed).standard_normal((count, length))


@settings(max_examples=100, deadline=None)
@given(FEW, LENGTHS, st.integers(1, 90))
def test_resample_equals_scipy(count, old, new):
    x = signals(count, old)
    grid = np.linspace(0, 1, old)
    expected = interp1d(grid, x, axis=1)(np.linspace(0, 1, new))
    np.testing.assert_allclose(transforms.resample(x, new), expected, atol=1e-12)


@settings(max_examples=100, deadline=None)
@given(LENGTHS, LENGTHS)
def test_resample_keeps_the_zeros_at_the_end(old, new):
    x = np.ones((1, old))
    x[:, -1] = 0.0
    assert transforms.resample(x, new)[0, -1] == 0.0


@settings(deadline=None)
@given(FEW, LENGTHS, st.integers(0, 200))
def test_translate_rolls_and_leaves_long_shifts_out(count, length, shift):
    x = signals(count, length)
    shifts = shift + np.arange(count)
    for row, own, moved in zip(x, shifts, transforms.translate(x, shifts), strict=True):
        np.testing.assert_array_equal(moved, np.roll(row, own if own < length else 0))


@settings(deadline=None)
@given(st.lists(st.integers(0, 30), min_size=1, max_size=6), LENGTHS)
def test_pad_and_dilate_treat_each_row_alone(amounts, length):
    x, amounts = signals(len(amounts), 12), np.array(amounts)
    padded = transforms.pad(x, amounts)
    dilated = transforms.dilate(padded, 12 + amounts, length)
    for row, amount, wide, last in zip(x, amounts, padded, dilated, strict=True):
        by_hand = np.concatenate([row + transforms.OFFSET, np.zeros(amount)])
        np.testing.assert_array_equal(wide[: 12 + amount], by_hand)
        assert np.isnan(wide[12 + amount :]).all()
        np.testing.assert_array_equal(
            last, transforms.resample(by_hand[None], length)[0]
        )


def test_correlate_is_the_gaussian_filter_of_each_row():
    noise = signals(3, 41)
    for row, smooth in zip(noise, transforms.correlate(noise), strict=True):
        np.testing.assert_allclose(smooth, gaussian_filter(row, 2), atol=1e-12)


def test_noise_fills_the_zeros_only():
    x, noise = np.array([[0.0, 1e-8, -2.0]]), np.array([[5.0, 6.0, 7.0]])
    assert transforms.fill_padding(x, noise).tolist() == [[5.0, 1e-8, -2.0]]


def test_scale_and_shear_act_row_by_row():
    x = np.ones((2, 3))
    assert transforms.scale(x, np.array([2.0, 3.0])).tolist() == [[2.0] * 3, [3.0] * 3]
    sheared = transforms.shear(x, np.array([0.0, 2.0]))
    assert sheared.tolist() == [[1.0, 1.0, 1.0], [2.0, 1.0, 0.0]]
