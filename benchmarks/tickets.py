"""Sparse steps of lottery tickets against dense masked ones, on one core, as ratios.

    python benchmarks/tickets.py [--quick]

A group of five replicas of the residual MLP 40-500-500-10 wears masks of one sparsity;
each contender takes a step in turn, and the ratio is that of the medians, in seconds of
the thread, so that a busy machine distorts little.  Random masks have even rows.
Magnitude masks have uneven rows and units without inputs or outputs: they come from the
experiment's own rounds on its own dataset, train, prune, rewind, of few steps each.
At the end stands what a whole schedule of rounds costs, its sparsities evenly spaced
from 0 to 1, where rounds above the threshold stay dense.
"""

from __future__ import annotations

import argparse
import os
import platform
import time
from collections.abc import Callable, Iterator
from statistics import median

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("ATEN_CPU_CAPABILITY", "avx2")
os.environ.setdefault("MKL_CBWR", "AVX2")
os.environ.setdefault("NUMBA_CPU_NAME", "haswell")
os.environ.setdefault("NUMBA_CPU_FEATURES", "+avx2,+fma")

import numpy as np
import torch
from torch import Tensor

from scaling_down.dataset import make_dataset
from scaling_down.engine import masks as masking
from scaling_down.engine.batches import batches
from scaling_down.engine.data import Data
from scaling_down.engine.masks import Masks
from scaling_down.engine.models.mlp import ResidualMLP
from scaling_down.engine.process import prepare
from scaling_down.engine.protocol import Protocol
from scaling_down.engine.steps.autograd import AutogradStep
from scaling_down.engine.steps.sparse import SparseStep, density, sparse_below
from scaling_down.engine.streams import Streams

STREAMS = Streams(0, "benchmark", (0, 1, 2, 3, 4))
THRESHOLD = 0.55
GOALS = {(0.92, 500): 0.2, (0.92, 100): 0.25, (0.98, 500): 0.1, (0.98, 100): 0.1}
POINTS = 100
Update = Callable[[int, Tensor, Tensor], Tensor]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="fewer repetitions")
    quick = parser.parse_args().quick
    repeats, steps = (5, 10) if quick else (11, 40)
    prepare("cpu")
    data = mnist1d()
    instructions = (os.environ["ATEN_CPU_CAPABILITY"], os.environ["NUMBA_CPU_NAME"])
    print(
        f"torch {torch.__version__}, {platform.machine()}, one thread, {instructions}"
    )
    report_compilation(data)
    every = POINTS // (5 if quick else 20)
    magnitude = dict(magnitude_rounds(data, steps))
    for kind, masks in (
        ("random", {s: random_masks(s) for s in magnitude}),
        ("magnitude", magnitude),
    ):
        print(f"\n{kind} masks   batch   dense        sparse       sparse / dense")
        for (sparsity, batch), goal in GOALS.items():
            nearest = min(masks, key=lambda s: abs(s - sparsity))
            dense, sparse = times(masks[nearest], data, batch, repeats)
            print(
                f"{nearest:8.1%} {batch:13d} {1e3 * dense:8.2f} ms"
                f" {1e3 * sparse:8.2f} ms {sparse / dense:10.3f} (goal {goal})"
            )
        for batch in (100, 500):
            report_schedule(list(masks.values())[::every], data, batch, repeats)


def mnist1d() -> Data:
    made = make_dataset()
    return Data.from_arrays(made["x"], made["y"], made["x_test"], made["y_test"])


def protocol(batch: int) -> Protocol:
    return Protocol(
        optimizer="adam",
        learning_rate=0.02,
        steps=1501,
        batch_size=batch,
        batch_order="sequential",
        evaluate_every=500,
    )


def network() -> ResidualMLP:
    return ResidualMLP(STREAMS, hidden=500)


def report_compilation(data: Data) -> None:
    """Print what the first step of a process costs."""
    update = SparseStep(network(), protocol(100), random_masks(0.9))
    start = time.perf_counter()
    update(0, data.x[:, :100], data.y[:, :100])
    print(f"first step, compilation included: {time.perf_counter() - start:.1f} s")


def random_masks(sparsity: float) -> Masks:
    return {
        name: masking.random_mask(
            STREAMS.generators(f"mask/{name}"), vector.shape[1], sparsity
        )
        for name, vector in masking.vectors(network()).items()
    }


def magnitude_rounds(data: Data, steps: int) -> Iterator[tuple[float, Masks]]:
    """Yield the sparsities and masks of the rounds of a short pruning schedule."""
    model = network()
    initial = masking.vectors(model)
    masks = {name: torch.ones_like(v, dtype=torch.bool) for name, v in initial.items()}
    for sparsity in np.linspace(0, 1, POINTS):
        masks = {
            name: masking.magnitude_mask(vector, sparsity, masks[name])
            for name, vector in masking.vectors(model).items()
        }
        yield float(sparsity), masks
        masking.load_vectors(model, initial)
        update = sparse_below(THRESHOLD, AutogradStep)(model, protocol(100), masks)
        stream = batches(data.x, data.y, 100, "sequential", STREAMS)
        for number in range(steps):
            update(number, *next(stream))
        if isinstance(update, SparseStep):
            update.write_back()


def report_schedule(rounds: list[Masks], data: Data, batch: int, repeats: int) -> None:
    """Print the ratio at each density, and that of all rounds with the threshold."""
    totals = np.zeros(2)
    ratios = []
    for masks in rounds:
        dense, sparse = times(masks, data, batch, repeats)
        chosen = sparse if density(masks) < THRESHOLD else dense
        totals += dense, chosen
        ratios.append(f"{density(masks):.0%} {sparse / dense:.2f}")
    print(f"batch {batch}, sparse / dense by density: {', '.join(ratios)}")
    print(
        f"all rounds, sparse below {THRESHOLD:.0%}, of all dense:"
        f" {totals[1] / totals[0]:.2f}" + (" (goal 0.75)" if batch == 100 else "")
    )


def times(masks: Masks, data: Data, batch: int, repeats: int) -> tuple[float, float]:
    """Return the medians of seconds of a dense and a sparse step of one replica."""
    updates: list[Update] = [
        step(network(), protocol(batch), masks) for step in (AutogradStep, SparseStep)
    ]
    stream = batches(data.x, data.y, batch, "sequential", STREAMS)
    taken: list[list[float]] = [[], []]
    for number in range(repeats + 2):
        x, y = next(stream)
        for update, seconds in zip(updates, taken, strict=True):
            start = time.thread_time()
            update(number, x, y)
            seconds.append(time.thread_time() - start)
    dense, sparse = (median(s[2:]) / len(STREAMS.replicas) for s in taken)
    return dense, sparse


if __name__ == "__main__":
    main()
