"""The double-descent sweeps in the engine against plain PyTorch, on one core.

    python benchmarks/sweeps.py [--quick]

For each width of params.yaml every contender trains for an epoch of shuffled batches:
the engine all replicas of a job at once, its time divided by their number; an ordinary
loop one network, with a DataLoader or with slices of tensors.  The contenders take
turns, and the best time of each counts, so that a change of the clock speed meets
them all.  Evaluations are left out.  Beside them stands what the matrix products of a
network would cost at the rate of a large one: no engine can be faster.
"""

from __future__ import annotations

import argparse
import platform
from collections.abc import Callable, Iterable
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import torch
from engine import best_times, sgemm
from torch import Tensor, nn
from torch.nn import functional
from torch.utils.data import DataLoader, TensorDataset

from scaling_down.engine.batches import batches
from scaling_down.engine.data import Data
from scaling_down.engine.process import prepare
from scaling_down.engine.protocol import Protocol
from scaling_down.engine.steps.convolutional import ConvolutionalStep
from scaling_down.engine.steps.dense import DenseStep
from scaling_down.engine.streams import Streams
from scaling_down.experiments.double_descent.compute import BUILDERS, protocol
from scaling_down.experiments.double_descent.settings import VARIANTS
from scaling_down.workflow.parameters.file import load_params

PARAMS = Path(__file__).parents[1] / "params.yaml"
INPUTS, CLASSES = 40, 10
Batch = tuple[Tensor, Tensor]
Epoch = Callable[[], None]
Times = dict[str, float]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="every fourth width")
    quick = parser.parse_args().quick
    prepare("cpu")
    section = load_params(PARAMS).double_descent
    print(f"torch {torch.__version__}, {platform.machine()}, one thread")
    rate = 2 * 1024**3 / best_times({"sgemm": sgemm}, rounds=20)["sgemm"]
    print(f"sgemm {rate / 1e9:.0f} GFLOP/s")
    sums = {kind: compare_widths(kind, section, rate, quick) for kind in BUILDERS}
    runs = [
        sums[look.kind]
        for variant, look in VARIANTS.items()
        for _ in range(getattr(section.replicas, variant))
    ]
    print(f"\nall variants and replicas: {verdict(total(runs))}")


def compare_widths(kind: str, section: Any, rate: float, quick: bool) -> Times:
    """Print the times of each width and return their sums.

    `rate` is that of large matrix products, in operations a second.
    """
    widths = getattr(section.widths, kind)
    size = getattr(section.replicas_per_job, kind)
    print(f"\n{kind}, an epoch of one network, the engine with {size} replicas")
    print("width     engine          DataLoader             tensors")
    rows = []
    for width in sorted(chain.from_iterable(widths))[:: 4 if quick else 1]:
        times = time_width(kind, width, section, size, rate)
        rows.append(times)
        ratios = {name: seconds / times["engine"] for name, seconds in times.items()}
        print(
            f"{width:5d} {1e3 * times['engine']:7.1f} ms"
            f" {1e3 * times['loader']:10.1f} ms {ratios['loader']:4.1f}x"
            f" {1e3 * times['tensors']:10.1f} ms {ratios['tensors']:4.1f}x"
        )
    print(f"all these widths: {verdict(total(rows))}")
    return total(rows)


def total(rows: list[Times]) -> Times:
    return {name: sum(row[name] for row in rows) for name in rows[0]}


def verdict(times: Times) -> str:
    engine, tensors, products = (
        times[name] / times["loader"] for name in ("engine", "tensors", "products")
    )
    return (
        f"of plain PyTorch with a DataLoader the engine costs {engine:.2f}, slices"
        f" {tensors:.2f}; matrix products alone {products:.2f}"
    )


def operations(kind: str, width: int, samples: int) -> int:
    """Operations of an epoch's matrix products, padding not counted.

    The first layer needs no gradient of its inputs.
    """
    first, *others = {
        "mlp": (INPUTS * width, width**2, width * CLASSES),
        "cnn": (
            19 * 5 * width,
            10 * 3 * width**2,
            5 * 3 * width**2,
            5 * width * CLASSES,
        ),
    }[kind]
    return 2 * samples * (2 * first + 3 * sum(others))


def time_width(kind: str, width: int, section: Any, size: int, rate: float) -> Times:
    """Return the seconds of an epoch of one network, by contender."""
    samples = round(section.num_samples * section.train_split)
    x, y = random_samples(samples)
    p = protocol(section, samples)
    plain = TensorDataset(torch.from_numpy(x), torch.from_numpy(y))
    loader = DataLoader(plain, batch_size=p.batch_size, shuffle=True)
    times = best_times(
        {
            "engine": engine_epoch(kind, width, size, x, y, p),
            "loader": plain_epoch(MODULES[kind](width), p, lambda: loader),
            "tensors": plain_epoch(
                MODULES[kind](width), p, lambda: slices(*plain.tensors, p.batch_size)
            ),
        },
        rounds=5,
        repeats=1,
    )
    products = operations(kind, width, samples) / rate
    return times | {"engine": times["engine"] / size, "products": products}


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


STEPS = {"mlp": DenseStep, "cnn": ConvolutionalStep}


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


def dense(width: int) -> nn.Module:
    return nn.Sequential(
        nn.Linear(INPUTS, width),
        nn.ReLU(),
        nn.Linear(width, width),
        nn.ReLU(),
        nn.Linear(width, CLASSES),
    )


def convolutional(width: int) -> nn.Module:
    return nn.Sequential(
        nn.Unflatten(1, (1, INPUTS)),
        nn.Conv1d(1, width, 5, stride=2, padding=1),
        nn.ReLU(),
        nn.Conv1d(width, width, 3, stride=2, padding=1),
        nn.ReLU(),
        nn.Conv1d(width, width, 3, stride=2, padding=1),
        nn.ReLU(),
        nn.Flatten(),
        nn.Linear(5 * width, CLASSES),
    )


MODULES = {"mlp": dense, "cnn": convolutional}


if __name__ == "__main__":
    main()
