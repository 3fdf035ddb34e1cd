"""Learned functions: as they are, in numbers, and modulo the scales of x and y.

A hidden unit's input weights undo a factor before the activation, its output weights
one behind it, and the biases a constant. So two functions count as alike if one is a
constant plus a multiple of the other at a multiple of x, where pre-activations fall.
"""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pandas as pd

from scaling_down.experiments.contract import Result
from scaling_down.experiments.metalearn_activation.settings import Metalearning
from scaling_down.statistics.rows import summary_row

Function = Callable[[np.ndarray], np.ndarray]
DRAWN = 5.0
"""The notebook draws the function from -5 to 5."""
FACTORS = np.geomspace(0.25, 4, 65)
KNOWN: dict[str, Function] = {
    "relu": lambda x: np.maximum(x, 0),
    "elu": lambda x: np.where(x > 0, x, np.expm1(np.minimum(x, 0))),
    "swish": lambda x: x / (1 + np.exp(-x)),
    "tanh": np.tanh,
    "sin": np.sin,
}


def function_rows(result: Result[Metalearning]) -> pd.DataFrame:
    """Return each replica's function and density of pre-activations, point by point."""
    arrays = result.arrays
    return pd.concat(
        [
            pd.DataFrame(
                {
                    "protocol": result.settings.protocol,
                    "replica": replica,
                    **{
                        name: arrays[name][row]
                        for name in ("x", "initial", "value", "density")
                    },
                }
            )
            for row, replica in enumerate(result.replicas)
        ]
    )


def shape_metrics(result: Result[Metalearning]) -> dict[str, np.ndarray]:
    """Return what the source says of its function, in each replica, [n].

    `extrema` are the local ones between -5 and 5. `left_maximum` is the highest value
    between -4 and -1, the regime that the README calls positive, `left_mean` the mean
    there; `middle_minimum` the lowest value between -1 and 1.5.
    """
    x, values = result.arrays["x"][0], result.arrays["value"]
    left = (x >= -4) & (x <= -1)
    middle = (x >= -1) & (x <= 1.5)
    return {
        "extrema": np.array([local_extrema(v[np.abs(x) <= DRAWN]) for v in values]),
        "left_maximum": values[:, left].max(axis=1),
        "left_maximum_x": x[left][values[:, left].argmax(axis=1)],
        "left_mean": values[:, left].mean(axis=1),
        "middle_minimum": values[:, middle].min(axis=1),
        "middle_minimum_x": x[middle][values[:, middle].argmin(axis=1)],
    }


def local_extrema(values: np.ndarray) -> int:
    """Return how often a curve [X] turns; level stretches do not count."""
    rises = np.sign(np.diff(values))
    rises = rises[rises != 0]
    return int((rises[1:] != rises[:-1]).sum())


def shape_rows(result: Result[Metalearning]) -> Iterator[dict[str, Any]]:
    """Yield what share of a function's variance another one leaves unexplained.

    In the mean over replicas: of each by known functions, and, where there are
    others, by those of the other replicas of the protocol. The latter share members,
    so that their interval is rather too narrow.
    """
    condition = {"activation": "learned", "protocol": result.settings.protocol}
    for name, known in KNOWN.items():
        shares = np.array([_unexplained(result, row, known) for row in _rows(result)])
        yield summary_row({**condition, "other": name}, "unexplained", shares)
    if len(result.replicas) > 1:
        shares = np.array([_by_others(result, row) for row in _rows(result)])
        yield summary_row({**condition, "other": "replicas"}, "unexplained", shares)


def _rows(result: Result[Metalearning]) -> range:
    return range(len(result.replicas))


def _by_others(result: Result[Metalearning], row: int) -> float:
    x, values = result.arrays["x"][0], result.arrays["value"]

    def sampled(other: int) -> Function:
        return lambda places: np.interp(places, x, values[other])

    others = [other for other in _rows(result) if other != row]
    return float(np.mean([_unexplained(result, row, sampled(o)) for o in others]))


def _unexplained(result: Result[Metalearning], row: int, other: Function) -> float:
    x, value, density = (result.arrays[n][row] for n in ("x", "value", "density"))
    return unexplained_share(x, value, density, other)


def unexplained_share(
    x: np.ndarray, value: np.ndarray, weight: np.ndarray, other: Function
) -> float:
    """Return the share of variance that the best a + b other(c x) leaves, 0 to 1.

    `value` and `weight` are [X]; c is any of a grid from 1/4 to 4 and its negatives.
    """
    root = np.sqrt(weight / weight.sum())
    centred = root * (value - np.average(value, weights=weight))
    shares = []
    for factor in (*FACTORS, *-FACTORS):
        there = other(factor * x)
        basis = root * (there - np.average(there, weights=weight))
        size = basis @ basis
        explained = (basis @ centred) ** 2 / size if size > 0 else 0.0
        shares.append(1 - explained / (centred @ centred))
    return float(min(shares))
