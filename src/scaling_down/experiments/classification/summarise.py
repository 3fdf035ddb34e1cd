"""Accuracies in per cent: at the end, at their best, along the way, compared."""

from collections.abc import Iterator, Mapping
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd

from scaling_down.dataset.settings import NUM_CLASSES, DatasetSettings
from scaling_down.experiments.classification.published import SAMPLES, TABLE_1
from scaling_down.experiments.classification.settings import (
    DigitTraining,
    Study,
    Training,
)
from scaling_down.experiments.contract import Result, Results
from scaling_down.experiments.dataset.digits import MNIST
from scaling_down.statistics.intervals import COLUMNS, mean_interval, paired_interval
from scaling_down.statistics.rows import curve_rows, summary_row

PER_CENT = 100
HARD_DIGITS = [2, 7]
"""Those on which the paper's CNN and its human err most."""
COMPARED = ("test_accuracy_final", "test_accuracy_population")
Values = dict[tuple[str, ...], dict[str, np.ndarray]]
Trained = Result[Training] | Result[DigitTraining]
CONDITION = ("model", "positions", "training_sets")


def summarise(
    study: Study, results: Results
) -> tuple[dict[str, pd.DataFrame], dict[str, Any]]:
    """Return the tables and the headline numbers of the benchmark."""
    final: Values = {}
    samples: dict[str, tuple[int, int]] = {}
    rows, curves = [], []
    errors: list[dict[str, Any]] = []
    trained: list[Trained] = [*results.of(Training), *results.of(DigitTraining)]
    for result in trained:
        condition = _condition(result)
        metrics = final_metrics(result)
        rows += [summary_row(condition, n, v) for n, v in metrics.items()]
        curves += _curves(condition, result)
        errors += _errors(condition, result)
        final[tuple(condition.values())] = metrics
        samples[condition["training_sets"]] = sample_numbers(result)
    summary = pd.DataFrame(rows)
    tables = {
        "summary": summary,
        "comparisons": _comparisons(final),
        "curves": pd.concat(curves),
        "errors": pd.DataFrame(
            errors, columns=[*CONDITION, "digit", "metric", *COLUMNS]
        ),
        "table1": _table1(final, samples),
        "plot": _plot(trained),
    }
    return tables, _metrics(summary)


def _condition(result: Trained) -> dict[str, str]:
    settings = result.settings
    if isinstance(settings, DigitTraining):
        values = (settings.model, "plain", MNIST)
    else:
        values = (settings.model, settings.positions, settings.training_sets)
    return dict(zip(CONDITION, values, strict=True))


def sample_numbers(result: Trained) -> tuple[int, int]:
    """Return how many samples a network is trained and tested on."""
    settings = result.settings
    if isinstance(settings, DigitTraining):
        return settings.digits.train_samples, settings.digits.test_samples
    made = DatasetSettings(**settings.dataset.arguments())
    return made.num_train, NUM_CLASSES * made.samples_per_class - made.num_train


def final_metrics(result: Trained) -> dict[str, np.ndarray]:
    """Return each replica's numbers, [n], accuracies in per cent.

    `test_accuracy_best` is the best over the evaluations, chosen on the test set
    itself: an optimistic number, given since the paper seems to print it.
    `test_accuracy_population` is the final one on fresh samples, and the excess error
    by how much the error on the digits 2 and 7 exceeds that on all, there; MNIST has
    no fresh samples.
    """
    arrays = result.arrays
    return {
        "test_accuracy_final": PER_CENT * arrays["test_accuracy"][:, -1],
        "test_accuracy_best": PER_CENT * arrays["test_accuracy"].max(axis=1),
        **_on_fresh_samples(result),
        "train_accuracy_final": PER_CENT * arrays["train_accuracy"][:, -1],
        "test_loss_final": arrays["test_loss"][:, -1],
        "train_loss_final": arrays["train_loss"][:, -1],
    }


def _on_fresh_samples(result: Trained) -> dict[str, np.ndarray]:
    if isinstance(result.settings, DigitTraining):
        return {}
    overall = result.arrays["test_accuracy_population"]
    by_class = result.arrays["class_accuracy_population"]
    on_both = by_class[:, HARD_DIGITS].mean(axis=1)
    return {
        "test_accuracy_population": PER_CENT * overall,
        "excess_error_on_2_and_7": PER_CENT * (overall - on_both),
    }


