import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import stats

from scaling_down.statistics.curves import (
    Descent,
    bootstrap_interval,
    find_descent,
    held_out_heights,
    held_out_maxima,
    peak_location,
    rank_correlations,
    threshold,
)
from scaling_down.statistics.intervals import COLUMNS

HEIGHTS = ["rise", "fall", "second_less_first"]


@pytest.mark.parametrize(
    ("curve", "places"),
    [
        ([9, 5, 3, 4, 8, 6, 2, 1], (2, 4, 7)),
        ([9, 5, 1, 4, 8, 6, 2, 3], (2, 4, 6)),
        ([0, 1, 0], (0, 1, 2)),
        # Prominences 1 and 2: the second peak is lower and counts.
        ([8, 7, 8, 3, 5, 0], (3, 4, 5)),
        # The higher of the two minima decides: 10 - 9 is less than 4 - 1.
        ([9, 10, 0, 4, 1], (2, 3, 4)),
    ],
)
def test_most_prominent_peak(curve, places):
    assert find_descent(np.array(curve, dtype=float)) == Descent(*places)


@pytest.mark.parametrize(
    ("curve", "places"),
    [
        ([0, 5, 0, 5, 0], (0, 1, 2)),
        ([1, 5, 5, 1], (0, 1, 3)),
        ([7, 0, 0, 5, 1, 1, 3], (1, 3, 4)),
        ([0, 3, 1, 4, 0], (0, 3, 4)),
    ],
)
def test_of_equal_points_the_first_counts(curve, places):
    assert find_descent(np.array(curve, dtype=float)) == Descent(*places)


@pytest.mark.parametrize(
    "curve", [[], [1], [1, 2], [3, 2, 1], [1, 2, 3], [2, 2, 2], [3, 1, 2], [3, 1, 1, 3]]
)
def test_curves_without_a_peak(curve):
    assert find_descent(np.array(curve, dtype=float)) is None


def test_noise_smaller_than_the_peak_does_not_move_it():
    x = np.arange(30)
    curve = 20 * np.exp(-x / 4) + 10 * np.exp(-(((x - 15) / 2) ** 2)) - x / 5
    assert find_descent(curve).peak == 15
    for seed in range(20):
        noise = np.random.default_rng(seed).uniform(-0.7, 0.7, len(x))
        assert abs(find_descent(curve + noise).peak - 15) <= 1
        noise[15] = 0.7
        assert find_descent(curve + noise).peak == 15


@given(arrays(np.int64, st.integers(0, 12), elements=st.integers(-3, 3)))
def test_peak_is_that_of_all_threefold_choices(curve):
    choices = [
        # The largest prominence first, then the first peak and the lowest points.
        (max(curve[i], curve[j]) - curve[p], p, curve[i], i, curve[j], j)
        for i, p, j in itertools.combinations(range(len(curve)), 3)
        if curve[p] > max(curve[i], curve[j])
    ]
    expected = None
    if choices:
        _, p, _, i, _, j = min(choices)
        expected = Descent(i, p, j)
    assert find_descent(curve) == expected


def test_heights_worked_out_by_hand():
    curves = np.array(
        [
            [3.0, 1, 6, 2, 4],  # the others: 2 1.5 3 3 1, at 1, 2 and 4
            [3.0, 0, 4, 1, 2],  # the others: 2 2 4 3.5 2, at 0, 2 and 4
            [1.0, 3, 2, 5, 0],  # the others: 3 0.5 5 1.5 3, at 1, 2 and 3
        ]
    )
    heights = held_out_heights(curves)
    assert list(heights) == HEIGHTS
    assert heights["rise"].tolist() == [5, 1, -1]
    assert heights["fall"].tolist() == [2, 2, -3]
    assert heights["second_less_first"].tolist() == [3, -1, 2]


def test_heights_are_zero_where_the_others_have_no_peak():
    heights = held_out_heights(np.array([[0.0, 5, 0], [3, 2, 1]]))
    assert heights["rise"].tolist() == [0, -1]
    assert heights["fall"].tolist() == [0, 1]
    np.testing.assert_array_equal(heights["second_less_first"], [np.nan, -2])


