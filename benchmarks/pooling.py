"""A step of the pooled networks against loops of plain PyTorch, on one core.

    python benchmarks/pooling.py [--quick]

The variants of the paper and the replicas of params.yaml, batches of 100, Adam.  The
loops train one ordinary module after the other; the engine all replicas of a variant in
one step.  They take turns of a few steps and the median turn of each counts.  The ratio
of the sums is that of a run without evaluations.
"""

from __future__ import annotations

import argparse
import resource
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

import torch
from torch import Tensor
from torch.nn import functional

from scaling_down.engine.models.pooled_cnn import PooledCNN
from scaling_down.engine.plain import PooledCNN as PlainCNN
from scaling_down.engine.process import prepare
from scaling_down.engine.protocol import Protocol
from scaling_down.engine.steps.pooled import PooledStep
from scaling_down.engine.streams import Streams
from scaling_down.experiments.optimisation import sequential_protocol
from scaling_down.experiments.pooling.compute import VARIANTS
from scaling_down.workflow.parameters.file import load_params

PARAMS = Path(__file__).parents[1] / "params.yaml"
OF_THE_PAPER = ("no_pool", "stride_2", "max", "average", "l2")
INPUTS, CLASSES, STEPS_A_TURN = 40, 10, 5
Update = Callable[[], None]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="fewer turns")
    turns = 5 if parser.parse_args().quick else 25
    prepare("cpu")
    section = load_params(PARAMS).pooling
    protocol, replicas = sequential_protocol(section), section.replicas_per_job
    x = torch.randn(replicas, protocol.batch_size, INPUTS)
    y = torch.randint(CLASSES, x.shape[:2])
    sums = {"step": 0.0, "loops": 0.0}
    for variant in OF_THE_PAPER:
        updates = {
            "step": engine(variant, protocol, x, y),
            "loops": loops(variant, protocol, x, y),
        }
        times = median_times(updates, turns)
        sums = {name: sums[name] + times[name] for name in sums}
        print(f"{variant:10s} {line(times)}")
    print(f"{'sum':10s} {line(sums)}")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"peak of the resident set: {peak:.0f} MB")


def engine(variant: str, protocol: Protocol, x: Tensor, y: Tensor) -> Update:
    streams = Streams(0, "benchmark", tuple(range(len(x))))
    step = PooledStep(PooledCNN(streams, *VARIANTS[variant]), protocol)
    return lambda: step(0, x, y)


def loops(variant: str, protocol: Protocol, x: Tensor, y: Tensor) -> Update:
    modules = [PlainCNN(*VARIANTS[variant]) for _ in x]
    rate = protocol.learning_rate
    optimizers = [torch.optim.Adam(m.parameters(), lr=rate) for m in modules]

    def update() -> None:
        for module, optimizer, *batch in zip(modules, optimizers, x, y, strict=True):
            optimizer.zero_grad()
            functional.cross_entropy(module(batch[0]), batch[1]).backward()
            optimizer.step()

    return update


def median_times(updates: dict[str, Update], turns: int) -> dict[str, float]:
    """Return the seconds of a step of all replicas, by name."""
    times: dict[str, list[float]] = {name: [] for name in updates}
    for turn in range(turns + 1):
        for name, update in updates.items():
            start = time.perf_counter()
            for _ in range(STEPS_A_TURN):
                update()
            if turn:  # the first one warms up
                times[name].append((time.perf_counter() - start) / STEPS_A_TURN)
    return {name: median(values) for name, values in times.items()}


def line(times: dict[str, float]) -> str:
    shown = "  ".join(f"{name} {1e3 * t:7.2f} ms" for name, t in times.items())
    return f"{shown}  ratio {times['step'] / times['loops']:.2f}"


if __name__ == "__main__":
    main()
