import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import stats

from scaling_down.statistics.intervals import (
    COLUMNS,
    mean_interval,
    paired_interval,
)
from scaling_down.statistics.rows import curve_rows, summary_row

# Of the size that metrics have: squares of numbers near 1e-160 have no digits left.
moderate = st.integers(-(10**9), 10**9).map(lambda thousandths: thousandths / 1000)
samples = st.integers(2, 30).flatmap(lambda n: arrays(np.float64, n, elements=moderate))


def test_interval_worked_out_by_hand():
    # sd = sqrt(10 / 4), t(0.975, 4 degrees of freedom) = 2.776445
    interval = mean_interval(np.array([1, 2, 3, 4, 5]))
    assert list(interval) == COLUMNS
    assert interval["n"] == 5
    assert interval["mean"] == 3
    assert interval["sd"] == pytest.approx(1.5811388)
    assert interval["ci_low"] == pytest.approx(3 - 1.9632432)
    assert interval["ci_high"] == pytest.approx(3 + 1.9632432)


def test_two_values_worked_out_by_hand():
    # sd = sqrt(2) / 2 * 2 = sqrt(2), t(0.975, 1) = 12.706205, half = 12.706205
    interval = mean_interval(np.array([0.0, 2.0]))
    assert interval["sd"] == pytest.approx(math.sqrt(2))
    assert interval["ci_high"] == pytest.approx(1 + 12.7062047)


def test_other_confidence():
    interval = mean_interval(np.arange(10), confidence=0.9)
    expected = stats.ttest_1samp(np.arange(10), 0).confidence_interval(0.9)
    assert (interval["ci_low"], interval["ci_high"]) == pytest.approx(expected)


@given(samples)
def test_interval_is_that_of_scipy(values):
    if np.ptp(values) < 1e-6 * np.abs(values).max():
        return
    interval = mean_interval(values)
    expected = stats.ttest_1samp(values, 0).confidence_interval(0.95)
    scale = np.abs(values).max()
    assert interval["ci_low"] == pytest.approx(expected.low, abs=1e-9 * scale)
    assert interval["ci_high"] == pytest.approx(expected.high, abs=1e-9 * scale)
    assert interval["sd"] == pytest.approx(np.std(values, ddof=1))


def test_paired_interval_is_that_of_scipy():
    generator = np.random.default_rng(0)
    first, second = generator.normal(size=(2, 12))
    interval = paired_interval(first, second)
    expected = stats.ttest_rel(first, second).confidence_interval(0.95)
    assert interval["mean"] == pytest.approx((first - second).mean())
    assert (interval["ci_low"], interval["ci_high"]) == pytest.approx(expected)


def test_pairing_removes_what_the_pairs_share():
    shared = np.random.default_rng(0).normal(0, 100, size=10)
    first, second = shared + 1 + 0.1 * np.sin(range(10)), shared
    paired = paired_interval(first, second)
    assert 0.9 < paired["ci_low"] < paired["ci_high"] < 1.2
    shuffled = paired_interval(first, second[::-1])
    assert shuffled["ci_high"] - shuffled["ci_low"] > 10


def test_order_of_a_pair_is_the_sign():
    first, second = np.array([1.0, 2, 4]), np.array([0.0, 3, 1])
    one, other = paired_interval(first, second), paired_interval(second, first)
    assert one["mean"] == pytest.approx(-other["mean"])
    assert one["ci_low"] == pytest.approx(-other["ci_high"])


def test_unpaired_values_are_refused():
    with pytest.raises(ValueError, match=r"unpaired: shapes \(3,\) and \(2,\)"):
        paired_interval(np.zeros(3), np.zeros(2))
    with pytest.raises(ValueError, match="unpaired"):
        paired_interval(np.zeros(3), np.zeros(1))


@pytest.mark.parametrize("shape", [(1,), (1, 3), (1, 2, 2)])
def test_one_value_has_no_interval(shape):
    interval = mean_interval(np.ones(shape))
    assert interval["n"] == 1
    assert np.all(interval["mean"] == 1)
    for name in ("sd", "ci_low", "ci_high"):
        assert np.shape(interval[name]) == shape[1:]
        assert np.isnan(interval[name]).all()


def test_other_axes_stay():
    values = np.random.default_rng(0).normal(size=(6, 3, 2))
    interval = mean_interval(values)
    for name in COLUMNS[1:]:
        assert interval[name].shape == (3, 2)
        alone = mean_interval(values[:, 2, 1])[name]
        assert interval[name][2, 1] == pytest.approx(alone)


def test_integers_do_not_truncate():
    interval = mean_interval(np.array([0, 1], dtype=np.uint8))
    assert interval["mean"] == 0.5
    assert paired_interval(np.uint8([0, 0]), np.uint8([1, 1]))["mean"] == -1


def test_equal_values_have_an_interval_of_no_width():
    interval = mean_interval(np.full(5, 0.25))
    assert interval["sd"] == 0
    assert interval["ci_low"] == interval["ci_high"] == 0.25


@pytest.mark.parametrize("n", [2, 3, 10])
def test_interval_covers_as_often_as_it_says(n):
    values = np.random.default_rng(n).normal(7, 3, size=(n, 20_000))
    interval = mean_interval(values)
    covered = (interval["ci_low"] <= 7) & (interval["ci_high"] >= 7)
    assert covered.mean() == pytest.approx(0.95, abs=0.006)


def test_summary_row():
    row = summary_row({"model": "mlp"}, "accuracy", np.array([1.0, 3.0]))
    assert list(row) == ["model", "metric", *COLUMNS]
    assert (row["model"], row["metric"], row["n"]) == ("mlp", "accuracy", 2)
    assert row["mean"] == 2


def test_curve_rows_are_tidy():
    values = np.array([[1.0, 2, 3], [3, 4, 9]])
    x = {"step": np.array([0, 10, 20])}
    rows = curve_rows({"model": "mlp"}, "loss", x, values)
    assert list(rows) == ["model", "step", "metric", *COLUMNS]
    assert rows["step"].tolist() == [0, 10, 20]
    assert rows["mean"].tolist() == [2, 3, 6]
    assert set(rows["n"]) == {2}
    single = pd.Series(mean_interval(values[:, 2]), dtype=float)
    np.testing.assert_allclose(rows.loc[2, COLUMNS].astype(float), single)


def test_curve_of_one_replica_has_no_interval():
    x = {"step": np.array([0, 1])}
    rows = curve_rows({}, "loss", x, np.ones((1, 2)))
    assert rows["mean"].tolist() == [1, 1]
    assert rows[["sd", "ci_low", "ci_high"]].isna().all(axis=None)