def test_a_lone_replica_has_no_heights():
    heights = held_out_heights(np.array([[3.0, 0, 5, 1]]))
    assert list(heights) == HEIGHTS
    assert all(v.shape == (1,) and np.isnan(v).all() for v in heights.values())


def test_heights_of_nothing_but_noise_are_zero_on_average():
    noise = np.random.default_rng(0).normal(size=(1000, 3, 8))
    heights = [held_out_heights(curves) for curves in noise]
    for name in HEIGHTS:
        values = np.concatenate([h[name] for h in heights])
        values = values[~np.isnan(values)]
        assert len(values) > 2000
        assert abs(values.mean()) < 4 * stats.sem(values)
    # The same places, chosen with the replica's own noise among the others'.
    means = noise.mean(axis=1)
    places = [find_descent(mean) for mean in means]
    naive = [
        m[p.peak] - m[p.first_minimum] for m, p in zip(means, places, strict=True) if p
    ]
    assert np.mean(naive) > 1


def test_heights_find_a_true_peak_on_average():
    curve = np.array([6.0, 2, 7, 12, 8, 1, 0])
    noise = np.random.default_rng(0).normal(size=(500, 3, len(curve)))
    heights = [held_out_heights(curves) for curves in curve + noise]
    means = {name: np.mean([h[name] for h in heights]) for name in HEIGHTS}
    assert means["rise"] == pytest.approx(10, abs=0.2)
    assert 11 < means["fall"] < 12  # the others take 1 for the minimum now and then
    assert -2 < means["second_less_first"] < -1


def highest(curve):
    return float(curve.max())


def test_equal_replicas_have_an_interval_of_no_width():
    row = bootstrap_interval(np.tile([0.5, 3.0, 1.25], (4, 1)), highest, 200)
    assert list(row) == COLUMNS
    assert (row["n"], row["mean"], row["sd"]) == (4, 3, 0)
    assert row["ci_low"] == row["ci_high"] == 3


def test_interval_agrees_with_resampling_by_hand():
    rng = np.random.default_rng(5)
    curves = rng.exponential(size=(8, 6))
    row = bootstrap_interval(curves, highest, 2000)
    chosen = rng.integers(8, size=(40_000, 8))
    values = curves[chosen].mean(axis=1).max(axis=1)
    low, high = np.percentile(values, [2.5, 97.5])
    assert row["n"] == 8
    assert row["mean"] == highest(curves.mean(axis=0))
    assert row["sd"] == pytest.approx(values.std(), rel=0.08)
    assert row["ci_low"] == pytest.approx(low, abs=0.15 * values.std())
    assert row["ci_high"] == pytest.approx(high, abs=0.3 * values.std())


def test_the_same_call_gives_the_same_interval():
    curves = np.random.default_rng(0).normal(size=(5, 4))
    first = bootstrap_interval(curves, highest, 300)
    np.random.default_rng(1).normal()
    assert bootstrap_interval(curves, highest, 300) == first


def test_a_lone_replica_has_an_estimate_and_no_interval():
    row = bootstrap_interval(np.array([[1.0, 4, 2]]), highest, 200)
    assert list(row) == COLUMNS
    assert (row["n"], row["mean"]) == (1, 4)
    assert np.isnan([row["sd"], row["ci_low"], row["ci_high"]]).all()


def test_a_statistic_without_a_value_has_no_interval():
    curves = np.array([[3.0, 2, 1], [3, 2, 1], [9, 2, 8]])
    for statistic in (
        lambda curve: np.nan,
        lambda curve: threshold(np.array([1.0, 2, 3]), curve, 2.5),
        lambda curve: curve[0] if curve[0] < 6 else np.nan,
    ):
        row = bootstrap_interval(curves, statistic, 200)
        assert row["n"] == 3
        assert np.isnan([row["ci_low"], row["ci_high"]]).all()
        np.testing.assert_equal(row["mean"], statistic(curves.mean(axis=0)))


