"""Learn an activation: gradient descent on the loss of whole inner trainings."""

import numpy as np
import torch
from torch import Tensor

from scaling_down.experiments.contract import Arrays, Job
from scaling_down.experiments.dataset.arrays import dataset_arrays
from scaling_down.experiments.metalearn_activation.activations import (
    Activation,
    activation_of,
)
from scaling_down.experiments.metalearn_activation.problems import (
    Drawn,
    Problems,
    outer_problem,
)
from scaling_down.experiments.metalearn_activation.settings import Metalearning
from scaling_down.experiments.metalearn_activation.trainings import InnerTraining

REACH, SPACING = 10, 0.1
"""Where learned functions and densities are looked at, and how closely."""


def compute(job: Job[Metalearning]) -> Arrays:
    """Return what each outer step shows, and the activation that is learned.

    `outer_step` [R, T] and, before each update, `outer_loss`, `final_inner_loss`,
    `test_accuracy` and `share_outside`, the share of pre-activations beyond the
    table. `parameters` [R, P] are those after the last update. At `x` [R, X] stand
    the function that it began with, the last one, and the density of pre-activations
    of the last inner training, all its steps together.
    """
    dataset = dataset_arrays(job.settings.dataset)
    replicas = job.streams.replicas
    rows = []
    for done, replica in enumerate(replicas):
        rows.append(_replica(job, dataset, replica))
        job.progress(done + 1, len(replicas))
    return {name: np.stack([row[name] for row in rows]) for name in rows[0]}


def _replica(job: Job[Metalearning], dataset: Arrays, replica: int) -> Arrays:
    settings, outer = job.settings, job.settings.outer
    activation = activation_of(settings.family, outer)
    problems = Problems(
        dataset, settings.inner, activation.noisy_units, job.streams, replica
    )
    inner = InnerTraining(activation, problems, dataset, settings.inner, settings.grid)
    initial = parameters = activation.initial(
        lambda part: job.streams.generator(replica, f"meta-init/{part}")
    )
    velocity = torch.zeros_like(parameters)
    steps = []
    for step in range(outer.steps):
        drawn = problems.draw(outer_problem(settings.protocol, step))
        at = f"replica {replica}, outer step {step}"
        gradient = _gradient(inner, parameters, drawn, at)
        steps.append(_seen(inner))
        last = parameters
        velocity = outer.momentum * velocity + gradient.clamp(-outer.clamp, outer.clamp)
        parameters = parameters - outer.learning_rate * velocity
    return {
        "outer_step": np.arange(outer.steps),
        **{name: np.array([s[name] for s in steps]) for name in steps[0]},
        "parameters": parameters.numpy(),
        **_looked_at(activation, initial, last, inner.training.preactivations),
    }


def _gradient(
    inner: InnerTraining, parameters: Tensor, drawn: Drawn, at: str
) -> Tensor:
    """Return the outer gradient; a loss that is not finite names where it was met."""
    try:
        return inner.gradient(parameters, drawn)
    except ArithmeticError as error:
        raise ArithmeticError(f"{at}: {error}") from None


def _seen(inner: InnerTraining) -> dict[str, float]:
    return {
        "outer_loss": inner.outer_loss(),
        "final_inner_loss": float(inner.training.losses[-1]),
        "test_accuracy": inner.test_accuracy(),
        "share_outside": inner.share_outside(),
    }


def _looked_at(
    activation: Activation, initial: Tensor, last: Tensor, preactivations: Tensor
) -> Arrays:
    count = round(2 * REACH / SPACING) + 1
    x = np.linspace(-REACH, REACH, count)
    edges = np.linspace(-REACH - SPACING / 2, REACH + SPACING / 2, count + 1)
    hits, _ = np.histogram(preactivations.numpy(), edges)
    places = torch.from_numpy(x)
    return {
        "x": x,
        "initial": activation(initial, places)[0].numpy(),
        "value": activation(last, places)[0].numpy(),
        "density": hits / (preactivations.numel() * SPACING),
    }
