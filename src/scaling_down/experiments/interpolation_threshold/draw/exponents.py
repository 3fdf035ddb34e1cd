"""The exponents of the thresholds: by criterion and level, by labels, and locally."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from scaling_down.experiments.interpolation_threshold.draw.marks import (
    CRITERIA,
    MARKERS,
    NAMES,
    SHAPES,
    Tables,
    around_means,
    loss_handles,
    marker_handles,
    of_criterion,
    point,
    shown_criteria,
    ticks,
    words,
)
from scaling_down.experiments.interpolation_threshold.published import PREDICTED
from scaling_down.experiments.interpolation_threshold.settings import (
    LOSSES,
    Loss,
    Study,
    of_one_length,
)
from scaling_down.figures.bands import INTERVALS, note
from scaling_down.figures.dots import spread
from scaling_down.figures.palette import INK, ordered
from scaling_down.figures.palette import LOSSES as COLOURS
from scaling_down.figures.rows import chosen

EXPONENTS = {"exponent_n": "exponent in n", "exponent_k": "exponent in K"}
CLAIM: dict[str, Any] = {"color": INK, "linewidth": 0.8, "zorder": 1}
UNITS: dict[Loss, Callable[[float], float]] = {"nll": np.log, "mse": lambda k: k - 1}
"""What may be to be learned of a label of K classes: its bits, its free outputs."""
UNIT: dict[str, Any] = {"color": INK, "linestyle": ":", "linewidth": 1.4, "zorder": 1}
SPAN = 0.4


def exponents_figure(tables: Tables, study: Study, width: float) -> Figure:
    """Draw the first sweep's exponents by every criterion and level."""
    first = study.sweeps[0]
    figure, panels = _grid(width)
    for axes, metric, loss in _panels(panels):
        rows = chosen(tables["summary"], sweep=first.name, loss=loss, metric=metric)
        for place, (_, row) in enumerate(rows.iterrows()):
            _exponent(axes, place, row, tables["replicas"], width=0.6)
        ticks(axes, [_level(row) for _, row in rows.iterrows()])
        axes.tick_params(axis="x", rotation=90)
        around_means(axes, rows, PREDICTED[loss][metric])
    for axes in panels[-1]:
        axes.set_xlabel("level that the criterion must reach")
    names = {CRITERIA[name]: marker for name, marker in SHAPES.items()}
    _legend(figure, marker_handles(names))
    note(
        figure,
        f"labels: {words(first.name)}; fits within each replica; means of"
        f" {study.replicas} replicas, dots: replicas; bars: {INTERVALS}, long ones cut"
        " off; levels of the loss relative to the best constant answer's; hollow: no"
        " fit, since a replica lacks a threshold or the cells do not tell",
    )
    return figure


def _grid(width: float) -> tuple[Figure, np.ndarray]:
    """Return panels of both exponents, below one another, of both losses."""
    figure, panels = plt.subplots(
        len(EXPONENTS), len(LOSSES), figsize=(width, 0.8 * width), sharex="col"
    )
    for axes, metric, loss in _panels(panels):
        axes.axhline(PREDICTED[loss][metric], **CLAIM)
        axes.set_ylabel(f"{EXPONENTS[metric]} ({NAMES[loss]})")
    return figure, panels


def _panels(panels: np.ndarray) -> Iterator[tuple[Axes, str, Loss]]:
    for line, metric in zip(panels, EXPONENTS, strict=True):
        for axes, loss in zip(line, LOSSES, strict=True):
            yield axes, metric, loss


def _exponent(
    axes: Axes, x: float, row: pd.Series, replicas: pd.DataFrame, width: float = 0.16
) -> None:
    colour, marker = COLOURS[row["loss"]], SHAPES[row["criterion"]]
    point(axes, x, row, replicas, color=colour, marker=marker, width=width)


def _level(row: pd.Series) -> str:
    """Return the level of a row as a tick; the peak has none."""
    if row["criterion"] == "test_peak":
        return "peak"
    return f"{row['level']:g}" + (" %" if row["criterion"] == "train_error" else "")


def _legend(figure: Figure, markers: Sequence[Artist]) -> None:
    claim = Line2D([], [], label="as claimed", **CLAIM)
    handles = [*loss_handles(), *markers, claim]
    figure.legend(handles=handles, loc="outside upper center", ncols=len(handles))


