"""Contrastive training of all replicas at once against a straightforward loop.

    python benchmarks/contrastive.py [--quick]

Both take steps of the default network of params.yaml: two views of a batch, InfoNCE,
Adam.  The loop trains one ordinary PyTorch module after the other, as the paper's
notebook does one, and makes its views sample by sample with numpy.  They take turns of
a few steps; the median turn of each counts.
"""

from __future__ import annotations

import argparse
import os
import platform
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from scaling_down.dataset import make_dataset
from scaling_down.engine.contrastive import contrast
from scaling_down.engine.models.simclr import SimCLR
from scaling_down.engine.plain import plain
from scaling_down.engine.process import prepare
from scaling_down.engine.streams import Streams
from scaling_down.experiments.self_supervised.compute import contrast_of
from scaling_down.experiments.self_supervised.plan import runs
from scaling_down.experiments.self_supervised.settings import (
    PROJECTOR_WIDTHS,
    Training,
)
from scaling_down.workflow.parameters.file import load_params

PARAMS = Path(__file__).parents[1] / "params.yaml"
STEPS_A_TURN = 5


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="fewer turns")
    turns = 3 if parser.parse_args().quick else 15
    prepare("cpu")
    params = load_params(PARAMS)
    settings, size = runs(params)[0].settings, params.self_supervised.replicas_per_job
    streams = Streams(0, "benchmark", range(size))
    model = SimCLR(streams, PROJECTOR_WIDTHS[settings.projector])
    modules = [plain(model, replica) for replica in range(size)]
    x = make_dataset()["x"][: STEPS_A_TURN * settings.batch_size]
    times = median_times(
        {
            "engine": engine_turn(model, x, settings, streams),
            "loop": plain_turn(modules, x, settings),
        },
        turns,
    )
    print(f"torch {torch.__version__}, {platform.machine()}, one thread")
    print(f"a step of {size} replicas, batch {settings.batch_size}")
    for name, seconds in times.items():
        print(f"{name:8s} {1e3 * seconds / STEPS_A_TURN:8.2f} ms")
    print(f"ratio    {times['engine'] / times['loop']:8.2f}")


def engine_turn(
    model: SimCLR, x: np.ndarray, settings: Training, streams: Streams
) -> Callable[[], object]:
    """Return what trains all replicas on the samples `x` once."""
    one_epoch = contrast_of(settings.model_copy(update={"epochs": 1}))
    return lambda: contrast(model, x, one_epoch, streams)


def plain_turn(
    modules: list[nn.Module], x: np.ndarray, settings: Training
) -> Callable[[], object]:
    """Return what trains one module after the other on the samples `x` once."""
    rate, size = settings.learning_rate, settings.batch_size
    optimizers = [torch.optim.Adam(m.parameters(), lr=rate) for m in modules]
    generator = np.random.default_rng(0)

    def turn() -> None:
        for module, optimizer in zip(modules, optimizers, strict=True):
            order = generator.permutation(len(x))
            for start in range(0, len(x), size):
                batch = x[order[start : start + size]]
                first = module(views(batch, settings, generator))
                second = module(views(batch, settings, generator))
                loss = plain_loss(first, second, settings.temperature)
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()

    return turn


def views(
    batch: np.ndarray, settings: Training, generator: np.random.Generator
) -> Tensor:
    t = np.arange(batch.shape[1]) - (batch.shape[1] - 1) / 2
    rows = []
    for sample in batch:
        flat = sample - sample.mean()
        flat = flat - (flat * t).sum() / (t**2).sum() * t
        turned = np.roll(flat, generator.integers(settings.max_shift))
        slope = settings.slope_sd * generator.standard_normal()
        offset = settings.offset_sd * generator.standard_normal()
        rows.append(turned + slope * t + offset)
    return torch.from_numpy(np.stack(rows).astype(np.float32))


def plain_loss(first: Tensor, second: Tensor, temperature: float) -> Tensor:
    first, second = functional.normalize(first), functional.normalize(second)
    scores = first @ second.T / temperature
    return functional.cross_entropy(scores, torch.arange(len(scores)))


def median_times(
    contenders: dict[str, Callable[[], object]], turns: int
) -> dict[str, float]:
    """Return the seconds of a turn, the median of some, by name."""
    times: dict[str, list[float]] = {name: [] for name in contenders}
    for turn in range(turns + 1):
        for name, contender in contenders.items():
            start = time.perf_counter()
            contender()
            if turn:  # the first one warms up
                times[name].append(time.perf_counter() - start)
    return {name: median(seconds) for name, seconds in times.items()}


if __name__ == "__main__":
    main()
