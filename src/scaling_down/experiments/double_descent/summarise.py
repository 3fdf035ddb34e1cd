"""The width sweeps in tables: the curves, and what they show.

Errors are in per cent, losses in nats. Training metrics are over the labels that were
trained on.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd

from scaling_down.experiments.contract import Arrays, Result, Results
from scaling_down.experiments.double_descent.settings import (
    VARIANTS,
    Study,
    Variant,
    Widths,
)
from scaling_down.statistics.curves import (
    Descent,
    bootstrap_interval,
    find_descent,
    held_out_heights,
    threshold,
)
from scaling_down.statistics.intervals import mean_interval
from scaling_down.statistics.peaks import peak_locations, widened_to_grid
from scaling_down.statistics.rows import curve_rows, summary_row
from scaling_down.statistics.widths import joined_widths

TESTED = ("test_error", "test_error_population", "test_loss")
METRICS = (*TESTED, "train_error", "train_loss")
DENSE: tuple[Variant, ...] = ("mlp_clean", "mlp_noise")
PLACES = ("first_minimum", "peak", "second_minimum")
PER_CENT = 100
STUDENT, BOOTSTRAP = "Student's t", "bootstrap of the replicas"


def summarise(
    study: Study, results: Results
) -> tuple[dict[str, pd.DataFrame], dict[str, Any]]:
    """Return the tables and the headline numbers of the sweeps."""
    sweeps = {variant: _sweep(study, variant, results) for variant in VARIANTS}
    summary = pd.DataFrame(_summary(study, sweeps))
    tables = {
        "summary": summary,
        "curves": pd.concat(_curves(sweeps)),
        "replicas": pd.concat(_replicas(sweeps)),
        "epochs": pd.concat(_epochs(study, results)),
        "plot": _plot(sweeps),
    }
    return tables, _metrics(summary)


def _sweep(study: Study, variant: Variant, results: Results) -> Arrays:
    return joined_widths(run.arrays for run in _runs(study, variant, results))


def _runs(study: Study, variant: Variant, results: Results) -> list[Result[Widths]]:
    look = VARIANTS[variant]
    return results.of(
        Widths, kind=look.kind, training_sets=look.training_sets,
        label_noise=study.noise_of(variant),
    )  # fmt: skip


def _epochs(study: Study, results: Results) -> Iterator[pd.DataFrame]:
    """Yield the errors of some widths by epoch."""
    for variant, look in VARIANTS.items():
        shown = getattr(study.widths_by_epoch, look.kind)
        for run in _runs(study, variant, results):
            step = run.arrays["step"][0]
            epoch = {"epoch": step * study.epochs // step[-1]}
            for place, width in enumerate(run.settings.widths):
                if width in shown:
                    condition = {"variant": variant, "width": width}
                    for split in ("test", "train"):
                        accuracy = run.arrays[f"{split}_accuracy"][:, place]
                        error = PER_CENT * (1 - accuracy)
                        yield curve_rows(condition, f"{split}_error", epoch, error)


def _curves(sweeps: Mapping[Variant, Arrays]) -> Iterator[pd.DataFrame]:
    for variant, sweep in sweeps.items():
        x = {name: sweep[name][0] for name in ("width", "parameters")}
        for metric in METRICS:
            yield curve_rows({"variant": variant}, metric, x, sweep[metric])


def _replicas(sweeps: Mapping[Variant, Arrays]) -> Iterator[pd.DataFrame]:
    for variant, sweep in sweeps.items():
        for replica in range(len(sweep["width"])):
            metrics = {metric: sweep[metric][replica] for metric in METRICS}
            x = {name: sweep[name][0] for name in ("width", "parameters")}
            yield pd.DataFrame({"variant": variant, "replica": replica, **x, **metrics})


def _summary(
    study: Study, sweeps: Mapping[Variant, Arrays]
) -> Iterator[dict[str, Any]]:
    levels = {
        "train_error": study.train_error_level,
        "train_loss": study.train_loss_level,
    }
    for variant, sweep in sweeps.items():
        for curve in TESTED:
            condition = {"variant": variant, "curve": curve}
            yield from _places(condition, sweep, study.resamples)
            yield from _peaks(condition, sweep)
            for metric, values in held_out_heights(sweep[curve]).items():
                yield _student(condition, metric, values)
        for curve, level in levels.items():
            condition = {"variant": variant, "curve": curve}
            for metric, values in _thresholds(sweep, curve, level, study.train_samples):
                yield _student(condition, metric, values)


def _places(
    condition: Mapping[str, str], sweep: Arrays, resamples: int
) -> Iterator[dict[str, Any]]:
    """Yield where the curve has its minima and its peak, and how high they are."""
    curves = sweep[condition["curve"]]
    axes = {"width": sweep["width"][0], "parameters": sweep["parameters"][0]}
    for place in PLACES:
        # A peak's place is found in each replica.
        places = {} if place == "peak" else axes
        for name, axis in {**places, "height": None}.items():
            statistic = _at(place, axis)
            interval = bootstrap_interval(curves, statistic, resamples)
            metric = {"metric": f"{place}_{name}"}
            yield {**condition, **metric, **interval, "interval": BOOTSTRAP}


def _peaks(condition: Mapping[str, str], sweep: Arrays) -> Iterator[dict[str, Any]]:
    """Yield where each replica's curve has its peak, if there is one beyond noise."""
    for name in ("width", "parameters"):
        x = sweep[name][0].astype(np.float64)
        locations = peak_locations(x, sweep[condition["curve"]])
        interval = widened_to_grid(mean_interval(locations), x)
        metric = {"metric": f"peak_location_{name}"}
        yield {**condition, **metric, **interval, "interval": STUDENT}


