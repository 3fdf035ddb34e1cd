"""An outer step of the metalearned activation against a plain unrolled loop.

    python benchmarks/activation.py [--quick]

One replica at the paper's scale: 301 inner steps of RMSProp, 40-128-10, batch 100; with
--quick 31 steps.  The plain loop evaluates the activation's network on all hidden units
and lets autograd keep all steps; ours looks the activation up in a table and goes back
by hand.  Each contender has a process of its own, for its memory; the time is that of
the thread, without what compiles.  Both losses and gradients are printed, too: the
gradient is compared in units of its largest entry.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("ATEN_CPU_CAPABILITY", "avx2")
os.environ.setdefault("MKL_CBWR", "AVX2")
os.environ.setdefault("NUMBA_CPU_NAME", "haswell")
os.environ.setdefault("NUMBA_CPU_FEATURES", "+avx2,+fma")

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from scaling_down.dataset import make_dataset
from scaling_down.engine.process import prepare
from scaling_down.engine.streams import Streams
from scaling_down.experiments.metalearn_activation.activations import Learned
from scaling_down.experiments.metalearn_activation.problems import (
    Drawn,
    Problems,
    outer_problem,
)
from scaling_down.experiments.metalearn_activation.trainings import InnerTraining
from scaling_down.workflow.parameters.file import load_params

GOALS = {"time": 0.06, "seconds": 4.0, "megabytes": 500.0}
PARAMS = Path(__file__).parent.parent / "params.yaml"
Gradient = Callable[[], tuple[float, Tensor]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="31 inner steps")
    parser.add_argument("--contender", choices=CONTENDERS, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    steps = 31 if arguments.quick else 301
    if arguments.contender:
        print(json.dumps(measure(arguments.contender, steps)))
        return
    print(f"torch {torch.__version__}, {platform.machine()}, one thread, {steps} steps")
    found = {name: in_a_process(name, arguments.quick) for name in CONTENDERS}
    for name, numbers in found.items():
        print(
            f"{name:6} {numbers['seconds']:8.3f} s {numbers['megabytes']:8.0f} MB"
            f"   outer loss {numbers['loss']:.6f}"
        )
    ours, plain = found["ours"], found["plain"]
    for what in ("seconds", "megabytes"):
        print(f"{what}: ratio {ours[what] / plain[what]:.4f}, goal {GOALS[what]}")
    print(f"goal of the time's ratio: {GOALS['time']}")
    gradients = [np.array(numbers["gradient"]) for numbers in found.values()]
    distance = np.abs(gradients[0] - gradients[1]).max() / np.abs(gradients[1]).max()
    print(f"largest difference of the gradients: {distance:.1e} of the largest entry")


def in_a_process(contender: str, quick: bool) -> dict[str, float | list[float]]:
    command = [sys.executable, __file__, "--contender", contender]
    done = subprocess.run(
        [*command, *["--quick"] * quick], check=True, capture_output=True, text=True
    )
    return json.loads(done.stdout)


def measure(contender: str, steps: int) -> dict[str, float | list[float]]:
    """Return seconds, megabytes beyond those at the start, loss and gradient."""
    prepare("cpu")
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    gradient = CONTENDERS[contender](steps)
    if contender == "ours":
        gradient()  # compiles
    start = time.thread_time()
    loss, found = gradient()
    seconds = time.thread_time() - start
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return {
        "seconds": seconds,
        "megabytes": (after - before) / 1000,
        "loss": loss,
        "gradient": found.tolist(),
    }


def set_up(steps: int) -> tuple[InnerTraining, Tensor, Drawn]:
    section = load_params(PARAMS).metalearn_activation
    changes = {"steps": steps, "counted": min(steps, section.inner.counted)}
    inner = section.inner.model_copy(update=changes)
    learned = Learned(section.outer.hidden, section.outer.share)
    dataset = make_dataset(num_samples=section.num_samples)
    streams = Streams(0, "benchmark", (0,))
    problems = Problems(dataset, inner, learned.noisy_units, streams, 0)
    training = InnerTraining(learned, problems, dataset, inner, section.grid)
    parameters = learned.initial(lambda part: streams.generator(0, f"meta-init/{part}"))
    return training, parameters, problems.draw(outer_problem("published", 1))


def ours(steps: int) -> Gradient:
    training, parameters, drawn = set_up(steps)

    def gradient() -> tuple[float, Tensor]:
        found = training.gradient(parameters, drawn)
        return training.outer_loss(), found

    return gradient


def plain(steps: int) -> Gradient:
    training, start, drawn = set_up(steps)
    inner, network = training.inner, training.training.network
    learned, problem = training.activation, drawn.problem

    def gradient() -> tuple[float, Tensor]:
        parameters = start.float().requires_grad_()
        first, last = learned.layers(parameters)

        def activation(x: Tensor, noise: Tensor) -> Tensor:
            units = torch.tanh(x[..., None] * first[0] + first[1]) + noise
            return (
                functional.elu(x)
                + learned.share * (units @ last[:-1] + last[-1])[..., 0]
            )

        weights = problem.weights.clone().requires_grad_()
        squares, losses = torch.ones_like(weights), []
        for t in range(steps):
            w1, b1, w2, b2 = network.split(weights)
            hidden = activation(problem.x[t] @ w1 + b1, drawn.activation_noise[t])
            logits = (hidden + problem.noise[t]) @ w2 + b2
            loss = functional.cross_entropy(logits, problem.y[t])
            (g,) = torch.autograd.grad(loss, weights, create_graph=True)
            squares = squares * inner.decay + g**2 * (1 - inner.decay)
            weights = weights - inner.learning_rate * g / (squares.sqrt() + 1e-8)
            losses.append(loss)
        outer_loss = torch.stack(losses[-inner.counted :]).mean()
        (found,) = torch.autograd.grad(outer_loss, parameters)
        return outer_loss.item(), found

    return gradient


CONTENDERS: dict[str, Callable[[int], Gradient]] = {"ours": ours, "plain": plain}


if __name__ == "__main__":
    main()
