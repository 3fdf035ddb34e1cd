import io
import json

import numpy as np
import pytest

from scaling_down.workflow.files import (
    DamagedFile,
    is_whole,
    read_json,
    remove_parts,
    replacing,
    sealed,
    write_json,
    write_text,
)


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_replaces_in_one_step(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("old")
    with replacing(path) as temporary:
        temporary.write_text("new")
        assert temporary.parent == tmp_path
        assert path.read_text() == "old"
    assert path.read_text() == "new"
    assert names(tmp_path) == ["a.txt"]


@pytest.mark.parametrize("failure", [RuntimeError, KeyboardInterrupt, SystemExit])
def test_failure_leaves_the_old_file_and_no_part(tmp_path, failure):
    path = tmp_path / "a.txt"
    path.write_text("old")

    def half_write():
        with replacing(path) as temporary:
            temporary.write_text("ne")
            raise failure

    with pytest.raises(failure):
        half_write()
    assert path.read_text() == "old"
    assert names(tmp_path) == ["a.txt"]


def test_failure_leaves_nothing_where_nothing_was(tmp_path):
    def write_nothing():
        with replacing(tmp_path / "a.txt"):
            raise RuntimeError

    with pytest.raises(RuntimeError):
        write_nothing()
    assert names(tmp_path) == []


def test_makes_folders(tmp_path):
    write_text(tmp_path / "a/b/c.txt", "text")
    assert (tmp_path / "a/b/c.txt").read_text() == "text"


def test_json_round_trip_has_ordered_keys(tmp_path):
    path = tmp_path / "a.json"
    value = {"b": [1, 2.5, None], "a": {"d": "é", "c": True}}
    write_json(path, value)
    assert read_json(path) == value
    first = path.read_bytes()
    write_json(path, {"a": {"c": True, "d": "é"}, "b": [1, 2.5, None]})
    assert path.read_bytes() == first
    assert first.endswith(b"}\n")


def test_json_that_cannot_be_written_leaves_the_old_file(tmp_path):
    path = tmp_path / "a.json"
    write_json(path, 1)
    with pytest.raises(TypeError):
        write_json(path, object())
    assert json.loads(path.read_text()) == 1
    assert names(tmp_path) == ["a.json"]


@pytest.mark.parametrize("content", [b"", b"{", b'{"a": 1', b"\xff\xfe"])
def test_damaged_json_is_refused_by_name(tmp_path, content):
    path = tmp_path / "a.json"
    path.write_bytes(content)
    with pytest.raises(DamagedFile, match=r"a\.json: damaged"):
        read_json(path)


def test_missing_json_is_no_damaged_one(tmp_path):
    with pytest.raises(FileNotFoundError):
        read_json(tmp_path / "a.json")


def test_only_parts_are_removed(tmp_path):
    left = {".hidden", "a.npz", "a.part", "b.json"}
    for name in (*left, ".a.npz.123.part", ".b.json.9.part"):
        (tmp_path / name).touch()
    remove_parts([tmp_path, tmp_path / "absent"])
    assert set(names(tmp_path)) == left


def test_parts_are_what_replacing_leaves_behind(tmp_path):
    with replacing(tmp_path / "a.npz") as temporary:
        temporary.touch()
        remove_parts([tmp_path])
        assert names(tmp_path) == []
        temporary.touch()


@pytest.fixture
def archive(tmp_path):
    """A sealed archive."""
    content = io.BytesIO()
    np.savez_compressed(content, x=np.arange(100))
    path = tmp_path / "a.npz"
    path.write_bytes(sealed(content.getvalue()))
    return path


def test_a_sealed_archive_is_whole_and_can_be_read(archive, tmp_path):
    assert is_whole(archive)
    with np.load(archive) as arrays:
        assert np.array_equal(arrays["x"], np.arange(100))
    assert not is_whole(tmp_path / "absent.npz")
    assert not is_whole(tmp_path)


def test_no_bit_of_an_archive_may_change(archive):
    content = archive.read_bytes()
    for place in range(len(content)):
        changed = bytearray(content)
        changed[place] ^= 1 << place % 8
        archive.write_bytes(changed)
        assert not is_whole(archive), place
    archive.write_bytes(content + b"\0")
    assert not is_whole(archive)


def test_no_byte_of_an_archive_may_be_missing(archive):
    content = archive.read_bytes()
    for size in range(len(content)):
        archive.write_bytes(content[:size])
        assert not is_whole(archive), size
