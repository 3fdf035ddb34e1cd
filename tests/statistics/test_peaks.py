import math

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import stats

from scaling_down.statistics.curves import find_descent, peak_location
from scaling_down.statistics.intervals import mean_interval
from scaling_down.statistics.peaks import (
    _places,
    peak_locations,
    peak_stands_out,
    widened_to_grid,
)

WIDTHS = 19


def with_noise(curve, n, repetitions, sd=1.0, seed=0):
    shape = (repetitions, n, len(curve))
    return np.random.default_rng(seed).normal(size=shape) * sd + curve


@given(arrays(np.int64, st.integers(3, 12), elements=st.integers(-3, 3)))
def test_places_are_those_of_the_descent(curve):
    descent = find_descent(curve)
    assume(descent is not None)
    assert tuple(_places(curve)) == (
        descent.first_minimum, descent.peak, descent.second_minimum
    )  # fmt: skip


@pytest.mark.parametrize("n", [2, 3, 10])
@pytest.mark.parametrize(
    "curve",
    [
        np.zeros(WIDTHS),
        -np.linspace(0, 3, WIDTHS),
        np.abs(np.linspace(-9, 9, WIDTHS)),
        np.r_[-50, np.zeros(WIDTHS - 1)],
    ],
    ids=["flat", "falling", "valley", "rising, then flat"],
)
def test_noise_is_hardly_ever_a_peak(n, curve):
    found = peak_stands_out(with_noise(curve, n, 2000))
    assert stats.binomtest(int(found.sum()), 2000, 0.05, "greater").pvalue > 0.001


def test_noise_is_a_peak_now_and_then():
    # A rule that never finds anything would pass the test above. On a curve that rises
    # and stays, any fall looks like a peak: 1.6 % of 20,000.
    curve = np.r_[-50, np.zeros(WIDTHS - 1)]
    assert 0.005 < peak_stands_out(with_noise(curve, 10, 5000)).mean() < 0.03


@pytest.mark.parametrize("n", [3, 10])
def test_noise_that_differs_by_width_is_hardly_ever_a_peak(n):
    sd = np.r_[np.full(3, 5.0), np.ones(WIDTHS - 3)]
    found = peak_stands_out(with_noise(-np.linspace(0, 3, WIDTHS), n, 2000, sd))
    assert stats.binomtest(int(found.sum()), 2000, 0.05, "greater").pvalue > 0.001


@pytest.mark.parametrize(("n", "rate"), [(3, 0.5), (5, 0.9), (10, 0.999)])
def test_a_peak_of_three_standard_deviations_is_found(n, rate):
    planted = 3.0 * (np.arange(WIDTHS) == 9)
    assert peak_stands_out(with_noise(planted, n, 2000)).mean() >= rate


def test_exact_replicas_need_no_height():
    assert peak_stands_out(np.tile([2.0, 1, 1.001, 1], (3, 1)))
    assert not peak_stands_out(np.tile([2.0, 1, 1, 1], (3, 1)))
    assert not peak_stands_out(np.tile([4.0, 3, 2, 1], (3, 1)))


def test_one_replica_or_two_widths_show_no_peak():
    assert not peak_stands_out(np.array([[1.0, 9, 1]]))
    assert not peak_stands_out(np.array([[1.0, 9], [1, 9]]))
    assert peak_stands_out(np.zeros((7, 1, 5))).tolist() == [False] * 7


def bump(x, top, height=2.0):
    return np.exp(height - np.log(x / top) ** 2)


def test_each_replica_has_a_location_of_its_own():
    x = 2 * 1.3 ** np.arange(16)
    tops = np.array([14.0, 16, 19])
    curves = np.stack([bump(x, top) for top in tops])
    np.testing.assert_allclose(peak_locations(x, curves), tops, rtol=1e-6)
    alone = [peak_location(x, curve) for curve in curves]
    np.testing.assert_allclose(peak_locations(x, curves), alone, rtol=1e-9)


def test_a_replicas_peak_lies_between_the_minima_of_the_mean():
    x = 2.0 ** np.arange(9)
    curve = np.array([9.0, 1, 2, 4, 9, 4, 2, 1, 0.5])
    odd = np.array([10.0, 1, 2, 4, 8.5, 4, 2, 1, 0.5])
    assert peak_locations(x, np.stack([curve, curve, odd])) == pytest.approx(16)


def test_a_highest_point_below_its_neighbour_counts_as_it_stands():
    x = np.array([1.0, 2, 4, 8, 16, 32])
    curve = np.array([3.0, 1, 4, 9, 4, 1])
    # The mean's first minimum is the second width; this replica is highest there.
    odd = np.array([3.0, 5, 4.5, 2, 1.5, 1])
    curves = np.stack([curve] * 30 + [odd])
    assert peak_locations(x, curves)[-1] == 4
    flat = np.stack([curve] * 30 + [np.array([3.0, 1, 5, 5, 5, 1])])
    assert peak_locations(x, flat)[-1] == pytest.approx(2**2.5)
    level = np.stack([curve] * 30 + [np.full(6, 2.0)])
    assert peak_locations(x, level)[-1] == 4


def test_no_peak_has_no_location():
    x = 1.0 + np.arange(WIDTHS)
    (noise,) = 10 + with_noise(np.zeros(WIDTHS), 4, 1)
    assert np.isnan(peak_locations(x, noise)).tolist() == [True] * 4


GRID = np.array([16.0, 27, 36, 47, 61, 80])


@pytest.mark.parametrize(
    ("mean", "low", "high"),
    [
        (47, 41.5, 54),  # half of 11 below, half of 14 above
        (40, 34.5, 45.5),  # between 36 and 47
        (16, 10.5, 21.5),  # nothing lies below: the first spacing counts
        (80, 70.5, 89.5),
    ],
)
def test_an_interval_is_widened_to_the_grid(mean, low, high):
    interval = mean_interval(np.full(5, float(mean)))
    widened = widened_to_grid(interval, GRID)
    assert (widened["ci_low"], widened["ci_high"]) == (low, high)
    assert {**widened, "ci_low": mean, "ci_high": mean} == interval


def test_a_wide_interval_stays():
    interval = {"n": 3, "mean": 47.0, "sd": 1.0, "ci_low": 20.0, "ci_high": 50.0}
    assert widened_to_grid(interval, GRID) == {**interval, "ci_high": 54}


def test_no_location_has_no_interval():
    widened = widened_to_grid(mean_interval(np.full(3, np.nan)), GRID)
    assert math.isnan(widened["ci_low"])
    assert math.isnan(widened["ci_high"])
