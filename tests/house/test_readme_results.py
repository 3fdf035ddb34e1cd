"""The tables of the README are those of the committed results."""

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
