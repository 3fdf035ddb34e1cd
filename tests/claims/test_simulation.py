"""The judging errs no more often than it says, and the document tells how often."""

import numpy as np
import pytest
from scipy import stats

from scaling_down.claims.pages import PLACE, filled
from scaling_down.claims.simulation import (
    NOISES,
    UNEVEN,
    peak_rates,
    tables,
    verdict_rates,
)

SMALL = 4000


def exceeds(rate, level):
    found = round(rate * SMALL)
    return stats.binomtest(found, SMALL, level, "greater").pvalue < 0.001


def differs(rate, level):
    return stats.binomtest(round(rate * SMALL), SMALL, level).pvalue < 0.001


@pytest.mark.parametrize("n", [3, 5, 10, 20])
def test_normal_replicas_are_judged_at_the_stated_level(n):
    rates = verdict_rates(NOISES["normal"], n, np.random.default_rng(n), SMALL)
    for mistake in ("holds at the bound", "fails at the bound"):
        assert not differs(rates[mistake], 0.025)
    assert not differs(rates["holds at detects"], 0.8)
    for runs in (1, 2, 3):
        assert not differs(rates[f"not matched, m = {runs}"], 0.05)


@pytest.mark.parametrize("n", [3, 20])
def test_welchs_test_of_three_runs_rejects_a_little_too_often(n):
    rates = verdict_rates(NOISES["normal"], n, np.random.default_rng(n), SMALL)
    assert rates["not matched, m = 3 ± SD"] > 0.02
    assert not exceeds(rates["not matched, m = 3 ± SD"], 0.08)


@pytest.mark.parametrize("noise", [*NOISES, *UNEVEN])
def test_peaks_of_noise_are_rarer_than_stated(noise):
    draw = {**NOISES, **UNEVEN}[noise]
    rates = peak_rates(draw, 3, np.random.default_rng(0), SMALL)
    assert not exceeds(rates["flat"], 0.05)
    assert not exceeds(rates["falling"], 0.05)


def test_planted_peaks_are_found():
    rates = peak_rates(NOISES["normal"], 10, np.random.default_rng(0), 500)
    assert rates["planted"] > 0.99


def test_the_document_has_the_tables_of_the_simulation(repository):
    document = (repository / "docs/statistics.md").read_text(encoding="utf-8")
    assert [place["name"] for place in PLACE.finditer(document)] == [*tables()]
    assert filled(document, tables()) == document


def test_a_table_stands_between_its_marks():
    text = "a\n<!-- table: x -->\nold\n<!-- end -->\nb\n<!-- end -->\n"
    assert filled(text, {"x": lambda: ["new"]}) == text.replace("old", "new")
    with pytest.raises(ValueError, match="no table 'x'"):
        filled(text, {"y": lambda: ["new"]})
