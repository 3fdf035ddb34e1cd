"""Steps of lottery tickets against a masked module of plain PyTorch, on one core.

    python benchmarks/lottery.py [--quick] [--record FILE]

The replicas of a job of the residual MLP of params.yaml wear masks of one sparsity and
take a step.  The engine's step is the sparse one where the experiment takes it, else
the dense masked one, which is timed beside it everywhere; the loop is a module that
makes its masked weights anew on each forward pass.  Magnitude masks come from rounds of
the experiment on its own dataset, of few steps each; random masks have the same
sparsities, but even rows.  The products are those of the dense network: sparse steps
can go below.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from record import PARAMS, Benchmark, Times, bounded_times

# isort: split

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from scaling_down.dataset import make_dataset
from scaling_down.engine import masks as masking
from scaling_down.engine.batches import batches
from scaling_down.engine.data import Data
from scaling_down.engine.masks import Masks
from scaling_down.engine.models.mlp import ResidualMLP
from scaling_down.engine.plain import plain
from scaling_down.engine.protocol import Protocol
from scaling_down.engine.steps import StepFactory
from scaling_down.engine.steps.autograd import AutogradStep
from scaling_down.engine.steps.sparse import SparseStep, sparse_below
from scaling_down.engine.streams import Streams
from scaling_down.workflow.parameters.file import load_params

SECTION = load_params(PARAMS).lottery
STREAMS = Streams(0, "benchmark", tuple(range(SECTION.replicas_per_job)))
BATCH = SECTION.batch_size
PROTOCOL = Protocol(
    optimizer="adam",
    learning_rate=SECTION.learning_rate,
    steps=SECTION.steps,
    batch_size=BATCH,
    batch_order="sequential",
    evaluate_every=SECTION.evaluate_every,
)
Step = Callable[[], object]


def main() -> None:
    benchmark = Benchmark(__doc__, "fewer sparsities and turns")
    points, turns = (5, 3) if benchmark.quick else (13, 9)
    data = mnist1d()
    rounds = dict(magnitude_rounds(data, points, 40, SECTION.sparse_below))
    for sparsity, masks in rounds.items():
        for kind, worn in (("magnitude", masks), ("random", random_masks(sparsity))):
            benchmark.times(f"{kind} {sparsity:.0%}", times(worn, data, turns))
    benchmark.close()


def mnist1d() -> Data:
    made = make_dataset()
    return Data.from_arrays(made["x"], made["y"], made["x_test"], made["y_test"])


def network() -> ResidualMLP:
    return ResidualMLP(STREAMS, hidden=SECTION.hidden)


def random_masks(sparsity: float) -> Masks:
    return {
        name: masking.random_mask(
            STREAMS.generators(f"mask/{name}"), vector.shape[1], sparsity
        )
        for name, vector in masking.vectors(network()).items()
    }


def magnitude_rounds(
    data: Data, points: int, steps: int, threshold: float
) -> Iterator[tuple[float, Masks]]:
    """Yield the sparsities and masks of the rounds of a short pruning schedule."""
    model = network()
    initial = masking.vectors(model)
    masks = {name: torch.ones_like(v, dtype=torch.bool) for name, v in initial.items()}
    for sparsity in np.linspace(0, 1, points):
        masks = {
            name: masking.magnitude_mask(vector, sparsity, masks[name])
            for name, vector in masking.vectors(model).items()
        }
        yield float(sparsity), masks
        masking.load_vectors(model, initial)
        update = sparse_below(threshold, AutogradStep)(model, PROTOCOL, masks)
        stream = batches(data.x, data.y, BATCH, "sequential", STREAMS)
        for number in range(steps):
            update(number, *next(stream))
        if isinstance(update, SparseStep):
            update.write_back()


def times(masks: Masks, data: Data, turns: int) -> Times:
    """Return the seconds of a step of all replicas, by contender."""
    chosen = sparse_below(SECTION.sparse_below, AutogradStep)
    contenders = {
        "engine": engine_step(chosen, masks, data),
        "loop": plain_step(masks, data),
        "dense": engine_step(AutogradStep, masks, data),
    }
    return bounded_times(contenders, turns, calls=3)


def engine_step(factory: StepFactory, masks: Masks, data: Data) -> Step:
    update = factory(network(), PROTOCOL, masks)
    stream = batches(data.x, data.y, BATCH, "sequential", STREAMS)
    return lambda: update(0, *next(stream))


def plain_step(masks: Masks, data: Data) -> Step:
    model, replicas, rate = network(), STREAMS.replicas, SECTION.learning_rate
    modules = [MaskedMLP(plain(model, r), masks, r) for r in range(len(replicas))]
    optimizers = [torch.optim.Adam(m.parameters(), lr=rate) for m in modules]
    stream = batches(data.x, data.y, BATCH, "sequential", STREAMS)

    def step() -> None:
        samples, labels = (part[0] for part in next(stream))
        for module, optimizer in zip(modules, optimizers, strict=True):
            optimizer.zero_grad()
            functional.cross_entropy(module(samples[:, :40]), labels).backward()
            optimizer.step()

    return step


class MaskedMLP(nn.Module):
    """A residual MLP whose masked weights are made anew on each forward pass."""

    def __init__(self, module: nn.Module, masks: Masks, replica: int) -> None:
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


if __name__ == "__main__":
    main()
