"""What people answered: files of the quiz, checked and kept, and their accuracies."""

import hashlib
import shutil
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd
from scipy.stats import binomtest

from scaling_down.dataset import make_dataset
from scaling_down.quiz.page import POSITIONS
from scaling_down.statistics.intervals import CONFIDENCE, mean_interval

COLUMNS = ["person", "positions", "item", "digit", "answer", "time"]
FOLDER = Path("results/human")
"""The files that are kept, by git: what Table 1 of the docs shows."""
PER_CENT = 100


class Accuracy(NamedTuple):
    """An accuracy in per cent, its 95 % interval, and how much stands behind it."""

    mean: float
    ci_low: float
    ci_high: float
    persons: int
    answers: int


def read_answers(file: Path) -> pd.DataFrame:
    """Return the rows of one file that the quiz's page saved.

    Raises:
        ValueError: it is no such file, or a digit is not that of the test sample.
        OSError: it cannot be opened.
    """
    try:
        rows = pd.read_csv(file, dtype={"person": str}, keep_default_na=False)
    except (UnicodeDecodeError, pd.errors.ParserError, pd.errors.EmptyDataError) as bad:
        raise ValueError(f"{file} is no result of the quiz: {bad}") from bad
    if problem := _problem(rows):
        raise ValueError(f"{file} is no result of the quiz: {problem}")
    return rows


def add_result(file: Path, folder: Path) -> Path:
    """Copy a file of the quiz to the folder, named by its content; return the copy.

    Raises:
        ValueError, OSError: as `read_answers`; nothing is copied then.
    """
    (positions,) = read_answers(file)["positions"].unique()
    key = hashlib.sha256(file.read_bytes()).hexdigest()[:8]
    kept = folder / f"{positions}-{key}.csv"
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(file, kept)
    return kept


def human_accuracy(folder: Path, positions: str) -> Accuracy | None:
    """Return the accuracy over all files of a folder; None where there is none.

    Of a sample that a person has met twice the first answer counts. With one person
    the interval is Wilson's over the answers, so that it speaks of that person alone;
    with more it is Student's over the persons.

    Raises:
        ValueError: a file is no result of the quiz.
    """
    files = sorted(folder.glob("*.csv"))
    rows = pd.concat([pd.DataFrame(columns=COLUMNS), *map(read_answers, files)])
    rows = rows[rows["positions"] == positions].sort_values("time", kind="stable")
    rows = rows.drop_duplicates(["person", "item"])
    if rows.empty:
        return None
    is_right = (rows["digit"] == rows["answer"]).astype(float)
    by_person = PER_CENT * is_right.groupby(rows["person"]).mean()
    return Accuracy(
        float(by_person.mean()),
        *_interval(is_right, by_person),
        len(by_person),
        len(rows),
    )


def _interval(is_right: pd.Series, by_person: pd.Series) -> tuple[float, float]:
    if len(by_person) > 1:
        student = mean_interval(by_person.to_numpy())
        return float(student["ci_low"]), float(student["ci_high"])
    wilson = binomtest(int(is_right.sum()), len(is_right)).proportion_ci(
        CONFIDENCE, method="wilson"
    )
    return PER_CENT * wilson.low, PER_CENT * wilson.high


def _problem(rows: pd.DataFrame) -> str:
    """Return what is wrong with the rows of a file, or nothing."""
    if list(rows) != COLUMNS or rows.empty or (rows == "").any(axis=None):
        return f"it needs the columns {', '.join(COLUMNS)}, all filled"
    if len(rows["positions"].unique()) > 1 or rows["positions"][0] not in POSITIONS:
        return f"positions must be one of {' and '.join(POSITIONS)}"
    labels = make_dataset()["y_test"]
    for name, largest in (("item", len(labels) - 1), ("digit", 9), ("answer", 9)):
        if not _within(rows[name], largest):
            return f"{name} must be integers from 0 to {largest}"
    if rows.duplicated(["person", "item"]).any():
        return "a sample is answered twice"
    if (labels[rows["item"]] != rows["digit"]).any():
        return "a digit is not that of the test sample"
    return ""


def _within(values: Any, largest: int) -> bool:
    return pd.api.types.is_integer_dtype(values) and values.between(0, largest).all()
