"""An outer step of the metalearned activation against a plain unrolled loop.

    python benchmarks/metalearn_activation.py [--quick] [--record FILE]

One replica at the paper's scale: 301 inner steps of RMSProp, 40-128-10, batch 100; with
--quick 31 steps.  The loop evaluates the activation's network on all hidden units and
lets autograd keep all steps; the engine looks the activation up in a table and goes
back by hand.  Each has a process of its own, for its memory; the time is without what
compiles.  The products are those of the loop with an activation that needs none.
"""

from __future__ import annotations

import multiprocessing
import resource
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from typing import Any

from record import PARAMS, SIZE, Benchmark, large_product, median_times, operations

# isort: split

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

Gradient = Callable[[], tuple[float, Tensor]]
Layers = tuple[Tensor, Tensor]
Activation = Callable[[Learned, Layers, Tensor, Tensor], Tensor]


def main() -> None:
    benchmark = Benchmark(__doc__, "31 inner steps")
    steps = 31 if benchmark.quick else 301
    found = {name: in_a_process(measure, name, steps) for name in CONTENDERS}
    rate = 2 * SIZE**3 / median_times({"large": large_product()}, 20)["large"]
    times = {name: numbers["seconds"] for name, numbers in found.items()}
    times["products"] = in_a_process(products, steps) / rate
    benchmark.times(f"{steps} inner steps", times)
    for name, numbers in found.items():
        benchmark.add(name, "memory beyond the start", numbers["memory"], "MiB")
        print(f"{name}: outer loss {numbers['loss']:.6f}")
    ours, plain = (numbers["gradient"] for numbers in found.values())
    distance = np.abs(ours - plain).max() / np.abs(plain).max()
    print(f"largest difference of the gradients: {distance:.1e} of the largest entry")
    benchmark.close()


def in_a_process(function: Callable[..., Any], *arguments: Any) -> Any:
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=context) as pool:
        return pool.submit(function, *arguments).result()


def measure(contender: str, steps: int) -> dict[str, Any]:
    """Return seconds, MiB beyond those at the start, loss and gradient."""
    prepare("cpu")
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    gradient = CONTENDERS[contender](steps)
    if contender == "engine":
        gradient()  # compiles
    start = time.process_time()
    loss, found = gradient()
    seconds = time.process_time() - start
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return {
        "seconds": seconds,
        "memory": (after - before) / 1024,
        "loss": loss,
        "gradient": found.numpy(),
    }


def products(steps: int) -> int:
    """Return the operations of the products of the inner networks."""
    prepare("cpu")
    return operations(loop(steps, without_products))


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


def engine(steps: int) -> Gradient:
    training, parameters, drawn = set_up(steps)

    def gradient() -> tuple[float, Tensor]:
        found = training.gradient(parameters, drawn)
        return training.outer_loss(), found

    return gradient


def evaluated(learned: Learned, layers: Layers, x: Tensor, noise: Tensor) -> Tensor:
    """Return the activation, its network evaluated on every unit."""
    first, last = layers
    units = torch.tanh(x[..., None] * first[0] + first[1]) + noise
    return functional.elu(x) + learned.share * (units @ last[:-1] + last[-1])[..., 0]


def without_products(_: Learned, layers: Layers, x: Tensor, __: Tensor) -> Tensor:
    """Return an activation that has a gradient by its parameters and no products."""
    return torch.tanh(x) * layers[1][-1]


def loop(steps: int, activation: Activation = evaluated) -> Gradient:
    training, start, drawn = set_up(steps)
    inner, network = training.inner, training.training.network
    learned, problem = training.activation, drawn.problem

    def gradient() -> tuple[float, Tensor]:
        parameters = start.float().requires_grad_()
        layers = learned.layers(parameters)
        weights = problem.weights.clone().requires_grad_()
        squares, losses = torch.ones_like(weights), []
        for t in range(steps):
            w1, b1, w2, b2 = network.split(weights)
            inputs, noise = problem.x[t] @ w1 + b1, drawn.activation_noise[t]
            hidden = activation(learned, layers, inputs, noise)
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


CONTENDERS: dict[str, Callable[[int], Gradient]] = {"engine": engine, "loop": loop}


if __name__ == "__main__":
    main()
