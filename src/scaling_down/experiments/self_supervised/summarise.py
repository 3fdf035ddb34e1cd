"""What the layers have learned: accuracies in per cent, where they peak, compared."""

from collections.abc import Iterator, Sequence
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd

from scaling_down.experiments.contract import Result, Results
from scaling_down.experiments.self_supervised.settings import (
    CONDITIONS,
    Study,
    Training,
)
from scaling_down.statistics.curves import held_out_maxima, rank_correlations
from scaling_down.statistics.intervals import COLUMNS, mean_interval
from scaling_down.statistics.peaks import widened_to_grid
from scaling_down.statistics.rows import curve_rows, summary_row

PER_CENT = 100
ACCURACIES = ("linear_accuracy", "projected_accuracy", "neighbour_accuracy")
ISOLATED = (0, 3, 6, 8)
"""The digits that the paper's picture of the output shows apart from the others."""
Values = dict[str, np.ndarray]


def summarise(
    study: Study, results: Results
) -> tuple[dict[str, pd.DataFrame], dict[str, Any]]:
    """Return the tables and the headline numbers of self-supervised learning."""
    arms = [results.one(Training, **dict(arm)) for arm in study.arms]
    layers = [layer_values(result) for result in arms]
    scalars = [arm_values(result) for result in arms]
    names = [result.settings.columns for result in arms]
    pairs = list(_pairs(names))
    tables = {
        "summary": pd.concat(_by_layer(names, layers)),
        "peaks": pd.DataFrame(_peaks(names, layers)),
        "arms": pd.DataFrame(
            summary_row(name, metric, values)
            for name, arm in zip(names, scalars, strict=True)
            for metric, values in arm.items()
        ),
        "comparisons": _comparisons(names, scalars, pairs),
        "layer_comparisons": _layer_comparisons(names, layers, pairs),
        "replicas": pd.concat(_replicas(names, layers, arms)),
        "plot": _plot(study, results),
    }
    return tables, _metrics(study, tables["arms"])


def layer_values(result: Result[Training]) -> Values:
    """Return each replica's numbers of every layer, [R, L], accuracies in per cent.

    `linear_accuracy` is that of the converged probe, `linear_accuracy_original` that
    of the notebook's tolerance.
    """
    arrays = result.arrays
    count = arrays["digit_count"].sum(axis=1)[:, None]
    return {
        "linear_accuracy": PER_CENT * arrays["converged"],
        "linear_accuracy_original": PER_CENT * arrays["original"],
        "projected_accuracy": PER_CENT * arrays["projected"],
        "neighbour_accuracy": PER_CENT * arrays["digit_hits"].sum(axis=2) / count,
        "effective_rank": arrays["effective_rank"],
        "width": arrays["width"].astype(np.float64),
        "c": arrays["c"],
    }


def arm_values(result: Result[Training]) -> Values:
    """Return each replica's numbers of an arm, [R].

    The peak of the linear probe is measured at the layer where the other replicas are
    highest. `isolated_digits` is the accuracy of the output's neighbours on the
    digits 0, 3, 6 and 8 less that on the others; `rank_correlation` is Spearman's, of
    effective rank and linear probe, over the layers without the input.
    """
    layers, arrays = layer_values(result), result.arrays
    linear, rank = layers["linear_accuracy"], layers["effective_rank"]
    peak = held_out_maxima(linear)
    values = {
        "peak_accuracy": peak,
        "output_accuracy": linear[:, -1],
        "peak_over_output": peak - linear[:, -1],
        "output_neighbour_accuracy": layers["neighbour_accuracy"][:, -1],
        "isolated_digits": isolated_digits(arrays["digit_hits"], arrays["digit_count"]),
        "rank_correlation": rank_correlations(rank[:, 1:], linear[:, 1:]),
    }
    if result.settings.epochs:
        values["loss_final"] = arrays["loss"][:, -1]
    return values


def isolated_digits(hits: np.ndarray, count: np.ndarray) -> np.ndarray:
    """Return how far the output's neighbours find 0, 3, 6, 8 more often, in points.

    `hits` are [R, L, 10], `count` [R, 10].
    """
    apart = np.isin(np.arange(count.shape[1]), ISOLATED)
    shares = [hits[:, -1, s].sum(1) / count[:, s].sum(1) for s in (apart, ~apart)]
    return PER_CENT * (shares[0] - shares[1])


def _numbers(values: Values) -> np.ndarray:
    return np.arange(values["width"].shape[1])


