"""The 100-seed part of the stronger baselines against one plain loop a seed, one core.

    python benchmarks/baselines.py [--quick]

The dense network and the CNN of params.yaml under the review's protocol: steps of Adam
on shuffled batches, an evaluation of training, validation and test set every so many
steps, the best weights kept.  The loops train one ordinary module after the other, with
PyTorch's own layers and optimiser and batches by index; the engine trains all replicas
of a job in one step.  Both take the same number of steps, in turns, and the median turn
of each counts, in seconds of the processor.  Beside them stand the bare matrix products
of the steps, all replicas in one call: what no dense step can go below.
"""

from __future__ import annotations

import argparse
import copy
import resource
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from statistics import median

import torch
from torch import Tensor, nn
from torch.nn import functional

from scaling_down.engine.data import Data, Samples
from scaling_down.engine.plain import plain
from scaling_down.engine.process import prepare
from scaling_down.engine.protocol import Protocol
from scaling_down.engine.selection import Selection, evaluated_steps
from scaling_down.engine.streams import Streams
from scaling_down.engine.training import optimise
from scaling_down.experiments.improved_baselines.compute import MODELS
from scaling_down.workflow.parameters.file import load_params

PARAMS = Path(__file__).parents[1] / "params.yaml"
ARMS = ("dense", "cnn")
INPUTS, CLASSES = 40, 10
LEARNED, HELD_OUT, TESTED = 3600, 400, 1000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="fewer turns")
    turns = 2 if parser.parse_args().quick else 7
    prepare("cpu")
    section = load_params(PARAMS).improved_baselines
    streams = Streams(0, "benchmark", tuple(range(section.replicas_per_job)))
    sums = {"engine": 0.0, "loops": 0.0, "products": 0.0}
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
            "loops": loops(make, protocol, len(streams.replicas)),
            "products": products(arm, recipe.width, protocol, len(streams.replicas)),
        }
        times = median_times(trainings, turns)
        sums = {name: sums[name] + times[name] for name in sums}
        print(f"{arm:6s} {line(times)}")
    print(f"{'sum':6s} {line(sums)}")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"peak of the resident set: {peak:.0f} MB")


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


def loops(
    make: Callable[[], nn.Module], protocol: Protocol, replicas: int
) -> Callable[[], None]:
    sets = [samples(count, 1) for count in (LEARNED, HELD_OUT, TESTED)]
    learned, held_out, test = [(x[0], y[0]) for x, y in sets]

    def train() -> None:
        model = make()
        for replica in range(replicas):
            train_one(plain(model, replica), learned, held_out, test, protocol)

    return train


def products(
    arm: str, width: int, protocol: Protocol, replicas: int
) -> Callable[[], None]:
    """Return the products of all steps: layers, gradients of weights and of inputs."""
    batch, outputs = protocol.batch_size, 16
    shapes = {
        "dense": [(1, 48, width), (1, width, width), (1, width, outputs)],
        "cnn": [
            (19, 16, width), (9, 3 * width, width), (4, 3 * width, width),
            (1, 4 * width, outputs),
        ],
    }[arm]  # fmt: skip
    layers = [
        [
            torch.randn(replicas, *shape)
            for shape in (
                (batch * places, fan_in),
                (fan_in, out),
                (batch * places, out),
            )
        ]
        for places, fan_in, out in shapes
    ]

    def train() -> None:
        for _ in range(protocol.steps):
            for depth, (x, weight, gradient) in enumerate(layers):
                torch.bmm(x, weight)
                torch.bmm(x.mT, gradient)
                if depth:
                    torch.bmm(gradient, weight.mT)

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


def median_times(
    trainings: dict[str, Callable[[], None]], turns: int
) -> dict[str, float]:
    """Return the seconds of a training of all replicas, by name."""
    times: dict[str, list[float]] = {name: [] for name in trainings}
    for turn in range(turns + 1):
        for name, train in trainings.items():
            start = time.process_time()
            train()
            if turn:  # the first one warms up
                times[name].append(time.process_time() - start)
    return {name: median(values) for name, values in times.items()}


def line(times: dict[str, float]) -> str:
    shown = "  ".join(f"{name} {t:6.2f} s" for name, t in times.items())
    ratios = (
        f"{name} {times[name] / times['loops']:.2f}" for name in ("engine", "products")
    )
    return f"{shown}  of the loops: {', '.join(ratios)}"


if __name__ == "__main__":
    main()
