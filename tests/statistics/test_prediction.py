import numpy as np
import pytest
from scipy import stats

from scaling_down.statistics.prediction import prediction_half_width, welch_half_width


def test_prediction_worked_out_by_hand():
    # t(0.975, 9) = 2.262157, 2 * sqrt(1/10 + 1/1) = 2.097618
    assert prediction_half_width(2.0, 10, 1) == pytest.approx(4.745142, abs=1e-5)
    # t(0.975, 2) = 4.302653, sqrt(1/3 + 1/2) = 0.912871
    assert prediction_half_width(1.0, 3, 2) == pytest.approx(3.927766, abs=1e-5)


@pytest.mark.parametrize(("n", "runs"), [(3, 1), (5, 2), (20, 3)])
def test_prediction_covers_as_often_as_it_says(n, runs):
    rng = np.random.default_rng(n)
    ours, theirs = rng.normal(size=(n, 20_000)), rng.normal(size=(runs, 20_000))
    distance = np.abs(ours.mean(axis=0) - theirs.mean(axis=0))
    inside = distance <= prediction_half_width(ours.std(axis=0, ddof=1), n, runs)
    assert inside.mean() == pytest.approx(0.95, abs=0.006)


@pytest.mark.parametrize(("runs", "spread"), [(3, 2.0), (3, 0.1), (7, 1.0)])
def test_one_spread_is_welchs_test(runs, spread):
    half = welch_half_width(1.5, 10, [spread], runs)
    for distance, rejected in ((0.999 * half, False), (1.001 * half, True)):
        test = stats.ttest_ind_from_stats(
            0, 1.5, 10, distance, spread, runs, equal_var=False
        )
        assert (test.pvalue < 0.05) == rejected


def test_two_spreads_worked_out_by_hand():
    # Variances of the means 1, 4/3 and 1/3; freedom (8/3)^2 / (1/9 + 8/9 + 1/18).
    half = welch_half_width(np.sqrt(10), 10, [2.0, 1.0], 3)
    freedom = (8 / 3) ** 2 / (1 / 9 + 16 / 18 + 1 / 18)
    assert half == pytest.approx(stats.t.ppf(0.975, freedom) * np.sqrt(8 / 3))


def test_no_spread_at_all_leaves_nothing_to_compare():
    assert np.isnan(welch_half_width(0.0, 10, [0.0], 3))
