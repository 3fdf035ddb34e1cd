"""The 100-seed part of the stronger baselines against one plain loop a seed, one core.

    python benchmarks/improved_baselines.py [--quick] [--record FILE]

The dense network and the CNN of params.yaml under the review's protocol: steps of Adam
on shuffled batches, an evaluation of training, validation and test set every so many
steps, the best weights kept.  The loop trains one ordinary module after the other, with
PyTorch's own layers and optimiser and batches by index; the engine trains all replicas
of a job in one step.  Both take the same number of steps.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from functools import partial

from record import PARAMS, Benchmark, bounded_times

# isort: split

import torch
from torch import Tensor, nn
from torch.nn import functional

from scaling_down.engine.data import Data, Samples
from scaling_down.engine.plain import plain
from scaling_down.engine.protocol import Protocol
from scaling_down.engine.selection import Selection, evaluated_steps
from scaling_down.engine.streams import Streams
from scaling_down.engine.training import optimise
from scaling_down.experiments.improved_baselines.compute import MODELS
from scaling_down.workflow.parameters.file import load_params

ARMS = ("dense", "cnn")
INPUTS, CLASSES = 40, 10
LEARNED, HELD_OUT, TESTED = 3600, 400, 1000


def main() -> None:
    benchmark = Benchmark(__doc__, "fewer turns")
    turns = 1 if benchmark.quick else 4
    section = load_params(PARAMS).improved_baselines
    streams = Streams(0, "benchmark", tuple(range(section.replicas_per_job)))
    for arm in ARMS:
        recipe = section.arms[arm]
        protocol = Protocol(
            optimizer="adam", learning_rate=recipe.learning_rate,
            weight_decay=recipe.weight_decay, steps=section.evaluate_every,
            batch_size=section.batch_size, batch_order="shuffled",
            evaluate_every=section.evaluate_every,
        )  # fmt: skip
        network = MODELS[recipe.network]
        make = partial(network, streams, recipe.width, inputs=INPUTS)
        trainings = {
            "engine": engine(make, protocol, streams),
            "loop": loop(make, protocol, len(streams.replicas)),
        }
        benchmark.times(arm, bounded_times(trainings, turns))
    benchmark.close()


def engine(
    make: Callable[[], nn.Module], protocol: Protocol, streams: Streams
) -> Callable[[], None]:
    replicas = len(streams.replicas)
    data = Data.from_arrays(
        *samples(LEARNED, replicas), *(part[0] for part in samples(TESTED, 1))
    )
    held_out = Samples(*samples(HELD_OUT, replicas))
    held_out = held_out._replace(x=functional.pad(held_out.x, (0, 8)))

    def train() -> None:
        selection = Selection(held_out)
        observe = dict.fromkeys(evaluated_steps(protocol), selection)
        optimise(make(), data, protocol, streams, observe=observe)

    return train


def loop(
    make: Callable[[], nn.Module], protocol: Protocol, replicas: int
) -> Callable[[], None]:
    sets = [samples(count, 1) for count in (LEARNED, HELD_OUT, TESTED)]
    learned, held_out, test = [(x[0], y[0]) for x, y in sets]

    def train() -> None:
        model = make()
        for replica in range(replicas):
            train_one(plain(model, replica), learned, held_out, test, protocol)

    return train


def train_one(
    module: nn.Module,
    learned: tuple[Tensor, Tensor],
    held_out: tuple[Tensor, Tensor],
    test: tuple[Tensor, Tensor],
    protocol: Protocol,
) -> None:
    optimizer = torch.optim.Adam(
        module.parameters(), lr=protocol.learning_rate,
        weight_decay=protocol.weight_decay,
    )  # fmt: skip
    best, (x, y) = -1.0, learned
    for step in range(protocol.steps + 1):
        if step % protocol.evaluate_every == 0:
            accuracies = [accuracy(module, *s) for s in (learned, test, held_out)]
            if accuracies[-1] > best:
                best = accuracies[-1]
                copy.deepcopy(module.state_dict())
        if step == protocol.steps:
            return
        place = step * protocol.batch_size % LEARNED
        if place == 0:
            order = torch.randperm(LEARNED)
        index = order[place : place + protocol.batch_size]
        optimizer.zero_grad()
        functional.cross_entropy(module(x[index]), y[index]).backward()
        optimizer.step()


@torch.no_grad()
def accuracy(module: nn.Module, x: Tensor, y: Tensor) -> float:
    return float((module(x).argmax(1) == y).float().mean())


def samples(count: int, replicas: int) -> tuple[Tensor, Tensor]:
    shape = replicas, count
    return torch.randn(*shape, INPUTS), torch.randint(CLASSES, shape)


if __name__ == "__main__":
    main()
