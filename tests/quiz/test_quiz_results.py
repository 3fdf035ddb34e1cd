"""The page's samples, the files that it saves, and what the README says of them."""

import json
import re

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner
from scipy.stats import binomtest

from scaling_down.__main__ import main
from scaling_down.dataset import make_dataset
from scaling_down.jobs.markdown import _human
from scaling_down.quiz.page import quiz_page
from scaling_down.quiz.results import (
    COLUMNS,
    add_result,
    human_accuracy,
    read_answers,
)


def write(path, default, wrong=0, items=range(10), **columns):
    """Write a result in which the first answers are wrong."""
    digits = default["y_test"][list(items)]
    answers = (digits + (np.arange(len(digits)) < wrong)) % 10
    values = {"person": "a", "positions": "plain", "item": list(items)}
    values |= {"digit": digits, "answer": answers, "time": "2026-01-01T00:00:00Z"}
    pd.DataFrame({**values, **columns}).to_csv(path, index=False)
    return path


def test_the_page_has_test_samples_that_differ_between_the_quizzes(default):
    page = quiz_page(seed=3, count=30)
    (text,) = re.findall(r"const QUIZ = (\{.*\});\n", page)
    parts = json.loads(text)["parts"]
    shuffled = make_dataset(shuffle_seq=True)
    seen = []
    for positions, data in (("plain", default), ("shuffled", shuffled)):
        for part, suffix in (("quiz", "_test"), ("practice", "")):
            samples = parts[positions][part]
            assert len(samples) == 30
            for sample in samples:
                row = sample["item"]
                assert sample["digit"] == data[f"y{suffix}"][row]
                np.testing.assert_allclose(
                    sample["x"], data[f"x{suffix}"][row], atol=5e-4
                )
                np.testing.assert_allclose(sample["t"], data["t"], atol=5e-4)
        seen.append({sample["item"] for sample in parts[positions]["quiz"]})
    assert not seen[0] & seen[1]
    assert quiz_page(seed=3, count=30) == page != quiz_page(seed=4, count=30)


def test_every_stroke_fits_into_its_picture(default):
    assert np.abs(default["t"]).max() < 6
    x = np.concatenate([default["x"], default["x_test"]])
    assert np.abs(x).max() < 5.7


@pytest.mark.parametrize("count", [0, 5, 15, 510])
def test_a_quiz_is_some_tens(count):
    with pytest.raises(ValueError, match="multiple of 10"):
        quiz_page(seed=0, count=count)


def test_one_person_has_wilson_s_interval_over_samples(tmp_path, default):
    write(tmp_path / "a.csv", default, wrong=2)
    write(tmp_path / "b.csv", default, wrong=5, positions="shuffled")
    accuracy = human_accuracy(tmp_path, "plain")
    wilson = binomtest(8, 10).proportion_ci(method="wilson")
    assert accuracy == (80, 100 * wilson.low, 100 * wilson.high, 1, 10)
    assert human_accuracy(tmp_path, "shuffled").mean == 50


def test_several_people_have_an_interval_over_people(tmp_path, default):
    for person, wrong in (("a", 1), ("b", 3)):
        write(tmp_path / f"{person}.csv", default, wrong, person=person)
    accuracy = human_accuracy(tmp_path, "plain")
    assert (accuracy.mean, accuracy.persons, accuracy.answers) == (80, 2, 20)
    # Student's t of one degree of freedom, 12.706, times the standard error, 10.
    assert accuracy.ci_high - accuracy.mean == pytest.approx(127.06, abs=0.01)


def test_the_first_answer_counts(tmp_path, default):
    write(tmp_path / "a.csv", default, wrong=0, time="2026-01-02T00:00:00Z")
    write(tmp_path / "b.csv", default, wrong=4, time="2026-01-01T00:00:00Z")
    assert human_accuracy(tmp_path, "plain")[0] == 60
    assert human_accuracy(tmp_path, "plain").answers == 10


def test_a_result_is_kept_once_under_the_name_of_its_content(tmp_path, default):
    file = write(tmp_path / "saved.csv", default)
    kept = [add_result(file, tmp_path / "human") for _ in range(2)]
    assert kept[0] == kept[1]
    assert list((tmp_path / "human").iterdir()) == kept[:1]
    assert kept[0].read_bytes() == file.read_bytes()


@pytest.mark.parametrize(
    ("columns", "words"),
    [
        ({"answer": 10}, "answer must be integers from 0 to 9"),
        ({"answer": "x"}, "answer must be integers"),
        ({"digit": 0}, "a digit is not that of the test sample"),
        ({"item": 1000}, "item must be integers from 0 to 999"),
        ({"positions": "flipped"}, "plain and shuffled"),
        ({"positions": ["plain"] * 5 + ["shuffled"] * 5}, "plain and shuffled"),
        ({"item": 0, "digit": 2}, "answered twice"),
        ({"more": 1}, "it needs the columns person"),
        ({"person": ""}, "all filled"),
        ({"time": ""}, "all filled"),
    ],
)
def test_what_the_page_did_not_save_is_refused(tmp_path, default, columns, words):
    file = write(tmp_path / "bad.csv", default, **columns)
    with pytest.raises(ValueError, match=rf"bad\.csv is no result .*{words}"):
        add_result(file, tmp_path / "human")
    assert not (tmp_path / "human").exists()


@pytest.mark.parametrize(
    "content", [b"", b"\xff\xfe\x00", b"a,b\n1\n1,2,3\n", b"person\n"]
)
def test_foreign_files_are_refused(tmp_path, content):
    (tmp_path / "bad.csv").write_bytes(content)
    with pytest.raises(ValueError, match="is no result of the quiz"):
        read_answers(tmp_path / "bad.csv")


def test_the_table_says_how_many_stand_behind_it(tmp_path, default):
    assert _human(tmp_path, "plain") == "not measured"
    (tmp_path / "human").mkdir()
    write(tmp_path / "human/a.csv", default, wrong=2)
    assert _human(tmp_path, "plain") == "80.0 [49.0, 94.3] (one person, 10 samples)"
    write(tmp_path / "human/b.csv", default, wrong=2, person="b", items=range(20))
    assert _human(tmp_path, "plain").endswith("(2 people, 30 samples)")


def test_the_command_writes_the_page_and_keeps_a_result(tmp_path, monkeypatch, default):
    monkeypatch.chdir(tmp_path)
    call = CliRunner().invoke
    assert call(main, ["quiz", "--seed", "3"]).exit_code == 0
    assert (tmp_path / "quiz.html").read_text() == quiz_page(seed=3)
    write(tmp_path / "saved.csv", default)
    added = call(main, ["quiz", "--add", "saved.csv"])
    assert added.exit_code == 0
    assert "make readme" in added.output
    assert len(list((tmp_path / "results/human").iterdir())) == 1
    assert call(main, ["quiz", "--add", "quiz.html"]).exit_code == 1
    assert call(main, ["quiz", "--add", "none.csv"]).exit_code == 1
    assert list(read_answers(tmp_path / "saved.csv")) == COLUMNS
