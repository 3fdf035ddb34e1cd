"""The tables of the README are those of the committed results."""

import shutil

import pytest

from scaling_down.jobs.markdown import PAGES, PLACE, with_tables


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_the_pages_are_up_to_date(repository, fix, page):
    path = repository / page
    written = with_tables(path.read_text(), repository / "results")
    if fix:
        path.write_text(written)
    assert path.read_text() == written, "stale: run `make readme`"
    tables = [place[0] for place in PLACE.finditer(written)]
    assert tables
    assert all("\n|---|" in table for table in tables)


def test_a_table_is_written_between_its_marks(repository):
    page = "before\n<!-- table: table1 -->\nold\n<!-- end -->\nafter"
    written = with_tables(page, repository / "results")
    assert written.startswith("before\n<!-- table: table1 -->\n| model | positions |")
    assert written.endswith("|\n<!-- end -->\nafter")
    assert "old" not in written


def test_a_table_that_there_is_not_is_named(repository):
    page = "<!-- table: absent -->\n<!-- end -->"
    with pytest.raises(ValueError, match="no table 'absent'"):
        with_tables(page, repository / "results")


def mnist_rows(results):
    written = with_tables("<!-- table: table1 -->\n<!-- end -->", results)
    return [line for line in written.splitlines() if "| MNIST |" in line]


def test_rows_of_mnist_are_those_of_its_own_results(repository, tmp_path):
    """Without such results they are the published ones."""
    committed = mnist_rows(repository / "results")
    assert committed[0].startswith("| logistic | MNIST | ")
    assert committed[0].endswith("(8,000 digits) | 94 ± 0.5 (60,000 digits) |")
    shutil.copytree(
        repository / "results/classification", tmp_path / "classification",
        ignore=shutil.ignore_patterns("runs", "logs"),
    )  # fmt: skip
    published = "| cnn | MNIST | not measured | > 99 (60,000 digits) |"
    assert published in mnist_rows(tmp_path)
