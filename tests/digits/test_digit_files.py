import numpy as np
import pytest
from few_digits import SIDE, TEST, TRAIN, write_few_digits

from scaling_down.digits.files import NAMES, find_files, read_digits
from scaling_down.digits.idx import write_idx


def array(*shape, value=0):
    return np.full(shape, value, dtype=np.uint8)


def test_digits_are_the_same_compressed_or_not(tmp_path):
    plain, packed = (
        read_digits(find_files(write_few_digits(tmp_path / f"digits{s}", s)))
        for s in ("", ".gz")
    )
    assert [x.shape for x in plain.images] == [(n, SIDE, SIDE) for n in (TRAIN, TEST)]
    assert [y.shape for y in plain.labels] == [(TRAIN,), (TEST,)]
    for one, other in zip(plain.images, packed.images, strict=True):
        np.testing.assert_array_equal(one, other)
    assert plain.sha256 == packed.sha256
    assert set(plain.sha256) == set(NAMES)
    assert len(set(plain.sha256.values())) == len(NAMES)


@pytest.mark.parametrize("name", NAMES.values())
def test_a_missing_file_is_named_with_how_to_get_it(tmp_path, name):
    folder = write_few_digits(tmp_path / "digits")
    (folder / name).unlink()
    with pytest.raises(ValueError, match=rf"{name}: no such file, .*`make mnist`"):
        find_files(folder)


@pytest.mark.parametrize(
    ("key", "replacement", "problem"),
    [
        ("train_labels", array(TRAIN - 1), f"{TRAIN - 1} labels for {TRAIN} images"),
        ("test_labels", array(TEST + 1), f"{TEST + 1} labels for {TEST} images"),
        ("test_labels", array(TEST, 1), f"{TEST} labels for {TEST} images"),
        ("train_labels", array(TRAIN, value=10), "a label 10"),
        ("train_images", array(TRAIN), "no images"),
        ("train_images", array(0, SIDE, SIDE), "no images"),
        ("test_images", array(TEST, SIDE, SIDE + 1), r"images of \(12, 13\) pixels"),
    ],
)
def test_files_that_do_not_fit_are_named(tmp_path, key, replacement, problem):
    folder = write_few_digits(tmp_path / "digits")
    write_idx(folder / NAMES[key], replacement)
    with pytest.raises(ValueError, match=f"{NAMES[key]}: {problem}"):
        read_digits(find_files(folder))
