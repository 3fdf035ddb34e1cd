"""The threshold sweeps in the engine against plain PyTorch, on one core.

    python benchmarks/interpolation_threshold.py [--quick] [--record FILE]

Networks of one hidden layer, Adam, every fourth width of some cells of params.yaml.
Each contender trains the replicas of a job for an epoch: the engine all at once, by its
written-out step or by autograd; the loop one after the other, at a rate that stays.
Evaluations are left out: they are the same for all.
"""

from __future__ import annotations

from collections.abc import Callable

from record import PARAMS, Benchmark, Times, bounded_times

# isort: split

import numpy as np
import torch
from torch.nn import functional

from scaling_down.engine.batches import batches
from scaling_down.engine.data import Data
from scaling_down.engine.plain import plain
from scaling_down.engine.steps import StepFactory
from scaling_down.engine.steps.autograd import AutogradStep
from scaling_down.engine.steps.dense import DenseStep
from scaling_down.engine.streams import Streams
from scaling_down.experiments.interpolation_threshold.compute import network, protocol
from scaling_down.experiments.interpolation_threshold.plan import runs
from scaling_down.experiments.interpolation_threshold.settings import Widths
from scaling_down.workflow.parameters.file import load_params

INPUTS = 40
Epoch = Callable[[], None]


def main() -> None:
    benchmark = Benchmark(__doc__, "every eighth width, fewer turns")
    every, turns = (8, 3) if benchmark.quick else (4, 9)
    params = load_params(PARAMS)
    replicas = params.interpolation_threshold.replicas_per_job
    for cell in cells(params):
        for width in cell.widths[::every]:
            case = f"{cell.loss}, {cell.n_train} samples, {width}"
            benchmark.times(case, time_width(cell, width, replicas, turns))
    benchmark.close()


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


def time_width(cell: Widths, width: int, replicas: int, turns: int) -> Times:
    """Return the seconds of an epoch of all replicas, by contender."""
    streams = Streams(0, "benchmark", tuple(range(replicas)))
    rng = np.random.default_rng(0)
    x = rng.normal(size=(replicas, cell.n_train, INPUTS))
    y = rng.integers(cell.classes, size=(replicas, cell.n_train))
    data = Data.from_arrays(x, y, x[:, :10], y[:, :10])
    contenders = {
        "engine": epoch(cell, width, data, streams, DenseStep),
        "loop": plain_epoch(cell, width, data, streams),
        "autograd": epoch(cell, width, data, streams, AutogradStep),
    }
    return bounded_times(contenders, turns)


def epoch(
    cell: Widths, width: int, data: Data, streams: Streams, step: StepFactory
) -> Epoch:
    how = protocol(cell)
    update = step(network(streams, INPUTS, cell.classes, width), how, None)
    order = batches(data.x, data.y, how.batch_size, how.batch_order, streams)
    steps = -(-cell.n_train // cell.batch_size)

    def once() -> None:
        for _ in range(steps):
            update(0, *next(order))

    return once


def plain_epoch(cell: Widths, width: int, data: Data, streams: Streams) -> Epoch:
    stacked, rate = network(streams, INPUTS, cell.classes, width), cell.learning_rate
    modules = [plain(stacked, place) for place in range(len(streams.replicas))]
    optimizers = [torch.optim.Adam(m.parameters(), lr=rate) for m in modules]
    samples = data.x[..., :INPUTS].contiguous()

    def once() -> None:
        for module, optimizer, x, y in zip(
            modules, optimizers, samples, data.y, strict=True
        ):
            for index in torch.randperm(cell.n_train).split(cell.batch_size):
                optimizer.zero_grad()
                loss(cell.loss, module(x[index]), y[index]).backward()
                optimizer.step()

    return once


def loss(name: str, logits: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    if name == "nll":
        return functional.cross_entropy(logits, y)
    return functional.mse_loss(logits, functional.one_hot(y, logits.shape[1]).float())


if __name__ == "__main__":
    main()