def _curves(condition: Mapping[str, str], result: Trained) -> list[pd.DataFrame]:
    x = {"step": result.arrays["step"][0]}
    return [
        curve_rows(condition, metric, x, factor * result.arrays[metric])
        for metric, factor in (
            ("test_accuracy", PER_CENT), ("train_accuracy", PER_CENT),
            ("test_loss", 1), ("train_loss", 1),
        )
    ]  # fmt: skip


def _errors(condition: Mapping[str, str], result: Trained) -> Iterator[dict[str, Any]]:
    """Yield the errors by digit on fresh samples, in per cent."""
    if isinstance(result.settings, DigitTraining):
        return
    accuracies = result.arrays["class_accuracy_population"]
    for digit, accuracy in enumerate(accuracies.T):
        columns = {**condition, "digit": digit}
        yield summary_row(columns, "error_population", PER_CENT * (1 - accuracy))


def _comparisons(final: Values) -> pd.DataFrame:
    """Return paired differences of final test accuracies, in percentage points.

    Of cells that differ in the model or in the positions alone.
    """
    rows = []
    for (first, a), (second, b) in combinations(final.items(), 2):
        if first[2] == second[2] and (first[0] == second[0] or first[1] == second[1]):
            names = {
                "training_sets": first[2],
                "model": first[0],
                "positions": first[1],
                "other_model": second[0],
                "other_positions": second[1],
            }
            for metric in (name for name in COMPARED if name in a):
                interval = paired_interval(a[metric], b[metric])
                rows.append({**names, "metric": metric, **interval})
    columns = [
        "training_sets", "model", "positions", "other_model", "other_positions",
        "metric", *COLUMNS,
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=columns)


def _table1(final: Values, samples: dict[str, tuple[int, int]]) -> pd.DataFrame:
    """Return our means and intervals beside the paper's Table 1.

    And how many samples each is of, for training and for testing.
    """
    rows = []
    for (model, data), (published, sd) in TABLE_1.items():
        positions, sets = ("plain", MNIST) if data == MNIST else (data, "shared")
        metrics = final.get((model, positions, sets))
        values = None if metrics is None else metrics["test_accuracy_final"]
        measured = mean_interval(values) if values is not None else {"n": 0}
        origin = "measured" if values is not None else "published constant"
        condition = {"model": model, "data": data, "origin": origin}
        published_row = {"published_mean": published, "published_sd": sd}
        numbers = _numbers("", samples[sets] if metrics is not None else (None, None))
        numbers |= _numbers("published_", SAMPLES[data])
        rows.append({**condition, **measured, **published_row, **numbers})
    columns = [
        "model", "data", "origin", *COLUMNS, "published_mean", "published_sd",
        *_numbers("", (None, None)), *_numbers("published_", (None, None)),
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=columns)


def _numbers(prefix: str, samples: tuple[int | None, int | None]) -> dict[str, Any]:
    names = (f"{prefix}train_samples", f"{prefix}test_samples")
    return dict(zip(names, samples, strict=True))


def _plot(trained: list[Trained]) -> pd.DataFrame:
    """Return the mean test accuracies by step, a column a cell, for `dvc plots`."""
    columns = {
        "_".join(_condition(result).values()): PER_CENT
        * result.arrays["test_accuracy"].mean(axis=0)
        for result in trained
    }
    step = trained[0].arrays["step"][0]
    return pd.DataFrame({"step": step, **columns})


def _metrics(summary: pd.DataFrame) -> dict[str, Any]:
    """Return the mean final test accuracies on the shared training set and on MNIST."""
    final = summary[
        (summary["metric"] == "test_accuracy_final")
        & summary["training_sets"].isin(["shared", MNIST])
    ]
    data = final["positions"].where(final["training_sets"] == "shared", MNIST)
    final = final.assign(data=data)
    return {
        "test_accuracy": {
            f"{row.model}_{row.data}": round(row.average, 2)
            for row in final.rename(columns={"mean": "average"}).itertuples()
        }
    }
