"""Train networks with one activation, at all learning rates, in one scenario."""

import numpy as np
import torch
from torch import Tensor

from scaling_down.experiments.contract import Arrays, Job
from scaling_down.experiments.dataset.arrays import dataset_arrays
from scaling_down.experiments.metalearn_activation.activations import (
    Activation,
    Gains,
    activation_of,
)
from scaling_down.experiments.metalearn_activation.problems import (
    Names,
    Problems,
    seen_problem,
    unseen_problem,
)
from scaling_down.experiments.metalearn_activation.settings import Comparison
from scaling_down.experiments.metalearn_activation.trainings import InnerTraining

METRICS = ("outer_loss", "test_accuracy", "share_outside")


def compute(job: Job[Comparison]) -> Arrays:
    """Return `outer_loss`, `test_accuracy` and `share_outside`, [R, rates, problems].

    All scenarios but `seen` have the problems of the same names, so that a longer
    training begins like a shorter one.
    """
    settings, replicas = job.settings, job.streams.replicas
    dataset = dataset_arrays(settings.dataset)
    activation, parameters = _activation(job)
    rates = settings.learning_rates
    values = np.empty((len(METRICS), len(replicas), len(rates), settings.problems))
    for row, replica in enumerate(replicas):
        problems = Problems(
            dataset, settings.inner, activation.noisy_units, job.streams, replica
        )
        inner = InnerTraining(
            activation, problems, dataset, settings.inner, settings.grid
        )
        for number in range(settings.problems):
            drawn = problems.draw(_names(settings, number))
            for place, rate in enumerate(rates):
                inner.run(parameters[row], drawn, rate)
                values[:, row, place, number] = [
                    getattr(inner, name)() for name in METRICS
                ]
        job.progress(row + 1, len(replicas))
    return dict(zip(METRICS, values, strict=True))


def _names(settings: Comparison, number: int) -> Names:
    if settings.scenario == "seen":
        return seen_problem()
    return unseen_problem(f"unseen-{number}")


def _activation(job: Job[Comparison]) -> tuple[Activation, Tensor]:
    """Return the activation and its parameters, [R, P]."""
    settings = job.settings
    if settings.family and settings.outer:
        parameters = torch.from_numpy(job.reads["metalearned"]["parameters"])
        return activation_of(settings.family, settings.outer), parameters
    if settings.shape is None:
        raise ValueError("a comparison needs a family or a shape")
    ones = torch.ones(len(job.streams.replicas), 2, dtype=torch.float64)
    return Gains(settings.shape), ones
