"""Contrastive training of all replicas at once against a straightforward loop.

    python benchmarks/self_supervised.py [--quick] [--record FILE]

Both take steps of the default network of params.yaml: two views of a batch, InfoNCE,
Adam.  The loop trains one ordinary PyTorch module after the other, as the paper's
notebook does one, and makes its views sample by sample with numpy.
"""

from __future__ import annotations

from collections.abc import Callable

from record import PARAMS, Benchmark, bounded_times

# isort: split

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from scaling_down.dataset import make_dataset
from scaling_down.engine.contrastive import contrast
from scaling_down.engine.models.simclr import SimCLR
from scaling_down.engine.plain import plain
from scaling_down.engine.streams import Streams
from scaling_down.experiments.self_supervised.compute import contrast_of
from scaling_down.experiments.self_supervised.plan import runs
from scaling_down.experiments.self_supervised.settings import (
    PROJECTOR_WIDTHS,
    Training,
)
from scaling_down.workflow.parameters.file import load_params

STEPS_A_TURN = 5


def main() -> None:
    benchmark = Benchmark(__doc__, "fewer turns")
    turns = 3 if benchmark.quick else 15
    params = load_params(PARAMS)
    settings, size = runs(params)[0].settings, params.self_supervised.replicas_per_job
    streams = Streams(0, "benchmark", range(size))
    model = SimCLR(streams, PROJECTOR_WIDTHS[settings.projector])
    modules = [plain(model, replica) for replica in range(size)]
    x = make_dataset()["x"][: STEPS_A_TURN * settings.batch_size]
    contenders = {
        "engine": engine_turn(model, x, settings, streams),
        "loop": plain_turn(modules, x, settings),
    }
    times = bounded_times(contenders, turns)
    benchmark.times(f"{STEPS_A_TURN} steps of {size} replicas", times)
    benchmark.close()


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


if __name__ == "__main__":
    main()