def _at(place: str, axis: np.ndarray | None) -> Callable[[np.ndarray], float]:
    """Return a statistic of a curve: the axis, or its height, at one of its places."""

    def statistic(curve: np.ndarray) -> float:
        descent: Descent | None = find_descent(curve)
        if descent is None:
            return np.nan
        return float((curve if axis is None else axis)[getattr(descent, place)])

    return statistic


def _thresholds(
    sweep: Arrays, curve: str, level: float, samples: int
) -> Iterator[tuple[str, np.ndarray]]:
    """Yield from where on each replica interpolates, in three units."""
    for name, x in (
        ("width", sweep["width"][0]),
        ("parameters", sweep["parameters"][0]),
        ("over_n", sweep["parameters"][0] / samples),
    ):
        values = [threshold(x, replica, level) for replica in sweep[curve]]
        yield f"threshold_{name}", np.array(values)


def _student(
    condition: Mapping[str, str], metric: str, values: np.ndarray
) -> dict[str, Any]:
    return {**summary_row(condition, metric, values), "interval": STUDENT}


def _plot(sweeps: Mapping[Variant, Arrays]) -> pd.DataFrame:
    """Return the mean test errors of the dense networks by width, for `dvc plots`."""
    dense: dict[str, np.ndarray] = {
        variant: sweep["test_error"].mean(axis=0)
        for variant, sweep in sweeps.items()
        if variant in DENSE
    }
    return pd.DataFrame({"width": sweeps["mlp_clean"]["width"][0], **dense})


def _metrics(summary: pd.DataFrame) -> dict[str, Any]:
    """Return how far the test error rises to its peak and falls again, by variant."""
    rows = summary[
        (summary["curve"] == "test_error") & summary["metric"].isin(["rise", "fall"])
    ].rename(columns={"mean": "average"})
    return {
        f"{row.variant}_{row.metric}": _rounded(row.average)
        for row in rows.itertuples()
    }


def _rounded(value: float) -> float | None:
    return None if np.isnan(value) else round(value, 2)
