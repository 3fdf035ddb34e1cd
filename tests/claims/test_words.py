"""How a scorecard's regions are written."""

from math import nan

import pytest

from scaling_down.claims.words import region


@pytest.mark.parametrize(
    ("above", "below", "words"),
    [
        (0, nan, "> 0"),
        (nan, -0.5, "< -0.5"),
        (0.85, 1.15, "0.85 to 1.15"),
        (nan, nan, ""),
    ],
)
def test_a_region_is_told_by_its_edges(above, below, words):
    assert region({"above": above, "below": below}) == words
