"""The scorecard's figures: each claim on its own scale."""

import numpy as np
import pandas as pd
import pytest

from scaling_down.claims.judge import COLUMNS
from scaling_down.figures.saving import save_figure
from scaling_down.figures.scorecard import FRAME, draw_scorecard, own_scale
from scaling_down.figures.style import style
from scaling_down.workflow.plan import SCORECARD_FIGURES


def claim(**changes):
    row = dict.fromkeys(COLUMNS, np.nan) | {
        "experiment": "toy", "headline": True, "id": "toy-a", "kind": "claim",
        "statement": "Words that say it.", "above": 0, "measured": 4, "ci_low": 3,
        "ci_high": 5, "n": 3, "direction": "holds", "number": "not judged",
    }  # fmt: skip
    return row | changes


def unjudged(**changes):
    row = dict.fromkeys(("measured", "ci_low", "ci_high", "n"), np.nan)
    return claim(**row, direction="not judged", **changes)


def drawn(*rows):
    with style():
        return draw_scorecard(pd.DataFrame(rows, columns=COLUMNS))


@pytest.mark.parametrize(
    ("above", "below", "value", "places"),
    [
        (0, np.nan, np.nan, {0: -1, 5: 1}),
        (0, np.nan, -10, {0: -1, -10: -3}),
        (np.nan, 6, np.nan, {6: 1, 3: -1}),
        (2, 6, 100, {2: -1, 4: 0, 6: 1}),
    ],
)
def test_each_region_has_its_scale(above, below, value, places):
    scaled = own_scale(claim(above=above, below=below, value=value))
    for number, place in places.items():
        assert scaled(number) == pytest.approx(place)


def test_a_claim_that_is_as_its_bound_has_a_scale():
    assert own_scale(claim(measured=0, ci_low=0, ci_high=0))(0) == -1


def test_what_is_judged_is_drawn_and_the_rest_is_counted():
    figures = drawn(claim(), unjudged(id="toy-b"))
    assert set(figures) == set(SCORECARD_FIGURES)
    (axes,) = figures["claims_all"].axes
    assert [label.get_text() for label in axes.get_yticklabels()] == ["toy-a"]
    assert "not drawn: 1 claims" in figures["claims_all"].get_supxlabel()
    shown = [text.get_text() for text in figures["claims_headlines"].axes[0].texts]
    assert shown == ["4.0 [3.0, 5.0], n 3\nholds", "not measured\nnot judged"]


def test_what_lies_outside_of_the_frame_is_an_arrow_at_its_edge():
    far = claim(above=0, below=1, measured=50, ci_low=49, ci_high=51, value=-9)
    (axes,) = drawn(far)["claims_all"].axes
    marks = {line.get_marker(): line.get_xdata()[0] for line in axes.lines}
    assert marks[">"] == FRAME
    assert marks["<"] == -FRAME


def test_a_scorecard_of_nothing_says_so(tmp_path):
    figures = drawn(unjudged(headline=False))
    for name, figure in figures.items():
        assert figure.axes[0].get_title() == "no claim is judged"
        save_figure(figure, str(tmp_path / f"{name}.png"), "key", "")


def test_equal_scorecards_give_equal_bytes(tmp_path):
    files = [tmp_path / "one.pdf", tmp_path / "two.pdf"]
    for file in files:
        save_figure(drawn(claim())["claims_all"], str(file), "key", "")
    first, second = (file.read_bytes() for file in files)
    assert first == second
