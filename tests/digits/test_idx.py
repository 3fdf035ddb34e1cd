import gzip

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from scaling_down.digits.idx import parse_idx, read_bytes, write_idx

ARRAYS = arrays(np.uint8, array_shapes(min_dims=1, max_dims=3, min_side=0))


def read(path):
    return parse_idx(read_bytes(path), path)


@given(array=ARRAYS, suffix=st.sampled_from(["", ".gz"]))
def test_what_is_written_is_read_again(tmp_path_factory, array, suffix):
    path = tmp_path_factory.mktemp("idx") / f"digits{suffix}"
    write_idx(path, array)
    again = read(path)
    assert again.dtype == np.uint8
    np.testing.assert_array_equal(again, array)
    assert path.read_bytes().startswith(b"\x1f\x8b") == (suffix == ".gz")


def test_the_format_worked_out_by_hand(tmp_path):
    path = tmp_path / "digits"
    path.write_bytes(bytes([0, 0, 8, 2, 0, 0, 0, 2, 0, 0, 0, 3, 1, 2, 3, 4, 5, 255]))
    np.testing.assert_array_equal(read(path), [[1, 2, 3], [4, 5, 255]])


def test_compression_is_told_by_content_and_equal_digits_are_equal_files(tmp_path):
    array = np.arange(6, dtype=np.uint8)
    for name in ("a.gz", "b.gz"):
        write_idx(tmp_path / name, array)
    packed = (tmp_path / "a.gz").read_bytes()
    assert packed == (tmp_path / "b.gz").read_bytes()
    unmarked = tmp_path / "unmarked"
    unmarked.write_bytes(packed)
    np.testing.assert_array_equal(read(unmarked), array)


GOOD = bytes([0, 0, 8, 1, 0, 0, 0, 2, 7, 9])


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", "wrong magic number"),
        (b"\1" + GOOD[1:], "wrong magic number"),
        (GOOD[:2] + b"\x0d" + GOOD[3:], "wrong magic number"),
        (GOOD[:3] + b"\0" + GOOD[4:], "wrong magic number"),
        (GOOD[:3] + b"\4" + GOOD[4:], "wrong magic number"),
        (GOOD[:6], "truncated in its header"),
        (GOOD[:-1], "1 bytes where the header says 2"),
        (GOOD + b"\0", "3 bytes where the header says 2"),
        (gzip.compress(GOOD, mtime=0)[:-9], "cannot be read"),
        (b"\x1f\x8bno gzip at all", "cannot be read"),
    ],
)
def test_a_bad_file_is_refused_by_name(tmp_path, content, problem):
    path = tmp_path / "damaged"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=f"damaged: {problem}"):
        read(path)


def test_no_file(tmp_path):
    with pytest.raises(ValueError, match="absent: cannot be read"):
        read_bytes(tmp_path / "absent")
