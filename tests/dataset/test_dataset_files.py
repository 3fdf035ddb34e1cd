"""The command line, and Parquet."""

import json
import sys

import numpy as np
import pytest
from small_datasets import SMALL, assert_equal_datasets

from scaling_down.dataset import load_dataset, make_dataset, noise_free_twin
from scaling_down.dataset.__main__ import main
from scaling_down.dataset.parquet import save_parquet


def test_the_command_makes_what_its_options_say(tmp_path, capsys):
    out = tmp_path / "data.npz"
    main(f"--out {out} --num-samples 30 --seed 3 --padding 10 20 --shuffle-seq".split())
    expected = make_dataset(**SMALL, padding=(10, 20), shuffle_seq=True)
    assert_equal_datasets(load_dataset(out), expected, tolerance=0)
    assert capsys.readouterr().out == f"{out}: 24 + 6 samples of 40 values\n"
    main(f"--out {out} --num-samples 30 --classes 1 7 --label-noise 0.5".split())
    expected = make_dataset(num_samples=30, classes=(1, 7), label_noise=0.5)
    assert_equal_datasets(load_dataset(out), expected, tolerance=0)
    main(f"--out {out} --num-samples 30 --seed 3 --noise-free".split())
    assert_equal_datasets(load_dataset(out), noise_free_twin(**SMALL), tolerance=0)


def test_the_command_without_options_makes_the_published_dataset(tmp_path, default):
    main(["--out", str(tmp_path / "data.npz")])
    assert_equal_datasets(load_dataset(tmp_path / "data.npz"), default, tolerance=0)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ("--out data.pkl", "must end in .npz or .parquet"),
        ("--out data.npz --num-samples 3", "num_samples is 3, but must be"),
        ("--out data.npz --num-sample 30", "unrecognized arguments"),
        ("--out none/data.npz --num-samples 30", "none"),
        ("", "required: --out"),
    ],
)
def test_mistakes_leave_one_line_and_no_file(
    tmp_path, monkeypatch, capsys, options, words
):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit) as left:
        main(options.split())
    assert left.value.code == 2
    assert words in capsys.readouterr().err.splitlines()[-1]
    assert list(tmp_path.iterdir()) == []


def test_parquet_without_pyarrow_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(ModuleNotFoundError, match="pip install pyarrow"):
        save_parquet(tmp_path / "data.parquet", make_dataset(**SMALL))


def test_parquet_has_a_row_for_each_sample(tmp_path):
    parquet = pytest.importorskip("pyarrow.parquet")
    data = make_dataset(**SMALL)
    save_parquet(tmp_path / "data.parquet", data)
    table = parquet.read_table(tmp_path / "data.parquet")
    assert table.column_names == ["split", "y", "x"]
    assert table["split"].to_pylist() == ["train"] * 24 + ["test"] * 6
    assert table["y"].to_pylist() == [*data["y"], *data["y_test"]]
    x = np.array(table["x"].to_pylist())
    np.testing.assert_array_equal(x, np.concatenate([data["x"], data["x_test"]]))
    assert json.loads(table.schema.metadata[b"t"]) == data["t"].tolist()
