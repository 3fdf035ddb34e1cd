"""The scorecard as figures: each claim's interval against its region.

Claims have different units, so each is drawn on a scale of its own. A region with two
ends lies from -1 to 1. One with a single end begins there, and what lies farthest from
this end, of the interval and the printed value, is two units away. What lies outside of
the frame is drawn as an arrow at its edge; the numbers stand beside it.
"""

import textwrap
from collections.abc import Callable, Mapping
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from scaling_down.claims.words import (
    MATCHED,
    NOT_JUDGED,
    NOT_MATCHED,
    WORDS,
    measured,
    verdicts,
)
from scaling_down.figures.bands import INTERVALS, note
from scaling_down.figures.palette import BLUE, INK, MUTED, VERMILLION
from scaling_down.figures.style import SMALLEST

WIDTH = 6.75
"""Inches, as wide as the experiments' figures."""
LINE = 0.13
"""Inches of a line of the smallest text."""
GAP = 0.4
"""Lines between two claims."""
CHARACTERS = 42
"""The longest line of a claim in its own words."""
FRAME = 3.2
"""Half the width of the frame, in units of each claim's own scale."""
REGION = "0.88"
COLOURS = {yes: BLUE for yes, _ in WORDS.values()}
COLOURS |= {no: VERMILLION for _, no in WORDS.values()}
"""The colour of an interval by its verdict; MUTED where it is another."""
FILLS = {MATCHED: "white", NOT_MATCHED: INK}
"""What fills the mark of a printed value; MUTED where it is not compared."""
NOTE = (
    f"each claim on a scale of its own; bars: {INTERVALS} over n replicas"
    "; in brackets: the printed value"
)


def draw_scorecard(card: pd.DataFrame) -> dict[str, Figure]:
    """Return the figures of a scorecard, as `claims.judge` makes it, by name.

    `claims_all` has all claims that are judged, by their ids; `claims_headlines` has
    those that say most in their own words, the ones that are not judged as well.
    """
    judged = card[card["direction"] != NOT_JUDGED]
    headlines = card[card["headline"].astype(bool)]
    left_out = f"not drawn: {len(card) - len(judged)} claims that are not judged"
    full = judged.assign(
        label=judged["id"], numbers=[_numbers(row) for row in _rows(judged)]
    )
    short = headlines.assign(
        label=[textwrap.fill(text, CHARACTERS) for text in headlines["statement"]],
        numbers=[f"{_numbers(row)}\n{verdicts(row)}" for row in _rows(headlines)],
    )
    return {
        "claims_all": _figure(full, f"{NOTE}; {left_out}"),
        "claims_headlines": _figure(short, NOTE),
    }


def _rows(claims: pd.DataFrame) -> list[dict[str, Any]]:
    return claims.to_dict("records")


def _numbers(row: Mapping[str, Any]) -> str:
    """Return what was measured, over how many replicas, and what is printed."""
    n = "" if pd.isna(row["n"]) else f", n {row['n']:.0f}"
    printed = "" if pd.isna(row["value"]) else f" ({row['value']:.4g})"
    return f"{measured(row)}{n}{printed}"


def _figure(claims: pd.DataFrame, said: str) -> Figure:
    """Draw a panel for each experiment with a row for each claim, or say there is none.

    `claims` has the columns of a scorecard, and `label` and `numbers`, the texts on
    both sides of a row.
    """
    groups = list(claims.groupby("experiment", sort=False))
    heights = [LINE * _lines(rows).sum() for _, rows in groups] or [2 * LINE]
    figure, panels = plt.subplots(
        len(heights), squeeze=False, height_ratios=heights,
        figsize=(WIDTH, sum(heights) + 0.28 * len(heights) + 0.9),
    )  # fmt: skip
    for axes in panels[:, 0]:
        axes.set(xlim=(-FRAME, FRAME), xticks=[], yticks=[])
        axes.spines[:].set_visible(False)
    for axes, (experiment, rows) in zip(panels[:, 0], groups, strict=False):
        axes.set_title(experiment.replace("_", " "))
        _panel(axes, rows)
    if not groups:
        panels[0, 0].set_title("no claim is judged")
    figure.legend(handles=_handles(), loc="outside upper center", ncols=4)
    note(figure, said)
    return figure


