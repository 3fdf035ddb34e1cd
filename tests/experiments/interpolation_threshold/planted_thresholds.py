"""Sweeps with planted thresholds, from which everything that is measured is known."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from scaling_down.experiments.contract import Result, Results
from scaling_down.experiments.interpolation_threshold import plan
from scaling_down.experiments.interpolation_threshold.cells import constant_loss
from scaling_down.experiments.interpolation_threshold.settings import Study, Widths

NAME = "interpolation_threshold"
TINY = Path(__file__).parents[2] / "params.yaml"
FULL = TINY.parents[1] / "params.yaml"

FACTORIAL = [[n, classes] for n in (1000, 2000, 4000) for classes in (2, 5, 10)]
CORNER = [[1000, 2], [1000, 5], [1000, 10], [2000, 5]]
EDGE = [[1000, 2], [1000, 5]]


def sweep(name, label_noise, epochs, cells, **more):
    """Return a sweep as the parameters have it, with equal cells of both losses."""
    return {
        "name": name, "label_noise": label_noise, "epochs": epochs,
        "cells": {"nll": cells, "mse": cells}, **more,
    }  # fmt: skip


CURVE_WIDTHS = [50, 90, 130, 170, 190, 230, 310, 430]
SWEEPS = [
    sweep("random", 1.0, 2000, FACTORIAL),
    sweep("random_doubled", 1.0, 4000, CORNER),
    sweep("random_quadrupled", 1.0, 8000, EDGE),
    sweep("noise", 0.15, 2000, CORNER),
    sweep("clean", 0.0, 2000, CORNER),
    sweep("curve_2020", 0.0, 500, [], widths=CURVE_WIDTHS)
    | {"cells": {"nll": [[10000, 10]], "mse": []}},
]
"""A design of all cells, from which all else of params.yaml is taken."""
SLOPE = -5
"""Of the training curves in logarithms: all levels lie within the grids."""


def planted_exponents(loss, epochs):
    """Return constant, exponent in n and exponent in K.

    Twice the epochs change two of them, in logarithms, and each doubling half as much
    as the one before.
    """
    constant, in_n, in_k = (1.1, 0.97, 0.02) if loss == "nll" else (0.7, 0.98, 0.95)
    changed = {4000: 1, 8000: 1.5}.get(epochs, 0)
    return constant * (0.8 / constant) ** changed, in_n, in_k - 0.05 * changed


def ratio_at(criterion, level):
    """Return where a criterion meets a level, in units of the planted thresholds."""
    return 1 if criterion == "test_peak" else (level / 0.1) ** (1 / SLOPE)


def planted_thresholds(loss, epochs, n, classes, replicas):
    """Return the replicas' thresholds, which differ in constant and exponents."""
    own = np.linspace(-1, 1, replicas) if replicas > 1 else np.zeros(1)
    constant, in_n, in_k = planted_exponents(loss, epochs)
    return constant * np.exp(0.03 * own) * n ** (in_n + 0.005 * own) * classes**in_k


def planted(settings, replicas):
    """Return a run's arrays: power laws about the threshold, the test loss's peak.

    In logarithms the training curves are straight lines and the test loss is a
    parabola, so that the thresholds are found as they were planted.
    """
    loss, epochs, n, classes = (
        getattr(settings, name) for name in ("loss", "epochs", "n_train", "classes")
    )
    widths = np.array(settings.widths)
    parameters = (41 + classes) * widths + classes
    thresholds = planted_thresholds(loss, epochs, n, classes, replicas)
    ratio = parameters / thresholds[:, None]
    unit = constant_loss(loss, classes)
    train_error = np.minimum(0.1 * ratio**SLOPE, 90) / 100
    final = {
        "train_loss": unit * np.minimum(0.1 * ratio**SLOPE, 10),
        "test_loss": unit * np.exp(2 - np.log(ratio) ** 2),
        "train_accuracy": 1 - train_error,
        "test_accuracy": np.full(ratio.shape, 1 / classes),
    }
    first = np.ones(ratio.shape)
    return {
        "width": np.tile(widths, (replicas, 1)),
        "parameters": np.tile(parameters, (replicas, 1)),
        "step": np.tile([0, epochs], (replicas, 1)),
        **{name: np.stack([first, last], axis=2) for name, last in final.items()},
    }


def invented(params, replicas):
    """Return the study and the results of all runs, the thresholds planted."""
    numbers = tuple(range(replicas))
    results = (
        Result(run.settings, numbers, planted(run.settings, replicas))
        for run in plan.runs(params)
    )
    return Study(**params.interpolation_threshold.only(Study)), Results(results)


def without_a_threshold(results):
    """Let replica 1 never interpolate in one cell, in training loss.

    The cell is that of random labels, trained 2000 epochs, NLL, n = 1000 and K = 5.
    """
    hit = results.of(
        Widths, label_noise=1.0, epochs=2000, loss="nll", n_train=1000, classes=5
    )
    assert hit
    return Results(
        never_interpolating(result, 1) if result in hit else result
        for result in results.results
    )


def never_interpolating(result, replica):
    losses = result.arrays["train_loss"].copy()
    losses[replica] = 1.0
    return replace(result, arrays={**result.arrays, "train_loss": losses})


def agrees(found, expected):
    return all(
        found[name] == pytest.approx(value, rel=1e-6, abs=1e-9)
        for name, value in expected.items()
    )
