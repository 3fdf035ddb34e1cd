"""Tables belong to a key as long as they are those that were written with it."""

import pytest

from scaling_down.workflow.belonging import belongs, write_with_key

KEY, OTHER = "0123456789abcdef", "fedcba9876543210"


@pytest.fixture
def metrics(tmp_path):
    table = tmp_path / "summary.csv"
    table.write_text("x\n1\n")
    file = tmp_path / "metrics.json"
    write_with_key(str(file), {"best": 3}, KEY, [str(table)])
    return file


def test_what_was_written_together_belongs_to_its_key(metrics):
    assert belongs(metrics, KEY)
    assert not belongs(metrics, OTHER)


def test_wherever_it_lies(metrics, tmp_path):
    moved = metrics.parent.rename(tmp_path.parent / f"{tmp_path.name} moved")
    assert belongs(moved / metrics.name, KEY)


@pytest.mark.parametrize("text", ["x\n2\n", "", None])
def test_an_edited_or_missing_table_does_not(metrics, text):
    table = metrics.with_name("summary.csv")
    table.unlink() if text is None else table.write_text(text)
    assert not belongs(metrics, KEY)


@pytest.mark.parametrize("text", ["{", "{}", "[]", f'{{"key": "{KEY}"}}', None])
def test_nor_do_tables_without_metrics(metrics, text):
    metrics.unlink() if text is None else metrics.write_text(text)
    assert not belongs(metrics, KEY)