def _lines(rows: pd.DataFrame) -> pd.Series:
    """Return how many lines high each row is."""
    texts = rows[["label", "numbers"]]
    return texts.apply(lambda text: text.str.count("\n")).max(axis=1) + 1 + GAP


def _panel(axes: Axes, rows: pd.DataFrame) -> None:
    lines = _lines(rows)
    places = lines.cumsum() - lines / 2
    for place, row in zip(places, _rows(rows), strict=True):
        if row["direction"] != NOT_JUDGED:
            _claim(axes, place, row)
        axes.text(
            1.02 * FRAME, place, row["numbers"], fontsize=SMALLEST, va="center"
        )  # fmt: skip
    axes.set_yticks(places, rows["label"])
    axes.tick_params(axis="y", length=0)
    axes.set_ylim(lines.sum(), 0)


def _claim(axes: Axes, place: float, row: Mapping[str, Any]) -> None:
    """Draw a claim's region, its interval and what its source prints."""
    scaled = own_scale(row)
    colour = COLOURS.get(row["direction"], MUTED)
    ends = [
        -FRAME if pd.isna(row["above"]) else -1,
        FRAME if pd.isna(row["below"]) else 1,
    ]
    axes.fill_between(ends, place - 0.42, place + 0.42, color=REGION, linewidth=0)
    interval = np.clip(
        [scaled(row[end]) for end in ("ci_low", "ci_high")], -FRAME, FRAME
    )
    axes.plot(interval, [place, place], color=colour, linewidth=2)
    _mark(axes, place, scaled(row["measured"]), "o", color=colour, markersize=4)
    _mark(
        axes, place, scaled(row["value"]), "D", color=INK, markersize=3.8,
        markerfacecolor=FILLS.get(row["number"], MUTED), markeredgewidth=0.9,
    )  # fmt: skip


def own_scale(row: Mapping[str, Any]) -> Callable[[float], float]:
    """Return what takes a number in a judged claim's unit to the scale of its row."""
    floor, ceiling = row["above"], row["below"]
    if pd.notna(floor) and pd.notna(ceiling):
        middle, unit = (floor + ceiling) / 2, (ceiling - floor) / 2
    else:
        end, side = (ceiling, -1) if pd.isna(floor) else (floor, 1)
        seen = [row[name] for name in ("measured", "ci_low", "ci_high", "value")]
        unit = np.nanmax(np.abs(np.subtract(seen, end))) / 2 or 1.0
        middle = end + side * unit
    return lambda number: (number - middle) / unit


def _mark(axes: Axes, place: float, x: float, marker: str, **looks: Any) -> None:
    """Draw a mark, or an arrow where it lies outside of the frame."""
    if abs(x) > FRAME:
        marker = ">" if x > 0 else "<"
    axes.plot(np.clip(x, -FRAME, FRAME), place, marker, clip_on=False, **looks)


def _handles() -> list[Line2D | Patch]:
    """Explain the region, the colours by verdict, and the printed value."""
    line: dict[str, Any] = {"linewidth": 2, "marker": "o", "markersize": 4}
    mark: dict[str, Any] = {"linestyle": "none", "marker": "D", "markersize": 3.8}
    return [
        Patch(color=REGION, label="where it lies if the words hold"),
        *(
            Line2D([], [], color=COLOURS.get(verdict, MUTED), label=verdict, **line)
            for verdict in (*WORDS["claim"], "undecided")
        ),
        *(
            Line2D(
                [],
                [],
                color=INK,
                markerfacecolor=FILLS.get(verdict, MUTED),
                label=f"printed, {verdict}",
                **mark,
            )
            for verdict in (*FILLS, "not compared")
        ),
    ]
