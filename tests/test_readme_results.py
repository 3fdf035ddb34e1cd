"""The numbers of the README are those of the committed results."""

from pathlib import Path

import pandas as pd
import pytest

PROJECT = Path(__file__).parents[1]
README = (PROJECT / "README.md").read_text()
CARD = pd.read_csv(PROJECT / "results/claims/claims.csv")
TABLE_1 = pd.read_csv(PROJECT / "results/classification/table1.csv")


def interval(row):
    digits = 1 if abs(row["ci_high"]) >= 0.1 else 4
    numbers = (row[name] for name in ("measured", "ci_low", "ci_high"))
    measured, low, high = (f"{number:.{digits}f}" for number in numbers)
    return f"{measured} [{low}, {high}]"


@pytest.mark.parametrize("row", CARD.to_dict("records"), ids=lambda row: row["id"])
def test_the_scorecard_is_that_of_the_results(row):
    cells = [row["statement"], row["published"], interval(row), row["verdict"]]
    assert f"| {' | '.join(cells)} |" in README


def table_1_rows():
    measured = TABLE_1[TABLE_1["origin"] == "measured"]
    return measured.rename(columns={"mean": "measured"}).to_dict("records")


@pytest.mark.parametrize("row", table_1_rows(), ids=lambda row: row["model"])
def test_table_1_is_that_of_the_results(row):
    published = f"{row['published_mean']:.0f} ± {row['published_sd']:.0f}"
    cells = [row["model"], row["data"], interval(row), published]
    assert f"| {' | '.join(cells)} |" in README