def _by_layer(
    names: Sequence[dict[str, str]], layers: Sequence[Values]
) -> Iterator[pd.DataFrame]:
    """Yield all numbers by layer, with differences to the output and the next layer."""
    for name, values in zip(names, layers, strict=True):
        x = {"layer": _numbers(values)}
        for metric, numbers in values.items():
            yield curve_rows(name, metric, x, numbers)
        for metric in ACCURACIES:
            numbers, last = values[metric], {"layer": x["layer"][:-1]}
            less_output = numbers[:, :-1] - numbers[:, -1:]
            yield curve_rows(name, f"{metric}_less_output", last, less_output)
            less_next = numbers[:, :-1] - numbers[:, 1:]
            yield curve_rows(name, f"{metric}_less_next", last, less_next)


def _peaks(
    names: Sequence[dict[str, str]], layers: Sequence[Values]
) -> Iterator[dict[str, Any]]:
    """Yield the layer where each accuracy peaks, and its height over the output."""
    for name, values in zip(names, layers, strict=True):
        for metric in ACCURACIES:
            curves, columns = values[metric], {**name, "accuracy": metric}
            layer = mean_interval(curves.argmax(axis=1))
            located = widened_to_grid(layer, _numbers(values).astype(np.float64))
            yield {**columns, "metric": "peak_layer", **located}
            peak = held_out_maxima(curves)
            yield summary_row(columns, "peak_accuracy", peak)
            yield summary_row(columns, "peak_over_output", peak - curves[:, -1])


def _pairs(names: Sequence[dict[str, str]]) -> Iterator[tuple[int, int]]:
    """Yield the pairs of arms that differ in one condition alone."""
    for (i, first), (j, second) in combinations(enumerate(names), 2):
        if sum(first[name] != second[name] for name in CONDITIONS) == 1:
            yield i, j


def _others(name: dict[str, str]) -> dict[str, str]:
    return {f"other_{column}": value for column, value in name.items()}


def _comparisons(
    names: Sequence[dict[str, str]],
    scalars: Sequence[Values],
    pairs: Sequence[tuple[int, int]],
) -> pd.DataFrame:
    """Return the paired differences of arms that differ in one thing."""
    rows = [
        summary_row(
            {**names[i], **_others(names[j])}, metric, scalars[i][metric] - other
        )
        for i, j in pairs
        for metric, other in scalars[j].items()
        if metric in scalars[i]
    ]
    conditions = [*CONDITIONS, *(f"other_{name}" for name in CONDITIONS)]
    return pd.DataFrame(rows, columns=[*conditions, "metric", *COLUMNS])


def _layer_comparisons(
    names: Sequence[dict[str, str]],
    layers: Sequence[Values],
    pairs: Sequence[tuple[int, int]],
) -> pd.DataFrame:
    """Return the same by layer, of arms with the same projector."""
    parts = [
        curve_rows(
            {**names[i], **_others(names[j])},
            metric,
            {"layer": _numbers(layers[i])},
            layers[i][metric] - layers[j][metric],
        )
        for i, j in pairs
        if names[i]["projector"] == names[j]["projector"]
        for metric in ACCURACIES
    ]
    return pd.concat(parts)


def _replicas(
    names: Sequence[dict[str, str]],
    layers: Sequence[Values],
    arms: Sequence[Result[Training]],
) -> Iterator[pd.DataFrame]:
    """Yield each replica's accuracies and effective ranks by layer."""
    for name, values, arm in zip(names, layers, arms, strict=True):
        for metric in (*ACCURACIES, "effective_rank"):
            for replica, curve in zip(arm.replicas, values[metric], strict=True):
                points = {"layer": _numbers(values), "replica": replica}
                yield pd.DataFrame({**name, **points, "metric": metric, "value": curve})


def _plot(study: Study, results: Results) -> pd.DataFrame:
    """Return the mean accuracies of the linear probe by layer, for `dvc plots`."""
    columns = {}
    for projector in study.projectors:
        arm = study.arm(projector=projector)
        values = layer_values(results.one(Training, **dict(arm)))
        columns[projector] = pd.Series(values["linear_accuracy"].mean(axis=0))
    return pd.DataFrame(columns).rename_axis("layer").reset_index()


def _metrics(study: Study, arms: pd.DataFrame) -> dict[str, Any]:
    """Return the mean accuracies at the peak and at the output of each projector."""
    base = study.arm().columns
    rows = arms[arms["metric"].isin(["peak_accuracy", "output_accuracy"])]
    for name in CONDITIONS[1:]:
        rows = rows[rows[name] == base[name]]
    return {
        "linear_accuracy": {
            f"{projector}_{metric.removesuffix('_accuracy')}": round(mean, 2)
            for projector, metric, mean in zip(
                rows["projector"], rows["metric"], rows["mean"], strict=True
            )
        }
    }
