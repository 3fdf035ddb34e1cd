"""Verdicts come from intervals, and say which of two questions they answer."""

import math

import numpy as np
import pytest
from scipy import stats

from scaling_down.claims.statements import Expectation
from scaling_down.claims.verdicts import is_compatible, is_inside, is_outside, p_value
from scaling_down.statistics.intervals import mean_interval

NAN = math.nan


@pytest.mark.parametrize(
    ("low", "high", "above", "below", "inside", "outside"),
    [
        (0.1, 2.0, 0.0, None, True, False),
        (0.0, 2.0, 0.0, None, False, False),
        (-0.1, 2.0, 0.0, None, False, False),
        (-2.0, -0.1, 0.0, None, False, True),
        (-2.0, 0.0, 0.0, None, False, True),
        (-2.0, -0.1, None, 0.0, True, False),
        (0.0, 2.0, None, 0.0, False, True),
        (3.0, 4.0, 2.0, 5.0, True, False),
        (3.0, 6.0, 2.0, 5.0, False, False),
        (1.0, 6.0, 2.0, 5.0, False, False),
        (6.0, 7.0, 2.0, 5.0, False, True),
        (0.0, 1.0, 2.0, 5.0, False, True),
        (NAN, NAN, 0.0, None, False, False),
    ],
)
def test_direction_of_an_interval(low, high, above, below, inside, outside):
    expect = Expectation(above=above, below=below)
    assert is_inside(low, high, expect) == inside
    assert is_outside(low, high, expect) == outside


def p_of(values, **expect):
    row = mean_interval(values)
    ends = (row["mean"], row["ci_low"], row["ci_high"], row["n"])
    return p_value(*ends, Expectation(**expect))


def test_p_value_of_a_direction():
    values = np.array([0.2, 1.1, -0.3, 0.9, 0.4])
    above = stats.ttest_1samp(values, 0, alternative="greater").pvalue
    below = stats.ttest_1samp(values, 1, alternative="less").pvalue
    assert p_of(values, above=0) == pytest.approx(above)
    assert p_of(values, below=1) == pytest.approx(below)
    assert p_of(values, above=0, below=1) == pytest.approx(max(above, below))
    assert p_of(values, above=0, below=9) == pytest.approx(above)
    assert p_of(values, above=-9, below=1) == pytest.approx(below)


def test_p_value_agrees_with_the_direction():
    values = np.random.default_rng(0).normal(0.5, 1, size=(6, 5000))
    row = mean_interval(values)
    for expect in (Expectation(above=0), Expectation(above=-0.8, below=1.5)):
        ends = (row["mean"], row["ci_low"], row["ci_high"])
        inside = is_inside(*ends[1:], expect)
        assert 0.05 < inside.mean() < 0.95
        np.testing.assert_array_equal(p_value(*ends, 6, expect) < 0.025, inside)


def test_each_bound_has_the_half_width_of_its_side():
    region = Expectation(above=-1, below=1)
    p_values = [p_value(0.0, low, high, 5, region) for low, high in ((-3, 1), (-1, 3))]
    assert p_values == [p_value(0.0, -3, 3, 5, region)] * 2
    assert p_value(0.0, -1, 1, 5, region) == pytest.approx(0.025)
    assert p_value(0.0, -1, 3, 5, Expectation(above=-1)) == pytest.approx(0.025)


def test_number_within_the_prediction_interval():
    # t(0.975, 9) sd sqrt(1/10 + 1) = 2.3726 around the mean
    for distance, matched in ((2.37, True), (2.38, False), (-2.37, True)):
        assert is_compatible(5.0, 1.0, 10, 5 + distance, 1) == matched
    assert is_compatible(5.0, 1.0, 10, 5 + 2.42, 1, rounding=0.05)
    assert not is_compatible(5.0, 1.0, 10, 5 + 1.7, 3)


def test_a_printed_spread_is_taken_at_its_word():
    # Without its spread the source's three runs are taken to vary as ours do.
    assert not is_compatible(64.9, 0.8, 10, 68, 3, rounding=0.5)
    assert is_compatible(64.9, 0.8, 10, 68, 3, spreads=[2.0], rounding=0.5)
    assert not is_compatible(64.9, 0.8, 10, 68, 3, spreads=[0.5], rounding=0.5)


def test_equal_replicas_match_what_rounds_to_them():
    assert is_compatible(100.0, 0.0, 10, 100, 4, rounding=0.5)
    assert not is_compatible(99.4, 0.0, 10, 100, 4, rounding=0.5)
