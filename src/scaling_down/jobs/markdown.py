"""The tables of README and docs, written from the committed results."""

import math
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pandas as pd

from scaling_down.claims.pages import filled, head, line
from scaling_down.claims.words import JUDGEMENTS, interval, measured, number, region
from scaling_down.experiments.dataset.published import HUMAN_ACCURACY
from scaling_down.jobs.tables import read_table
from scaling_down.quiz.results import FOLDER, human_accuracy

PAGES = tuple(
    Path(page)
    for page in (
        "README.md", "docs/results.md", "docs/claims.md", "docs/interpolation.md",
    )
)  # fmt: skip
"""The pages that have such tables."""
THRESHOLD = {"sweep": "random", "criterion": "train_loss", "level": 0.1}
"""What the page on interpolation shows: the headline's labels, criterion and level."""
MNIST = Path("mnist/classification/table1.csv")
"""Where `make mnist` leaves Table 1, below the folder of results."""
HUMAN = {
    "plain": (
        f"{HUMAN_ACCURACY} in five quizzes, two of them the same: 400 distinct samples"
    ),
    "shuffled": "no protocol",
}
"""What is to be said of the published human's accuracies."""


def with_tables(text: str, results: Path) -> str:
    """Return a page with its tables written anew from a folder of results.

    Raises ValueError for a table that there is not.
    """
    writers = {
        "table1": _table1,
        "headlines": _headlines,
        "claims": _claims,
        "thresholds": _thresholds,
    }
    return filled(text, {n: partial(write, results) for n, write in writers.items()})


def _table1(results: Path) -> Iterator[str]:
    table = read_table(results / "classification/table1.csv")
    yield from head("model", "positions", "measured", "published")
    is_ours = (table["origin"] == "measured") & (table["data"] != "MNIST")
    for row in table[is_ours].to_dict("records"):
        ours = interval(row["mean"], row["ci_low"], row["ci_high"], 1)
        published = f"{row['published_mean']:.0f} ± {row['published_sd']:.0f}"
        yield line(row["model"], row["data"], ours, published)
    for positions, note in HUMAN.items():
        is_row = (table["model"] == "human") & (table["data"] == positions)
        (row,) = table[is_row].to_dict("records")
        published = f"{row['published_mean']:.0f} ± {row['published_sd']:.0f} ({note})"
        yield line("human", positions, _human(results, positions), published)
    yield from _mnist(results, table)


def _mnist(results: Path, table: pd.DataFrame) -> Iterator[str]:
    """Yield the rows of MNIST: the table's own if they are measured, else those of the
    results on digits if there are any.

    And on how many digits each number is, since what is measured need not be the whole.
    """
    rows, file = table[table["data"] == "MNIST"], results / MNIST
    if not (rows["origin"] == "measured").any() and file.exists():
        with_digits = read_table(file)
        rows = with_digits[with_digits["data"] == "MNIST"]
    for row in rows.to_dict("records"):
        ours = interval(row["mean"], row["ci_low"], row["ci_high"], 1)
        ours += _of_digits(row["train_samples"])
        published = _bound_or_spread(row["published_mean"], row["published_sd"])
        published += _of_digits(row["published_train_samples"])
        yield line(row["model"], row["data"], ours, published)


def _bound_or_spread(mean: float, sd: float) -> str:
    return f"> {mean:.0f}" if math.isnan(sd) else f"{mean:.0f} ± {sd}"


def _of_digits(number: float) -> str:
    return "" if math.isnan(number) else f" ({number:,.0f} digits)"


def _human(results: Path, positions: str) -> str:
    """Return the accuracy of the people who took the quiz.

    It is in no table of the workflow: what people answered follows from no parameter.
    """
    human = human_accuracy(results / FOLDER.name, positions)
    if human is None:
        return "not measured"
    shown = interval(human.mean, human.ci_low, human.ci_high, 1)
    people = "one person" if human.persons == 1 else f"{human.persons} people"
    return f"{shown} ({people}, {human.answers} samples)"


def _headlines(results: Path) -> Iterator[str]:
    """Yield the claims that say most, without what stands behind the judgements."""
    card = read_table(results / "claims/claims.csv")
    yield from head(
        "experiment", "claim", "published", "measured [95 % interval]", "holds if",
        *JUDGEMENTS,
    )  # fmt: skip
    for row in card[card["headline"]].to_dict("records"):
        judged = [row[name] for name in JUDGEMENTS]
        claim = (row["experiment"], row["statement"], row["published"])
        yield line(*claim, measured(row), region(row), *judged)


def _claims(results: Path) -> Iterator[str]:
    """Yield all claims, with what they detect and what is to be said of them."""
    card = read_table(results / "claims/claims.csv")
    yield from head(
        "experiment", "id", "kind", "claim", "published", "measured [95 % interval]",
        "n", "holds if", *JUDGEMENTS, "p (Holm)", "detects", "note",
    )  # fmt: skip
    for row in card.to_dict("records"):
        replicas = None if math.isnan(row["n"]) else int(row["n"])
        yield line(
            row["experiment"], row["id"], row["kind"], row["statement"],
            row["published"], measured(row), replicas, region(row),
            *(row[name] for name in JUDGEMENTS), number(row["p_holm"]),
            number(row["detects"]), row["note"],
        )  # fmt: skip


def _thresholds(results: Path) -> Iterator[str]:
    """Yield where networks begin to interpolate, in each of the units at issue."""
    table = read_table(results / "interpolation_threshold/thresholds.csv")
    shown = table[(table[list(THRESHOLD)] == pd.Series(THRESHOLD)).all(axis="columns")]
    means = shown.pivot_table(
        "mean", ["loss", "n_train", "classes"], "metric", dropna=True
    )
    yield from head("loss", "n", "K", "over n", "over n (K - 1)", "over n log2 K")
    for (loss, samples, classes), row in means.iterrows():
        units = ("over_n", "over_n_k_less_1", "over_bits")
        yield line(
            loss.upper(), f"{samples:,}", classes, *(f"{row[u]:.2f}" for u in units)
        )
