"""The four models of the classification against ordinary PyTorch loops, on one core.

    python benchmarks/classification.py [--quick] [--record FILE]

Each contender takes one optimiser step of batch 100 for ten replicas: the engine for
all at once, an ordinary loop for one after the other, with slices of tensors or with a
DataLoader.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from record import Benchmark, bounded_times

# isort: split

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.utils.data import DataLoader, TensorDataset

from scaling_down.engine.batches import batches
from scaling_down.engine.data import Data
from scaling_down.engine.layers import StackedModel
from scaling_down.engine.models.cnn import CNN
from scaling_down.engine.models.gru import BiGRU
from scaling_down.engine.models.logistic import Logistic
from scaling_down.engine.models.mlp import ResidualMLP
from scaling_down.engine.plain import plain
from scaling_down.engine.protocol import Protocol
from scaling_down.engine.steps.autograd import AutogradStep
from scaling_down.engine.streams import Streams

BATCH, REPLICAS = 100, 10
LEARNING_RATE = 1e-3
MODELS = {"logistic": Logistic, "mlp": ResidualMLP, "cnn": CNN, "gru": BiGRU}
Step = Callable[[], None]


def main() -> None:
    benchmark = Benchmark(__doc__, "fewer turns")
    turns = 4 if benchmark.quick else 15
    data, streams = random_data(), Streams(0, "benchmark", tuple(range(REPLICAS)))
    for name, make in MODELS.items():
        model = make(streams)
        modules = [plain(model, r) for r in range(REPLICAS)]
        contenders = {
            "engine": engine_step(model, data, streams),
            "loop": plain_step(modules, tensor_batches(data)),
            "DataLoader": plain_step(modules, loader_batches(data)),
        }
        benchmark.times(name, bounded_times(contenders, turns, calls=4))
    benchmark.close()


def random_data() -> Data:
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(4000, 40)), rng.integers(10, size=4000)
    return Data.from_arrays(x, y, x[:100], y[:100])


def engine_step(model: StackedModel, data: Data, streams: Streams) -> Step:
    protocol = Protocol(
        optimizer="adam",
        learning_rate=LEARNING_RATE,
        steps=1_000_000,
        batch_size=BATCH,
        batch_order="sequential",
        evaluate_every=1_000_000,
    )
    update = AutogradStep(model, protocol, None)
    stream = batches(data.x, data.y, BATCH, "sequential", streams)
    return lambda: update(0, *next(stream))


def plain_step(
    modules: list[nn.Module], stream: Iterator[tuple[Tensor, Tensor]]
) -> Step:
    optimizers = [torch.optim.Adam(m.parameters(), lr=LEARNING_RATE) for m in modules]

    def step() -> None:
        for module, optimizer in zip(modules, optimizers, strict=True):
            x, y = next(stream)
            optimizer.zero_grad()
            functional.cross_entropy(module(x), y).backward()
            optimizer.step()

    return step


def tensor_batches(data: Data) -> Iterator[tuple[Tensor, Tensor]]:
    x, y = data.x[0, :, :40].contiguous(), data.y[0]
    while True:
        for start in range(0, len(y), BATCH):
            yield x[start : start + BATCH], y[start : start + BATCH]


def loader_batches(data: Data) -> Iterator[tuple[Tensor, Tensor]]:
    dataset = TensorDataset(data.x[0, :, :40].contiguous(), data.y[0])
    while True:
        yield from DataLoader(dataset, batch_size=BATCH)


if __name__ == "__main__":
    main()
