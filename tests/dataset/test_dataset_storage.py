"""Files hold the whole dataset, safely; damaged and foreign ones are refused."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_datasets import SMALL, assert_equal_datasets

from scaling_down.dataset import load_dataset, make_dataset, save_dataset


def saved(folder):
    dataset = make_dataset(**SMALL, final_seq_length=10)
    save_dataset(folder / "data.npz", dataset)
    return folder / "data.npz", dataset


def test_saved_dataset_comes_back_and_leaves_one_file(tmp_path):
    path, dataset = saved(tmp_path)
    assert_equal_datasets(load_dataset(str(path)), dataset, tolerance=0)
    assert [entry.name for entry in tmp_path.iterdir()] == ["data.npz"]


def test_saved_file_is_byte_stable(tmp_path):
    path, dataset = saved(tmp_path)
    save_dataset(str(tmp_path / "again"), dataset)
    assert path.read_bytes() == (tmp_path / "again").read_bytes()


def test_failed_save_keeps_the_old_file(tmp_path):
    path, dataset = saved(tmp_path)
    before = path.read_bytes()
    with pytest.raises(ValueError, match="allow_pickle"):
        save_dataset(path, {**dataset, "t": np.array([object()])})
    assert path.read_bytes() == before
    assert [entry.name for entry in tmp_path.iterdir()] == ["data.npz"]


@settings(max_examples=150, deadline=None)
@given(st.floats(0.0, 1.0, exclude_max=True), st.integers(1, 255), st.booleans())
def test_damage_is_refused_or_harmless(tmp_path_factory, place, flip, cut):
    path, dataset = saved(tmp_path_factory.mktemp("damage"))
    content = bytearray(path.read_bytes())
    position = int(place * len(content))
    content[position] ^= flip
    path.write_bytes(content[:position] if cut else content)
    try:
        assert_equal_datasets(load_dataset(path), dataset, tolerance=0)
        assert not cut
    except ValueError as error:
        assert str(path) in str(error)  # noqa: PT017


def test_flipped_number_is_refused(tmp_path):
    path, dataset = saved(tmp_path)
    content = path.read_bytes()
    number = dataset["x"][3, 3].tobytes()
    assert content.count(number) == 1
    path.write_bytes(content.replace(number, number[::-1]))
    with pytest.raises(ValueError, match="damaged or is not a saved dataset"):
        load_dataset(path)


def test_foreign_files_are_refused(tmp_path, default):
    path = tmp_path / "foreign.npz"
    np.savez(path, x=np.zeros(3))
    with pytest.raises(ValueError, match=r"foreign\.npz is damaged or is not"):
        load_dataset(path)
    save_dataset(path, {**default, "y": default["y"][:-1]})
    with pytest.raises(ValueError, match="do not fit together"):
        load_dataset(path)
    path.write_text("x,y\n1,2\n")
    with pytest.raises(ValueError, match=r"foreign\.npz is damaged or is not"):
        load_dataset(path)


def test_missing_file_is_reported_as_missing(tmp_path):
    with pytest.raises(FileNotFoundError):
        load_dataset(tmp_path / "none.npz")
