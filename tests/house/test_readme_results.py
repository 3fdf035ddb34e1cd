"""The numbers of the README are those of the committed results."""

import math
from pathlib import Path

import pandas as pd
import pytest

PROJECT = Path(__file__).parents[2]
README = (PROJECT / "README.md").read_text()
CARD = pd.read_csv(PROJECT / "results/claims/claims.csv")
TABLE_1 = pd.read_csv(PROJECT / "results/classification/table1.csv")


def interval(row, digits):
    numbers = (row[name] for name in ("measured", "ci_low", "ci_high"))
    measured, low, high = (f"{number:.{digits}f}" for number in numbers)
    return f"{measured} [{low}, {high}]"


def card_cells(row):
    """Return the cells; of the interval's width two digits are shown."""
    width = row["ci_high"] - row["ci_low"]
    digits = max(1, 1 - math.floor(math.log10(width))) if width else 1
    return [row["statement"], row["published"], interval(row, digits), row["verdict"]]


@pytest.mark.parametrize("row", CARD.to_dict("records"), ids=lambda row: row["id"])
def test_the_scorecard_is_that_of_the_results(row):
    assert f"| {' | '.join(card_cells(row))} |" in README


def table_1_rows():
    measured = TABLE_1[TABLE_1["origin"] == "measured"]
    return measured.rename(columns={"mean": "measured"}).to_dict("records")


@pytest.mark.parametrize("row", table_1_rows(), ids=lambda row: row["model"])
def test_table_1_is_that_of_the_results(row):
    published = f"{row['published_mean']:.0f} ± {row['published_sd']:.0f}"
    cells = [row["model"], row["data"], interval(row, 1), published]
    assert f"| {' | '.join(cells)} |" in README
