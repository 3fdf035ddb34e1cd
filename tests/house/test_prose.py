"""The sentences on results say what their tables say."""

import re

import numpy as np
import pandas as pd
import pytest

from scaling_down.jobs.tables import read_table

PAGES = ("README.md", "docs/results.md")
ROW = re.compile(r"`([a-z0-9]+(?:-[a-z0-9]+)+)`")
INTERVAL = re.compile(
    r"(?P<mean>-?\d+\.?\d*)(?:\s(?:%|points|n K|n))?\s"
    r"\[(?P<low>-?\d+\.?(?P<decimals>\d*)),\s(?P<high>-?\d+\.?\d*)\]"
)
"""A mean with its interval."""
SWAPPED = [0, 2, 1]
"""Mean and ends of an interval, once their signs are changed."""
TABLE = re.compile(r"<!-- table: .*?<!-- end -->", re.DOTALL)


@pytest.fixture(scope="module")
def scorecard(repository):
    return read_table(repository / "results/claims/claims.csv")


def sections(repository):
    """Yield heading and text of each section on an experiment, without its tables."""
    text = TABLE.sub("", (repository / "docs/results.md").read_text())
    for section in text.split("\n## ")[1:]:
        yield section.split("\n", 1)


def rows_named(text):
    """Return the rows that a section says it stands on."""
    return set(ROW.findall(text.partition("\nRows: ")[2]))


def stands(match, rows):
    """Tell whether a mean and its interval are those of a row, as printed.

    A difference may be told the other way round.
    """
    said = np.array([float(match[name]) for name in ("mean", "low", "high")])
    half_a_digit = 0.5 * 10.0 ** -len(match["decimals"]) + 1e-9
    known = rows[["measured", "ci_low", "ci_high"]].to_numpy()
    return any(
        (abs(known - told) <= half_a_digit).all(1).any()
        for told in (said, -said[SWAPPED])
    )


@pytest.mark.parametrize("page", PAGES)
def test_rows_that_are_named_exist(repository, scorecard, page):
    text = TABLE.sub("", (repository / page).read_text())
    named = set(ROW.findall(text))
    starts = tuple(f"{name.replace('_', '-')}-" for name in scorecard["experiment"])
    named = {name for name in named if name.startswith(starts)}
    assert named
    assert named <= set(scorecard["id"])


def test_each_section_names_the_rows_that_it_stands_on(repository):
    for heading, text in sections(repository):
        assert rows_named(text), heading


def test_each_interval_in_a_sentence_is_that_of_a_row(repository, scorecard):
    found = 0
    for heading, text in sections(repository):
        if named := rows_named(text):
            rows = scorecard[scorecard["id"].isin(named)]
            assert text.count("[") == text.count("](") + len(INTERVAL.findall(text))
            for match in INTERVAL.finditer(text):
                assert stands(match, rows), f"{heading}: no row has {match[0]}"
                found += 1
    assert found > 20


def test_an_interval_that_no_row_has_is_seen():
    rows = pd.DataFrame({"measured": [2.1], "ci_low": [1.24], "ci_high": [2.96]})
    said = {
        "2.1 points [1.2, 3.0]": True, "-2.1 [-3.0, -1.2]": True, "2 % [1, 3]": True,
        "2.1 [1.2, 3.1]": False, "2.2 [1.2, 3.0]": False, "2.1 [-3.0, -1.2]": False,
    }  # fmt: skip
    assert {text: stands(INTERVAL.search(text), rows) for text in said} == said
