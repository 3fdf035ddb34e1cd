import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from scaling_down.statistics.intervals import mean_interval
from scaling_down.statistics.significance import (
    MOST_FLIPPED,
    holm,
    one_sided_p_value,
    sign_flip_p_value,
)


@pytest.mark.parametrize("n", [2, 3, 10])
@pytest.mark.parametrize("bound", [-1.0, 0.0, 0.4])
def test_p_value_is_that_of_students_test(n, bound):
    values = np.random.default_rng(n).normal(0.3, 1, size=n)
    interval = mean_interval(values)
    above = one_sided_p_value(
        interval["mean"] - bound, interval["mean"] - interval["ci_low"], n
    )
    expected = stats.ttest_1samp(values, bound, alternative="greater").pvalue
    assert above == pytest.approx(expected)
    below = one_sided_p_value(
        bound - interval["mean"], interval["ci_high"] - interval["mean"], n
    )
    assert below == pytest.approx(1 - expected)


def test_a_widened_interval_has_a_larger_p_value():
    assert one_sided_p_value(1.0, 1.0, 10) == pytest.approx(0.025)
    assert one_sided_p_value(1.0, 1.01, 10) > 0.025 > one_sided_p_value(1.01, 1.0, 10)


def test_p_value_without_spread():
    p = one_sided_p_value(np.array([0.1, 0.0, -0.1]), np.zeros(3), 5)
    assert p.tolist() == [0, 0.5, 1]


def test_p_value_without_interval():
    assert np.isnan(one_sided_p_value(1.0, np.nan, 1))


def test_holm_worked_out_by_hand():
    # Sorted 0.005 0.01 0.03 0.04, times 4 3 2 1: 0.02 0.03 0.06 0.04, which must rise.
    adjusted = holm(np.array([0.01, 0.04, 0.03, 0.005]))
    assert adjusted == pytest.approx([0.03, 0.06, 0.06, 0.02])


def test_holm_stops_at_one():
    assert holm(np.array([0.6, 0.7])).tolist() == [1, 1]
    assert holm(np.array([0.3])).tolist() == [0.3]
    assert holm(np.array([])).tolist() == []


@given(st.lists(st.floats(0, 1), min_size=1, max_size=8))
def test_holm_lies_between_no_adjustment_and_bonferroni(p_values):
    p_values = np.array(p_values)
    adjusted = holm(p_values)
    assert (adjusted >= p_values).all()
    assert (adjusted <= np.minimum(len(p_values) * p_values, 1) + 1e-15).all()
    order = p_values.argsort(kind="stable")
    assert (np.diff(adjusted[order]) >= 0).all()


def test_holm_keeps_the_chance_of_any_mistake():
    p_values = np.random.default_rng(0).uniform(size=(4000, 5))
    mistakes = np.mean([holm(row).min() < 0.05 for row in p_values])
    assert stats.binomtest(round(mistakes * 4000), 4000, 0.05).pvalue > 0.001


@pytest.mark.parametrize(
    ("alternative", "as_extreme"), [("greater", 2), ("less", 7), ("two-sided", 4)]
)
def test_sign_flips_counted_by_hand(alternative, as_extreme):
    # Sums of ±1 ±2 ±4: 7 5 3 1 -1 -3 -5 -7; observed 5.
    p = sign_flip_p_value(np.array([-1.0, 2, 4]), alternative)
    assert p == pytest.approx(as_extreme / 8)


def test_six_differences_of_one_sign_decide_and_five_do_not():
    assert sign_flip_p_value(np.arange(1.0, 7)) == pytest.approx(2 / 64)
    assert sign_flip_p_value(np.arange(1.0, 6)) == pytest.approx(2 / 32)


def test_equal_sums_count_in_spite_of_rounding():
    # Of all sums ±0.3 ±0.1 ±0.2 ±0.7 those with minus signs on at most 0.3 in total are
    # 0.7 or more: none, 0.3, 0.1, 0.2, and 0.1 with 0.2, which rounds to another 0.3.
    assert sign_flip_p_value(np.array([0.3, -0.1, -0.2, 0.7]), "greater") == 5 / 16


def test_sign_flips_do_not_mind_skewed_sizes():
    rng = np.random.default_rng(0)
    values = rng.exponential(size=(600, 6)) ** 2 * rng.choice([-1, 1], size=(600, 6))
    rejected = sum(sign_flip_p_value(row) <= 2 / 64 + 1e-12 for row in values)
    assert stats.binomtest(rejected, 600, 2 / 64).pvalue > 0.001


@pytest.mark.parametrize("n", [0, 1, MOST_FLIPPED + 1])
def test_too_few_or_many_to_flip(n):
    with pytest.raises(ValueError, match=f"{n} differences"):
        sign_flip_p_value(np.ones(n))
