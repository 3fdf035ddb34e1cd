import numpy as np
import pandas as pd
import pytest

from scaling_down.jobs.tables import read_table, write_table


@pytest.fixture
def table():
    return pd.DataFrame(
        {
            "model": ["mlp", 'a "quoted", name', "é"],
            "n": [10, 2, 1],
            "mean": [1 / 3, 1e-12, 123456789012.0],
            "sd": [0.5, np.nan, np.nan],
            "good": [True, False, True],
        }
    )


def test_written_bytes(tmp_path, table):
    path = tmp_path / "a/table.csv"
    write_table(path, table)
    assert path.read_bytes().decode() == (
        "model,n,mean,sd,good\n"
        "mlp,10,0.3333333333,0.5,True\n"
        '"a ""quoted"", name",2,1e-12,,False\n'
        "é,1,1.23456789e+11,,True\n"
    )


def test_index_is_not_written(tmp_path, table):
    write_table(tmp_path / "a.csv", table)
    write_table(tmp_path / "b.csv", table.set_index(np.array([3, 4, 5])))
    assert (tmp_path / "a.csv").read_bytes() == (tmp_path / "b.csv").read_bytes()


def test_round_trip(tmp_path, table):
    path = tmp_path / "table.csv"
    write_table(path, table)
    read = read_table(path)
    pd.testing.assert_frame_equal(read, table, rtol=1e-9, atol=0)
    first = path.read_bytes()
    write_table(path, read)
    assert path.read_bytes() == first


def test_failure_leaves_the_old_table(tmp_path, table, monkeypatch):
    path = tmp_path / "table.csv"
    write_table(path, table)
    first = path.read_bytes()

    def half_write(self, path, **options):
        path.write_text("mod")
        raise OSError("disk full")

    monkeypatch.setattr(pd.DataFrame, "to_csv", half_write)
    with pytest.raises(OSError, match="disk full"):
        write_table(path, table)
    assert path.read_bytes() == first
    assert list(tmp_path.iterdir()) == [path]
