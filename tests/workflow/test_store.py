import io
import zipfile

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scaling_down.workflow.files import DamagedFile, sealed
from scaling_down.workflow.store import (
    finished_replicas,
    load_run,
    save_run,
    what_is,
)

KEY = "0123456789abcdef"
OTHER = "fedcba9876543210"
ARRAYS = {
    "loss": np.array([[0.5, 0.25], [1.5, -0.0], [2.5, 1e-300]]),
    "step": np.array([[0, 10], [0, 11], [0, 12]]),
    "mask": np.array([True, False, True]),
    "single": np.float32([1, 2, 3]),
    "name": np.array(["a", "bb", "é"]),
}


def run_file(folder, replicas="-r04-06", key=KEY, cell="cnn-plain"):
    return folder / f"{cell}{replicas}-{key}.npz"


def assert_equal(first, second):
    assert first.keys() == second.keys()
    for name, array in first.items():
        assert array.dtype == second[name].dtype
        np.testing.assert_array_equal(array, second[name])


@pytest.fixture
def path(tmp_path):
    path = run_file(tmp_path)
    save_run(path, ARRAYS, KEY, [4, 5, 6])
    return path


def test_round_trip(path):
    assert_equal(load_run(path), ARRAYS)
    assert_equal(load_run(path, [4, 5, 6]), ARRAYS)


def test_a_run_says_what_it_is(path):
    assert what_is(path) == {}
    what = {"settings": {"steps": 3}, "seed": 0, "revision": "0123456789ab"}
    save_run(path, ARRAYS, KEY, [4, 5, 6], what=what)
    assert what_is(path) == what
    assert_equal(load_run(path), ARRAYS)


@pytest.mark.parametrize("replicas", [[5], [6, 4], [6, 5, 4]])
def test_rows_are_selected_by_replica_in_order(path, replicas):
    rows = [[4, 5, 6].index(replica) for replica in replicas]
    expected = {name: array[rows] for name, array in ARRAYS.items()}
    assert_equal(load_run(path, replicas), expected)


def test_missing_replicas_are_named(path):
    with pytest.raises(DamagedFile, match=r"lacks the replicas \[3, 7\]"):
        load_run(path, [3, 4, 7])


def test_run_without_replicas_is_whole_for_all(tmp_path):
    path = run_file(tmp_path, replicas="")
    arrays = {"x": np.arange(6.0).reshape(2, 3), "scalar": np.array(3)}
    save_run(path, arrays, KEY, [])
    assert_equal(load_run(path), arrays)
    assert_equal(load_run(path, [0, 1]), arrays)


def test_equal_runs_are_equal_bytes(path, tmp_path, monkeypatch):
    monkeypatch.setattr("time.time", lambda: 1e9)
    other = run_file(tmp_path / "later")
    save_run(other, ARRAYS, KEY, (4, 5, 6))
    assert other.read_bytes() == path.read_bytes()


def test_file_holds_arrays_only(path):
    with zipfile.ZipFile(path) as archive:
        assert {i.date_time[0] for i in archive.infolist()} == {1980}
    with np.load(path, allow_pickle=False) as archive:
        assert set(archive) == {*ARRAYS, "key", "origins", "what", "replicas"}


@pytest.mark.parametrize(
    ("array", "message"),
    [
        (np.array([1.0, np.nan, 2.0]), "bad: not finite"),
        (np.float32([1, np.inf, 2]), "bad: not finite"),
        (np.zeros(2), r"bad: shape \(2,\), but 3 replicas"),
        (np.array(1.0), r"bad: shape \(\), but 3 replicas"),
        (np.array([None, {}, 1]), "bad: data type object"),
    ],
)
def test_bad_arrays_are_not_saved(tmp_path, array, message):
    path = run_file(tmp_path)
    with pytest.raises(ValueError, match=message):
        save_run(path, {**ARRAYS, "bad": array}, KEY, [4, 5, 6])
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("members", "message"),
    [
        ({"key": OTHER}, f"holds another run, of key {OTHER}"),
        ({"key": ""}, "holds another run, of key unknown"),
        ({"x": [1.0, np.nan]}, "x: not finite"),
        ({"x": np.zeros(2, complex)}, "x: data type complex128"),
        ({"x": np.zeros(2, "M8[s]")}, r"x: data type datetime64"),
        ({"x": np.zeros(3)}, r"x: shape \(3,\)"),
        ({"x": np.array([None, 1])}, "not a run file"),
    ],
)
def test_foreign_content_is_refused(tmp_path, members, message):
    path = run_file(tmp_path, replicas="-r00-01")
    good = {"key": KEY, "replicas": np.arange(2), "x": np.zeros(2)}
    np.savez(path, **good)
    seal(path)
    load_run(path)
    np.savez(path, **{**good, **members})
    seal(path)
    with pytest.raises(DamagedFile, match=message) as refusal:
        load_run(path)
    assert str(refusal.value).startswith(f"{path}: ")


