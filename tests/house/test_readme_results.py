"""The tables of the README are those of the committed results."""

import shutil

import pytest
from click.testing import CliRunner

from scaling_down.__main__ import main
from scaling_down.claims.pages import PLACE
from scaling_down.jobs.markdown import PAGES, with_tables


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
    table = tmp_path / "classification/table1.csv"
    constant, ours = "published constant,0,,,,,", "measured,5,98,0.1,97.9,98.1,"
    text = table.read_text().replace(f"cnn,MNIST,{constant}", f"cnn,MNIST,{ours}")
    table.write_text(text)
    measured = "| cnn | MNIST | 98.0 [97.9, 98.1] | > 99 (60,000 digits) |"
    assert [row for row in mnist_rows(tmp_path) if "| cnn |" in row] == [measured]


def test_a_check_names_the_stale_pages_and_writes_nothing(
    repository, tmp_path, monkeypatch
):
    for page in PAGES:
        copy = tmp_path / page
        copy.parent.mkdir(exist_ok=True)
        shutil.copy(repository / page, copy)
    (tmp_path / "results").symlink_to(repository / "results")
    monkeypatch.chdir(tmp_path)
    assert CliRunner().invoke(main, ["readme", "--check"]).exit_code == 0
    card = tmp_path / "docs/claims.md"
    stale = card.read_text().replace("| holds |", "| hold |")
    card.write_text(stale)
    checked = CliRunner().invoke(main, ["readme", "--check"])
    assert checked.output == "stale: docs/claims.md: run `make readme`\n"
    assert card.read_text() == stale
    assert CliRunner().invoke(main, ["readme"]).exit_code == 0
    assert card.read_text() == (repository / "docs/claims.md").read_text()