def labels_figure(tables: Tables, study: Study, width: float) -> Figure:
    """Draw the exponents by kind of labels, on the cells that all kinds have."""
    sweeps = [sweep.name for sweep in of_one_length(study.sweeps)]
    criteria, shared = shown_criteria(study), tables["shared_exponents"]
    offsets = spread(len(criteria), 0.5)
    figure, panels = _grid(width)
    for axes, metric, loss in _panels(panels):
        rows = chosen(shared, loss=loss, metric=f"shared_{metric}")
        drawn = [of_criterion(rows, *criterion) for criterion in criteria]
        for offset, of_one in zip(offsets, drawn, strict=True):
            for _, row in of_one.iterrows():
                x = sweeps.index(row["sweep"]) + offset
                _exponent(axes, x, row, tables["replicas"])
        around_means(axes, pd.concat(drawn), PREDICTED[loss][metric])
        ticks(axes, [words(sweep) for sweep in sweeps])
    for axes, loss in zip(panels[-1], LOSSES, strict=True):
        cells = chosen(shared, loss=loss)["cells"]
        axes.set_xlabel(f"labels ({cells.max() if len(cells) else 0} cells)")
    markers = zip(criteria.values(), SHAPES.values(), strict=True)
    _legend(figure, marker_handles(dict(markers)))
    note(
        figure,
        f"fits within each replica, on equal cells; means of {study.replicas}"
        f" replicas, dots: replicas; bars: {INTERVALS}, long ones cut off; hollow: no"
        " fit, since a replica lacks a threshold or the cells do not tell",
    )
    return figure


def local_figure(tables: Tables, study: Study, width: float) -> Figure:
    """Draw the first sweep's exponents in K between neighbouring K, by criterion."""
    first, criteria = study.sweeps[0], shown_criteria(study)
    rows = chosen(tables["local_exponents"], sweep=first.name)
    samples: dict[int, dict[str, Any]] = {
        n: {"color": colour, "marker": marker}
        for (n, colour), marker in zip(
            ordered(rows["n_train"]).items(), MARKERS, strict=False
        )
    }
    figure, panels = plt.subplots(
        len(criteria), len(LOSSES), figsize=(width, width), sharex="col"
    )
    for line, (criterion, what) in zip(panels, criteria.items(), strict=True):
        for axes, loss in zip(line, LOSSES, strict=True):
            shown = chosen(of_criterion(rows, *criterion), loss=loss)
            _between(axes, shown, tables["replicas"], samples, loss)
        line[0].set_ylabel(f"local exponent in K\n{what}")
    for axes, loss in zip(panels[0], LOSSES, strict=True):
        axes.set_title(NAMES[loss])
    for axes in panels[-1]:
        axes.set_xlabel("between K")
    handles = [
        *(
            Line2D([], [], **look, linestyle="none", label=f"n = {n}")
            for n, look in samples.items()
        ),
        Line2D([], [], label="as claimed", **CLAIM),
        Line2D([], [], label="as log K (NLL), as K - 1 (MSE)", **UNIT),
    ]
    figure.legend(handles=handles, loc="outside upper center", ncols=len(handles))
    note(
        figure,
        f"labels: {words(first.name)}; means of {study.replicas} replicas, dots:"
        f" replicas; bars: {INTERVALS}, long ones cut off; hollow: a replica lacks a"
        " threshold",
    )
    return figure


def _between(
    axes: Axes,
    rows: pd.DataFrame,
    replicas: pd.DataFrame,
    samples: Mapping[int, dict[str, Any]],
    loss: Loss,
) -> None:
    """Draw the local exponents of a panel, and what each unit would give."""
    unit = UNITS[loss]
    columns = ["classes_from", "classes_to"]
    pairs = rows[columns].drop_duplicates().sort_values(columns)
    steps = list(pairs.itertuples(index=False, name=None))
    axes.axhline(PREDICTED[loss]["exponent_k"], **CLAIM)
    exact = [np.log(unit(b) / unit(a)) / np.log(b / a) for a, b in steps]
    for place, exponent in enumerate(exact):
        axes.plot([place - SPAN, place + SPAN], [exponent, exponent], **UNIT)
    offsets = dict(zip(samples, spread(len(samples), 1.2 * SPAN), strict=True))
    for _, row in rows.iterrows():
        step, n = (row["classes_from"], row["classes_to"]), row["n_train"]
        x = steps.index(step) + offsets[n]
        point(axes, x, row, replicas, width=0.1, **samples[n])
    ticks(axes, [f"{fewer} and {more}" for fewer, more in steps])
    around_means(axes, rows, PREDICTED[loss]["exponent_k"], *exact)
