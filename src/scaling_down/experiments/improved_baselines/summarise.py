"""Accuracies in per cent of what validation selected, and the search for recipes."""

from collections.abc import Iterator, Mapping
from itertools import permutations
from typing import Any

import numpy as np
import pandas as pd

from scaling_down.experiments.contract import Result, Results
from scaling_down.experiments.improved_baselines.settings import (
    Arm,
    Grid,
    Recipe,
    Study,
    Training,
)
from scaling_down.statistics.intervals import COLUMNS
from scaling_down.statistics.rows import curve_rows, summary_row

PER_CENT = 100
ACCURACIES = ("test_accuracy_selected", "test_accuracy_population")
Cell = tuple[Arm, int]
"""An arm and a number of training samples, those held out included."""
CELL = ("arm", "n_train")
"""The columns that name a cell."""
Metrics = dict[str, np.ndarray]


def summarise(
    study: Study, results: Results
) -> tuple[dict[str, pd.DataFrame], dict[str, Any]]:
    """Return the tables and the headline numbers of the baselines."""
    trained = dict(_cells(study, results))
    selected = {cell: selected_metrics(result) for cell, result in trained.items()}
    tables = {
        "summary": pd.DataFrame(
            summary_row(_condition(cell), name, values)
            for cell, metrics in selected.items()
            for name, values in metrics.items()
        ),
        "comparisons": pd.DataFrame(
            _comparisons(selected),
            columns=[*CELL, "other", "other_n_train", "metric", *COLUMNS],
        ),
        "curves": pd.concat(_curves(trained)),
        "search": pd.DataFrame(
            _search(study, results),
            columns=["arm", *Grid.model_fields, "metric", *COLUMNS, "chosen"],
        ),
        "replicas": pd.concat(_replicas(trained, selected)),
    }
    return tables, _headlines(selected)


def _cells(study: Study, results: Results) -> Iterator[tuple[Cell, Result[Training]]]:
    cells: list[Cell] = [(arm, study.n_train) for arm in study.arms]
    cells += [("dense", n) for n in study.sizes.train_sizes if n != study.n_train]
    for arm, n in cells:
        recipe = study.recipe(arm)
        yield (arm, n), results.one(Training, recipe=recipe, n_train=n)


def selected_metrics(result: Result[Training]) -> Metrics:
    """Return each replica's numbers, [n], accuracies in per cent.

    `selected` is of the weights with the best validation accuracy, on the test set;
    `population` is theirs on fresh samples, `last` that after the last step. Where
    validation was best at several evaluations, the first one counts.
    """
    arrays = result.arrays
    validation = PER_CENT * arrays["validation_accuracy"]
    return {
        "test_accuracy_selected": PER_CENT * arrays["test_accuracy_selected"],
        "test_accuracy_population": PER_CENT * arrays["test_accuracy_population"],
        "test_accuracy_last": PER_CENT * arrays["test_accuracy"][:, -1],
        "train_accuracy_last": PER_CENT * arrays["train_accuracy"][:, -1],
        "validation_accuracy_best": validation.max(axis=1),
        "selected_step": arrays["selected_step"].astype(float),
    }


def _comparisons(selected: Mapping[Cell, Metrics]) -> Iterator[dict[str, Any]]:
    """Yield differences between cells in points, paired by replica.

    Between all arms, and between all numbers of samples of one arm. Replicas that the
    other cell lacks are left out. Those of an arm share what is held out.
    """
    for (cell, metrics), (other, others) in permutations(selected.items(), 2):
        if cell[0] == other[0] or cell[1] == other[1]:
            names = {"other": other[0], "other_n_train": other[1]}
            condition = {**_condition(cell), **names}
            for name in ACCURACIES:
                n = min(len(metrics[name]), len(others[name]))
                yield summary_row(condition, name, metrics[name][:n] - others[name][:n])


def _curves(trained: Mapping[Cell, Result[Training]]) -> Iterator[pd.DataFrame]:
    for cell, result in trained.items():
        x = {"step": result.arrays["step"][0]}
        for metric in ("train_accuracy", "validation_accuracy", "test_accuracy"):
            values = PER_CENT * result.arrays[metric]
            yield curve_rows(_condition(cell), metric, x, values)


def _search(study: Study, results: Results) -> Iterator[dict[str, Any]]:
    """Yield the best validation accuracies of every candidate; no test is looked at."""
    for arm, grid in study.search.grids.items():
        for candidate in grid.candidates(study.recipe(arm)):
            found = results.one(Training, recipe=candidate, n_train=study.n_train)
            curves = found.arrays["validation_accuracy"][: study.search.replicas]
            best = PER_CENT * curves.max(axis=1)
            condition = {"arm": arm, **_tried(candidate)}
            chosen = candidate == study.recipe(arm)
            yield {
                **summary_row(condition, "validation_accuracy_best", best),
                "chosen": chosen,
            }


def _tried(recipe: Recipe) -> dict[str, Any]:
    return {name: getattr(recipe, name) for name in Grid.model_fields}


def _replicas(
    trained: Mapping[Cell, Result[Training]], selected: Mapping[Cell, Metrics]
) -> Iterator[pd.DataFrame]:
    """Yield each replica's accuracies, which figures show."""
    for cell, metrics in selected.items():
        numbers = {"replica": trained[cell].replicas}
        for metric in ACCURACIES:
            values = {"metric": metric, "value": metrics[metric]}
            yield pd.DataFrame({**_condition(cell), **numbers, **values})


def _headlines(selected: Mapping[Cell, Metrics]) -> dict[str, Any]:
    return {
        metric: {
            f"{arm}_{n}": round(float(metrics[metric].mean()), 2)
            for (arm, n), metrics in selected.items()
        }
        for metric in ACCURACIES
    }


def _condition(cell: Cell) -> dict[str, Any]:
    return dict(zip(CELL, cell, strict=True))
