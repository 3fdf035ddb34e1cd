"""The convolutional step of the width sweep against autograd, on one core.

    python benchmarks/convolutions.py [--quick]

Both train the replicas of a job of params.yaml in shuffled batches, at each width of
double descent, and take turns of a few steps; the median turn of each counts.
Autograd is the engine's general step on the same model, whose convolutions copy their
patches and pad channels to a multiple of 16: what the sweep took before.
"""

from __future__ import annotations

import argparse
import platform
import time
from collections.abc import Callable, Iterator
from itertools import chain
from pathlib import Path
from statistics import median

import numpy as np
import torch
from torch import Tensor

from scaling_down.engine.batches import batches
from scaling_down.engine.data import Data
from scaling_down.engine.models.cnn import CNN
from scaling_down.engine.process import prepare
from scaling_down.engine.steps.autograd import AutogradStep
from scaling_down.engine.steps.convolutional import ConvolutionalStep
from scaling_down.engine.streams import Streams
from scaling_down.experiments.double_descent.compute import protocol
from scaling_down.workflow.parameters.file import load_params

PARAMS = Path(__file__).parents[1] / "params.yaml"
INPUTS, CLASSES = 40, 10
Batch = tuple[Tensor, Tensor]
Update = Callable[[int, Tensor, Tensor], Tensor]
STEPS_A_TURN = 8
CONTENDERS = {"step": ConvolutionalStep, "autograd": AutogradStep}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="every fourth width")
    every, turns = (4, 7) if parser.parse_args().quick else (1, 25)
    prepare("cpu")
    section = load_params(PARAMS).double_descent
    size = section.replicas_per_job.cnn
    samples = round(section.num_samples * section.train_split)
    p = protocol(section, samples)
    steps = -(-samples // p.batch_size)
    print(f"torch {torch.__version__}, {platform.machine()}, one thread")
    print(f"an epoch of {size} replicas together, {steps} steps of {p.batch_size}")
    data, streams = random_data(size, samples), Streams(0, "benchmark", range(size))
    sums = dict.fromkeys(CONTENDERS, 0.0)
    for width in sorted(chain.from_iterable(section.cnn.widths))[::every]:
        updates = {
            name: contender(CNN(streams, width, INPUTS, CLASSES), p)
            for name, contender in CONTENDERS.items()
        }
        order = batches(data.x, data.y, p.batch_size, p.batch_order, streams)
        times = {n: steps * t for n, t in median_times(updates, order, turns).items()}
        sums = {name: sums[name] + times[name] for name in sums}
        print(f"{width:5d} {line(times)}")
    print(f"  sum {line(sums)}")


def random_data(replicas: int, samples: int) -> Data:
    """Return samples that the replicas share, with labels of each one's own."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=(samples, INPUTS))
    y = rng.integers(CLASSES, size=(replicas, samples))
    return Data.from_arrays(x, y, x[:1], y[:, :1])


def median_times(
    updates: dict[str, Update], order: Iterator[Batch], turns: int
) -> dict[str, float]:
    """Return the seconds of a step, the median of turns of a few, by name."""
    times: dict[str, list[float]] = {name: [] for name in updates}
    for turn in range(turns + 1):
        for name, update in updates.items():
            start = time.perf_counter()
            for _ in range(STEPS_A_TURN):
                update(0, *next(order))
            if turn:  # the first one warms up
                times[name].append((time.perf_counter() - start) / STEPS_A_TURN)
    return {name: median(turns) for name, turns in times.items()}


def line(times: dict[str, float]) -> str:
    shown = "  ".join(f"{name} {1e3 * t:8.1f} ms" for name, t in times.items())
    return f"{shown}  ratio {times['step'] / times['autograd']:.2f}"


if __name__ == "__main__":
    main()
