"""The threshold sweeps: the written-out step against autograd, on one core.

    python benchmarks/thresholds.py [--quick]

Networks of one hidden layer, Adam with a cosine schedule, all widths of a cell of
params.yaml, the replicas of a job together.  The contenders take turns and the median
of each counts, so that a change of the clock speed meets both.  Evaluations are left
out: they are the same for both.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from scaling_down.engine.batches import batches
from scaling_down.engine.data import Data
from scaling_down.engine.process import prepare
from scaling_down.engine.steps import StepFactory
from scaling_down.engine.steps.autograd import AutogradStep
from scaling_down.engine.steps.dense import DenseStep
from scaling_down.engine.streams import Streams
from scaling_down.experiments.interpolation_threshold.compute import network, protocol
from scaling_down.experiments.interpolation_threshold.plan import runs
from scaling_down.experiments.interpolation_threshold.settings import Widths
from scaling_down.workflow.parameters.file import load_params

PARAMS = Path(__file__).parents[1] / "params.yaml"
STEPS = {"autograd": AutogradStep, "written out": DenseStep}
Epoch = Callable[[], None]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="every fourth width")
    quick = parser.parse_args().quick
    prepare("cpu")
    params = load_params(PARAMS)
    replicas = params.interpolation_threshold.replicas_per_job
    sums = dict.fromkeys(STEPS, 0.0)
    for cell in cells(params):
        for width in cell.widths[:: 4 if quick else 1]:
            times = time_width(cell, width, replicas)
            ratio = times["written out"] / times["autograd"]
            print(f"{cell.loss} n {cell.n_train:5d} width {width:5d} {ratio:.2f}")
            sums = {name: sums[name] + times[name] for name in sums}
    print(f"all: {sums['written out'] / sums['autograd']:.2f} of autograd's time")


def cells(params) -> list[Widths]:
    """Return the first sweep's runs with ten classes, of 1,000 and 4,000 samples."""
    found = {run.settings: None for run in runs(params)}
    first = params.interpolation_threshold.sweeps[0]
    return [
        cell
        for cell in found
        if (cell.classes, cell.epochs) == (10, first.epochs)
        and cell.label_noise == first.label_noise
        and cell.n_train in (1000, 4000)
    ]


def time_width(cell: Widths, width: int, replicas: int) -> dict[str, float]:
    """Return the median seconds of an epoch, by step."""
    epochs = {name: epoch(cell, width, replicas, step) for name, step in STEPS.items()}
    seconds: dict[str, list[float]] = {name: [] for name in STEPS}
    for _ in range(15):
        for name, once in epochs.items():
            start = time.perf_counter()
            once()
            seconds[name].append(time.perf_counter() - start)
    return {name: statistics.median(values) for name, values in seconds.items()}


def epoch(cell: Widths, width: int, replicas: int, step: StepFactory) -> Epoch:
    streams = Streams(0, "benchmark", tuple(range(replicas)))
    rng = np.random.default_rng(0)
    x = rng.normal(size=(replicas, cell.n_train, 40))
    y = rng.integers(cell.classes, size=(replicas, cell.n_train))
    data = Data.from_arrays(x, y, x[:, :10], y[:, :10])
    how = protocol(cell)
    update = step(network(streams, 40, cell.classes, width), how, None)
    order = batches(data.x, data.y, how.batch_size, how.batch_order, streams)
    steps = -(-cell.n_train // cell.batch_size)

    def once() -> None:
        for _ in range(steps):
            update(0, *next(order))

    return once


if __name__ == "__main__":
    main()