def test_files_without_identity_are_refused(tmp_path):
    path = run_file(tmp_path)
    np.savez(path, x=np.zeros(3))
    seal(path)
    with pytest.raises(DamagedFile, match="of key unknown"):
        load_run(path)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("key.npy", npy(KEY))
        archive.writestr("notes.txt", "text")
    seal(path)
    with pytest.raises(DamagedFile, match="data type None"):
        load_run(path)


def seal(path):
    """Make a file one that nobody has damaged."""
    path.write_bytes(sealed(path.read_bytes()))


def npy(value):
    buffer = io.BytesIO()
    np.save(buffer, np.array(value))
    return buffer.getvalue()


def test_file_under_another_name_is_refused(path):
    other = path.rename(run_file(path.parent, key=OTHER))
    with pytest.raises(DamagedFile, match=f"holds another run, of key {KEY}"):
        load_run(other)


@pytest.mark.parametrize("content", [b"", b"text", b"\x93NUMPY\x01\0"])
def test_no_npz_at_all(path, content):
    path.write_bytes(content)
    with pytest.raises(DamagedFile, match="damaged; remove it"):
        load_run(path)


def test_truncation_is_refused(path):
    content = path.read_bytes()
    for size in range(0, len(content), 5):
        path.write_bytes(content[:size])
        with pytest.raises(DamagedFile):
            load_run(path)


def test_parts_glued_together_are_refused_or_identical(path):
    content = path.read_bytes()
    assert_unchanged_or_refused(path, content + content[:40])
    assert_unchanged_or_refused(path, content[:100] + content)


def assert_unchanged_or_refused(path, content, expected=ARRAYS):
    path.write_bytes(content)
    try:
        arrays = load_run(path, [4, 5, 6])
    except DamagedFile:
        return
    assert_equal(arrays, expected)


def test_every_flipped_byte_is_refused_or_harmless(path):
    arrays = {"step": ARRAYS["step"]}
    save_run(path, arrays, KEY, [4, 5, 6])
    content = path.read_bytes()
    for place, byte in enumerate(content):
        flipped = content[:place] + bytes([byte ^ 129]) + content[place + 1 :]
        assert_unchanged_or_refused(path, flipped, arrays)


@given(data=st.data())
def test_any_replaced_byte_is_refused_or_harmless(tmp_path_factory, data):
    path = run_file(tmp_path_factory.mktemp("run"))
    save_run(path, ARRAYS, KEY, [4, 5, 6])
    content = bytearray(path.read_bytes())
    place = data.draw(st.integers(0, len(content) - 1))
    content[place] = data.draw(st.integers(0, 255))
    assert_unchanged_or_refused(path, bytes(content))


def saved(folder, first, last, key=KEY, cell="cnn-plain"):
    path = run_file(folder, f"-r{first:02d}-{last:02d}", key, cell)
    replicas = range(first, last + 1)
    save_run(path, {"x": np.array(replicas) * 1.0}, key, replicas)
    return path


def test_finished_replicas_are_found_in_other_chunks(tmp_path):
    first, second = saved(tmp_path, 0, 1), saved(tmp_path, 100, 102)
    wanted = run_file(tmp_path, "-r00-04")
    expected = {0: first, 1: first, 100: second, 101: second, 102: second}
    assert finished_replicas(wanted, KEY) == expected


def test_finished_replicas_are_of_the_same_key(tmp_path):
    saved(tmp_path, 0, 1, OTHER)
    save_run(run_file(tmp_path, ""), {}, KEY, [])
    assert finished_replicas(run_file(tmp_path, "-r00-04"), KEY) == {}


def test_finished_replicas_are_not_in_the_file_itself(tmp_path):
    assert finished_replicas(saved(tmp_path, 0, 4), KEY) == {}


def test_finished_replicas_are_not_in_damaged_files(tmp_path):
    damaged, whole = saved(tmp_path, 0, 1), saved(tmp_path, 2, 3)
    damaged.write_bytes(damaged.read_bytes()[:-10])
    (tmp_path / f".{whole.name}.77.part").write_bytes(whole.read_bytes())
    found = finished_replicas(run_file(tmp_path, "-r00-04"), KEY)
    assert found == {2: whole, 3: whole}


def test_no_folder_no_finished_replicas(tmp_path):
    assert finished_replicas(run_file(tmp_path / "absent"), KEY) == {}


@pytest.mark.parametrize("name", ["key", "replicas", "origins", "what"])
def test_no_array_takes_the_place_of_what_a_run_is(tmp_path, name):
    with pytest.raises(ValueError, match=f"^{name}: the name says what a run is"):
        save_run(tmp_path / f"x-{KEY}.npz", {name: np.zeros(2)}, KEY, (0, 1))
    assert not list(tmp_path.iterdir())
