"""The engine against ordinary PyTorch loops, on one core, as ratios within one run.

    python benchmarks/engine.py [--quick]

Each contender takes one optimiser step of batch 100 for ten replicas: the engine for
all at once, an ordinary loop for one after the other, with slices of tensors or with
a DataLoader.  The contenders take turns, and the best time of each counts, so that
a change of the clock speed meets them all.  Lottery tickets are measured against a
masked module that rebuilds its weights on each forward pass, and against the rate at
which this machine multiplies single-precision matrices.
"""

from __future__ import annotations

import argparse
import os
import platform
import time
from collections.abc import Callable, Iterator

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.utils.data import DataLoader, TensorDataset

from scaling_down.engine import masks as masking
from scaling_down.engine.batches import batches
from scaling_down.engine.data import Data
from scaling_down.engine.layers import StackedModel
from scaling_down.engine.models.cnn import CNN
from scaling_down.engine.models.gru import BiGRU
from scaling_down.engine.models.logistic import Logistic
from scaling_down.engine.models.mlp import ResidualMLP
from scaling_down.engine.plain import plain
from scaling_down.engine.process import prepare
from scaling_down.engine.protocol import Protocol
from scaling_down.engine.steps.autograd import AutogradStep
from scaling_down.engine.streams import Streams

BATCH = 100
LEARNING_RATE = 1e-3
MODELS = {"logistic": Logistic, "mlp": ResidualMLP, "cnn": CNN, "gru": BiGRU}
LOTTERY_GROUPS = (2, 5, 10)
SPARSITY = 0.5
Step = Callable[[], None]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="fewer repetitions")
    rounds = 4 if parser.parse_args().quick else 15
    prepare("cpu")
    data = random_data()
    print(f"torch {torch.__version__}, {platform.machine()}, one thread, batch {BATCH}")
    compare_models(data, rounds)
    lottery_tickets(data, rounds)


def random_data() -> Data:
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(4000, 40)), rng.integers(10, size=4000)
    return Data.from_arrays(x, y, x[:100], y[:100])


def compare_models(data: Data, rounds: int) -> None:
    streams = Streams(0, "benchmark", tuple(range(10)))
    print("\n10 replicas    engine     tensors           DataLoader")
    for name, make in MODELS.items():
        model = make(streams)
        modules = [plain(model, r) for r in range(10)]
        engine, tensors, loader = best_times(
            {
                "engine": engine_step(model, data, streams),
                "tensors": plain_step(modules, tensor_batches(data)),
                "loader": plain_step(modules, loader_batches(data)),
            },
            rounds,
        ).values()
        print(
            f"{name:12s} {1e3 * engine:6.2f} ms"
            f" {1e3 * tensors:8.2f} ms {tensors / engine:4.1f}x"
            f" {1e3 * loader:8.2f} ms {loader / engine:4.1f}x"
        )


def lottery_tickets(data: Data, rounds: int) -> None:
    """Time masked networks of 500 hidden units, a replica and step."""
    steps: dict[str, Step] = {"sgemm": sgemm}
    for size in LOTTERY_GROUPS:
        streams = Streams(0, "benchmark", tuple(range(size)))
        model = ResidualMLP(streams, hidden=500)
        vectors = masking.vectors(model).items()
        masks = {n: masking.magnitude_mask(v, SPARSITY) for n, v in vectors}
        steps[f"engine, {size} replicas"] = engine_step(model, data, streams, masks)
    masked = [MaskedMLP(plain(model, r), masks, r) for r in range(2)]
    steps["masked module"] = plain_step(masked, tensor_batches(data))
    best = best_times(steps, rounds)
    rate = 2 * 1024**3 / best.pop("sgemm")
    print(f"\nsgemm {rate / 1e9:.0f} GFLOP/s; lottery tickets, 500 hidden units:")
    sizes = [*LOTTERY_GROUPS, len(masked)]
    times = {n: t / size for (n, t), size in zip(best.items(), sizes, strict=True)}
    for name, seconds in times.items():
        share = useful_operations() / seconds / rate
        ratio = times["masked module"] / seconds
        print(
            f"{name:20s} {1e3 * seconds:6.2f} ms a replica and step"
            f" {share:5.0%} of sgemm {ratio:5.1f}x"
        )


def useful_operations(inputs: int = 40, hidden: int = 500, classes: int = 10) -> int:
    """Operations of the matrix products of a step, padding not counted."""
    forward = inputs * hidden + hidden * hidden + hidden * classes
    backward = 2 * forward - inputs * hidden
    return 2 * BATCH * (forward + backward)


def engine_step(
    model: StackedModel,
    data: Data,
    streams: Streams,
    masks: masking.Masks | None = None,
) -> Step:
    protocol = Protocol(
        optimizer="adam",
        learning_rate=LEARNING_RATE,
        steps=1_000_000,
        batch_size=BATCH,
        batch_order="sequential",
        evaluate_every=1_000_000,
    )
    update = AutogradStep(model, protocol, masks)
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


class MaskedMLP(nn.Module):
    """A residual MLP whose masked weights are made anew on each forward pass."""

    def __init__(self, module: nn.Module, masks: masking.Masks, replica: int) -> None:
        super().__init__()
        self.module = module
        self.masks = {name: mask[replica].float() for name, mask in masks.items()}

    def linear(self, name: str, x: Tensor) -> Tensor:
        layer = getattr(self.module, name)
        vector = torch.cat([layer.weight.flatten(), layer.bias]) * self.masks[name]
        weight, bias = vector.split([layer.weight.numel(), layer.bias.numel()])
        return functional.linear(x, weight.view_as(layer.weight), bias)

    def forward(self, x: Tensor) -> Tensor:
        h = self.linear("first", x).relu()
        return self.linear("third", h + self.linear("second", h).relu())


_A, _B, _C = torch.randn(3, 1024, 1024)


def sgemm() -> None:
    torch.mm(_A, _B, out=_C)


def best_times(steps: dict[str, Step], rounds: int, repeats: int = 4) -> dict:
    """Return the best mean time of a few steps in a row, in seconds, by name."""
    best = dict.fromkeys(steps, float("inf"))
    for step in steps.values():
        step()
    for _ in range(rounds):
        for name, step in steps.items():
            start = time.perf_counter()
            for _ in range(repeats):
                step()
            best[name] = min(best[name], (time.perf_counter() - start) / repeats)
    return best


if __name__ == "__main__":
    main()
