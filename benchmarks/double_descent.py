"""The double-descent sweeps in the engine against plain PyTorch, on one core.

    python benchmarks/double_descent.py [--quick] [--record FILE]

At every third width of params.yaml each contender trains for an epoch of shuffled
batches: the engine all replicas of a job at once, its time divided by their number; an
ordinary loop one network, with slices of tensors or with a DataLoader.  Evaluations are
left out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import chain
from typing import Any

from record import PARAMS, Benchmark, Times, bounded_times

# isort: split

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.utils.data import DataLoader, TensorDataset

from scaling_down.engine.batches import batches
from scaling_down.engine.data import Data
from scaling_down.engine.plain import plain
from scaling_down.engine.protocol import Protocol
from scaling_down.engine.steps.convolutional import ConvolutionalStep
from scaling_down.engine.steps.dense import DenseStep
from scaling_down.engine.streams import Streams
from scaling_down.experiments.double_descent.compute import BUILDERS, protocol
from scaling_down.workflow.parameters.file import load_params

INPUTS, CLASSES = 40, 10
STEPS = {"mlp": DenseStep, "cnn": ConvolutionalStep}
Batch = tuple[Tensor, Tensor]
Epoch = Callable[[], None]


def main() -> None:
    benchmark = Benchmark(__doc__, "every ninth width, fewer turns")
    every, turns = (9, 2) if benchmark.quick else (3, 5)
    section = load_params(PARAMS).double_descent
    for kind in STEPS:
        widths = sorted(chain.from_iterable(getattr(section.widths, kind)))
        for width in widths[::every]:
            benchmark.times(f"{kind} {width}", time_width(kind, width, section, turns))
    benchmark.close()


def time_width(kind: str, width: int, section: Any, turns: int) -> Times:
    """Return the seconds of an epoch of one network, by contender."""
    samples = section.train_samples
    size = getattr(section.replicas_per_job, kind)
    x, y = random_samples(samples)
    p = protocol(section, samples)
    one = BUILDERS[kind](Streams(0, "benchmark", (0,)), INPUTS, CLASSES, width)
    data = TensorDataset(torch.from_numpy(x), torch.from_numpy(y))
    loader = DataLoader(data, batch_size=p.batch_size, shuffle=True)
    contenders = {
        "engine": engine_epoch(kind, width, size, x, y, p),
        "loop": plain_epoch(
            plain(one, 0), p, lambda: slices(*data.tensors, p.batch_size)
        ),
        "DataLoader": plain_epoch(plain(one, 0), p, lambda: loader),
    }
    times = bounded_times(contenders, turns)
    return times | {"engine": times["engine"] / size}


def random_samples(samples: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(samples, INPUTS)).astype(np.float32)
    return x, rng.integers(CLASSES, size=samples)


def engine_epoch(
    kind: str, width: int, size: int, x: np.ndarray, y: np.ndarray, p: Protocol
) -> Epoch:
    streams = Streams(0, "benchmark", tuple(range(size)))
    labels = np.tile(y, (size, 1))  # each replica has its own
    data = Data.from_arrays(x, labels, x, y)
    update = STEPS[kind](BUILDERS[kind](streams, INPUTS, CLASSES, width), p, None)
    order = batches(data.x, data.y, p.batch_size, p.batch_order, streams)
    steps = -(-len(y) // p.batch_size)

    def epoch() -> None:
        for _ in range(steps):
            update(0, *next(order))

    return epoch


def plain_epoch(
    module: nn.Module, p: Protocol, order: Callable[[], Iterable[Batch]]
) -> Epoch:
    optimizer = torch.optim.SGD(
        module.parameters(), lr=p.learning_rate, momentum=p.momentum
    )

    def epoch() -> None:
        for x, y in order():
            optimizer.zero_grad()
            functional.cross_entropy(module(x), y).backward()
            optimizer.step()

    return epoch


def slices(x: Tensor, y: Tensor, size: int) -> Iterable[Batch]:
    """Shuffle all samples at once and cut them into batches."""
    order = torch.randperm(len(y))
    return zip(x[order].split(size), y[order].split(size), strict=True)


if __name__ == "__main__":
    main()
