import numpy as np
import pytest
from scipy import stats

from scaling_down.statistics.intervals import mean_interval
from scaling_down.statistics.power import detectable_half_widths


def test_known_case():
    # Ten replicas detect an effect of one standard deviation: the textbook's 0.996.
    half_width = 2.262157 / np.sqrt(10)
    assert detectable_half_widths(10) * half_width == pytest.approx(0.996, abs=0.001)


@pytest.mark.parametrize("n", [2, 3, 5, 20])
def test_four_of_five_studies_detect_it(n):
    effect = detectable_half_widths(n) * stats.t.ppf(0.975, n - 1) / np.sqrt(n)
    values = np.random.default_rng(n).normal(effect, 1, size=(n, 20_000))
    detected = mean_interval(values)["ci_low"] > 0
    assert detected.mean() == pytest.approx(0.8, abs=0.012)
