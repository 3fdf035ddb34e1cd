"""Metalearning a learning rate: one batch of seeds against loops, on one core.

    python benchmarks/metalearn_lr.py [--quick] [--record FILE]

An outer step of 200 inner ones, at two initial rates and for five seeds.  The loops are
plain PyTorch, as in the reference repository's notebook: all inner steps are unrolled
with `create_graph` and the gradient goes back through them, one seed after the other.
"""

from __future__ import annotations

from record import Benchmark, bounded_times

# isort: split

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from scaling_down.engine.batches import batches
from scaling_down.engine.data import Data
from scaling_down.engine.streams import Streams
from scaling_down.engine.unrolled.sgd import UnrolledSGD

SEEDS, RATES = 5, (1.5, 0.15)
STEPS, BATCH, HIDDEN, INPUTS, CLASSES, SAMPLES = 200, 50, 50, 40, 10, 4000


def main() -> None:
    benchmark = Benchmark(__doc__, "fewer turns")
    turns = 3 if benchmark.quick else 9
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(SAMPLES, INPUTS)), rng.integers(CLASSES, size=SAMPLES)
    data = Data.from_arrays(x, y, x[:1], y[:1])
    contenders = {"engine": lambda: engine(data), "loop": lambda: loop(data)}
    times = bounded_times(contenders, turns)
    benchmark.times(f"{SEEDS} seeds, {len(RATES)} rates", times)
    benchmark.close()


def engine(data: Data) -> Tensor:
    """Return the outer gradients of all seeds and rates."""
    streams = Streams(0, "benchmark", tuple(range(SEEDS)))
    rates = torch.tensor(RATES).repeat(SEEDS, 1)
    sgd = UnrolledSGD(streams, rates, INPUTS, HIDDEN, CLASSES)
    order = batches(data.x, data.y, BATCH, "sequential", streams)
    return torch.stack([sgd.step(*next(order))[1] for _ in range(STEPS)]).mean(0)


def loop(data: Data) -> list[Tensor]:
    """Return the same, one seed and rate after the other."""
    x, y = data.x[0, :, :INPUTS], data.y[0]
    return [
        outer_gradient(torch.tensor(rate, requires_grad=True), x, y)
        for _ in range(SEEDS)
        for rate in RATES
    ]


def outer_gradient(rate: Tensor, x: Tensor, y: Tensor) -> Tensor:
    layers = nn.Linear(INPUTS, HIDDEN), nn.Linear(HIDDEN, CLASSES)
    weights = [p for layer in layers for p in (layer.weight, layer.bias)]
    losses = []
    for step in range(STEPS):
        part = slice(step * BATCH % SAMPLES, step * BATCH % SAMPLES + BATCH)
        hidden = functional.linear(x[part], *weights[:2]).tanh()
        logits = functional.linear(hidden, *weights[2:])
        losses.append(functional.cross_entropy(logits, y[part]))
        grads = torch.autograd.grad(losses[-1], weights, create_graph=True)
        weights = [w - rate * g for w, g in zip(weights, grads, strict=True)]
    (gradient,) = torch.autograd.grad(torch.stack(losses).mean(), rate)
    return gradient


if __name__ == "__main__":
    main()
