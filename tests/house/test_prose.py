"""The sentences on results say what their tables say."""

import re

import pytest

from scaling_down.jobs.tables import read_table

PAGES = ("README.md", "docs/results.md")
ROW = re.compile(r"`([a-z0-9]+(?:-[a-z0-9]+)+)`")
INTERVAL = re.compile(r"\[(-?\d+\.?(\d*)),\s(-?\d+\.?\d*)\]")
TABLE = re.compile(r"<!-- table: .*?<!-- end -->", re.DOTALL)


@pytest.fixture(scope="module")
def scorecard(repository):
    return read_table(repository / "results/claims/claims.csv")


def sections(repository):
    """Yield heading and text of each section on an experiment, without its tables."""
    text = TABLE.sub("", (repository / "docs/results.md").read_text())
    for section in text.split("\n## ")[1:]:
        yield section.split("\n", 1)


def experiment(text, scorecard):
    """Return the experiment whose figures a section shows."""
    figure = re.search(r"figures/(\w+)\.png", text)[1]
    return max(
        (name for name in set(scorecard["experiment"]) if figure.startswith(name)),
        key=len,
    )


def intervals(folder, scorecard):
    """Return the ends of the intervals in an experiment's tables, curves apart."""
    tables = [scorecard[scorecard["experiment"] == folder.name]] + [
        read_table(file)
        for file in folder.glob("*.csv")
        if file.stem not in ("curves", "plot")
    ]
    return [
        tuple(pair)
        for table in tables
        for low in table.columns
        if low.endswith("ci_low")
        for pair in table[[low, low.replace("ci_low", "ci_high")]].to_numpy(float)
    ]


def stands(low, high, digits, known):
    """Tell whether an interval is among those known, as printed, up to its sign."""
    printed = {(low, high), (-high, -low)}
    return any((round(a, digits), round(b, digits)) in printed for a, b in known)


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
        assert "\nRows: `" in text or "being trained" in text, heading


def test_each_interval_in_a_sentence_stands_in_a_table(repository, scorecard):
    found = 0
    for heading, text in sections(repository):
        folder = repository / "results" / experiment(text, scorecard)
        known = intervals(folder, scorecard)
        for match in INTERVAL.finditer(text):
            low, decimals, high = match.groups()
            assert stands(float(low), float(high), len(decimals), known), (
                f"{heading}: no table has {match[0]}"
            )
            found += 1
    assert found > 20


def test_an_interval_that_no_table_has_is_seen():
    known = [(1.24, 2.96), (-3.5, -1.5)]
    assert stands(1.2, 3.0, 1, known)
    assert stands(1.5, 3.5, 1, known)
    assert not stands(1.2, 3.1, 1, known)