WIDTHS = 2 * 1.5 ** np.arange(12)


@given(st.floats(0.1, 100), st.floats(0.5, 4), st.floats(2.01, WIDTHS[-1] - 0.01))
def test_threshold_of_a_power_law_is_exact(factor, power, x):
    level = factor * x**-power
    found = threshold(WIDTHS, factor * WIDTHS**-power, level)
    assert found == pytest.approx(x, rel=1e-9)


def test_threshold_that_is_not_crossed():
    x = np.array([1.0, 2, 4])
    assert math.isnan(threshold(x, np.array([5.0, 4, 3]), 2))
    assert math.isnan(threshold(x, np.array([2.0, 1, 0]), 2))
    assert math.isnan(threshold(x, np.array([0.0, 1, 3]), 2))
    assert math.isnan(threshold(x, np.array([3.0, 1, 3]), 2))
    assert math.isnan(threshold(x[:1], np.array([3.0]), 2))


def test_last_crossing_counts():
    x = np.array([1.0, 10, 100, 1000, 10_000])
    assert threshold(x, np.array([4.0, 1, 8, 2, 1]), 4) == pytest.approx(10**2.5)
    assert threshold(x, np.array([1.0, 1, 4, 1, 0.5]), 2) == pytest.approx(10**2.5)
    assert threshold(x, np.array([4.0, 1, 4, 4, 1]), 2) == pytest.approx(10**3.5)


def test_a_point_at_the_level_counts_as_below():
    x = np.array([1.0, 10, 100])
    assert threshold(x, np.array([4.0, 2, 1]), 2) == pytest.approx(10)
    assert threshold(x, np.array([4.0, 3, 2]), 2) == pytest.approx(100)


@pytest.mark.parametrize("last", [0, 1e-9, 0.01])
def test_zeros_count_as_a_tenth_of_the_level(last):
    found = threshold(np.array([10.0, 1000]), np.array([1, last]), 0.1)
    assert found == pytest.approx(100)


@given(st.floats(0, 1), st.floats(0.1, 3), st.floats(-3, 3), st.floats(1.1, 1.9))
def test_peak_of_a_parabola_in_logarithms_is_exact(share, sharpness, height, ratio):
    x = 2 * ratio ** np.arange(12)
    top = x[1] * (x[-2] / x[1]) ** share
    curve = np.exp(height - sharpness * np.log(x / top) ** 2)
    assert peak_location(x, curve) == pytest.approx(top, rel=1e-6)


def test_peak_between_two_equal_points_is_their_geometric_mean():
    x = np.array([1.0, 10, 100, 1000])
    assert peak_location(x, np.array([1.0, 5, 5, 1])) == pytest.approx(10**1.5)


def test_no_peak_has_no_place():
    assert math.isnan(peak_location(np.array([1.0, 2, 4]), np.array([3.0, 2, 1])))
    assert math.isnan(peak_location(np.array([1.0, 2]), np.array([3.0, 2])))


def test_held_out_maxima_are_at_the_others_highest_place():
    curves = np.array([[1.0, 5, 2], [0, 4, 3], [9, 0, 8]])
    # The others' sums are (9, 4, 11), (10, 5, 10) and (1, 9, 5).
    np.testing.assert_array_equal(held_out_maxima(curves), [2, 0, 0])
    assert np.isnan(held_out_maxima(curves[:1])).all()


@given(arrays(float, (6, 4), elements=st.floats(-1, 1)))
def test_held_out_maxima_are_no_higher_than_the_maxima(curves):
    assert (held_out_maxima(curves) <= curves.max(axis=1)).all()


def test_rank_correlations_are_spearman_s():
    rng = np.random.default_rng(0)
    first, second = rng.integers(5, size=(2, 3, 7)).astype(float)
    expected = [
        stats.spearmanr(a, b).statistic for a, b in zip(first, second, strict=True)
    ]
    np.testing.assert_allclose(rank_correlations(first, second), expected)
    assert np.isnan(rank_correlations(np.ones((2, 4)), first[:2, :4])).all()
