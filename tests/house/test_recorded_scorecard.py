"""The recorded scorecard is what the present code makes of the recorded tables."""

import shutil

import pytest
from click.testing import CliRunner

from scaling_down.__main__ import main
from scaling_down.jobs.tables import read_table, write_table

CARD = "results/claims/claims.csv"


@pytest.fixture
def recorded(repository, tmp_path, monkeypatch):
    """A folder with the committed parameters and tables, and no runs."""
    shutil.copy(repository / "params.yaml", tmp_path)
    ignored = shutil.ignore_patterns("runs", "logs")
    shutil.copytree(repository / "results", tmp_path / "results", ignore=ignored)
    monkeypatch.chdir(tmp_path)


def checked():
    return CliRunner().invoke(main, ["claims", "--check"])


@pytest.mark.usefixtures("recorded")
def test_the_recorded_verdicts_are_those_of_the_tables():
    done = checked()
    assert done.output == ""
    assert done.exit_code == 0


@pytest.mark.usefixtures("recorded")
def test_a_verdict_that_differs_is_named():
    card = read_table(CARD)
    place = card.index[card["direction"] == "holds"][0]
    card.loc[place, "direction"] = "inconclusive"
    write_table(CARD, card)
    done = checked()
    assert done.exit_code == 1
    name = card.loc[place, "id"]
    first, *_ = done.output.splitlines()
    assert first.startswith(f"{name}: recorded inconclusive, ")
    assert "; now holds, " in first
