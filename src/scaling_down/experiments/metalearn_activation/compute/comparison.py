"""Train networks with one activation, in all circumstances, at all learning rates."""

import numpy as np
import torch
from torch import Tensor

from scaling_down.experiments.contract import Arrays, Job
from scaling_down.experiments.dataset.arrays import dataset_arrays, fresh_arrays
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
from scaling_down.experiments.metalearn_activation.settings import (
    Circumstance,
    Comparison,
)
from scaling_down.experiments.metalearn_activation.trainings import InnerTraining

METRICS = ("outer_loss", "test_accuracy", "test_accuracy_population", "share_outside")


def compute(job: Job[Comparison]) -> Arrays:
    """Return what inner trainings end with, [R, circumstances, rates, problems].

    That is `outer_loss`, `test_accuracy`, the same on fresh samples, and
    `share_outside`. The unseen problems have the same names in all circumstances, so
    that a longer training begins like a shorter one; of the seen one, which is alone,
    all places have the numbers.
    """
    settings, replicas = job.settings, job.streams.replicas
    activation, parameters = _activation(job)
    shape = len(settings.circumstances), len(settings.learning_rates), settings.problems
    values = np.empty((len(METRICS), len(replicas), *shape))
    for place, circumstance in enumerate(settings.circumstances):
        dataset = dataset_arrays(circumstance.dataset)
        fresh = fresh_arrays(circumstance.dataset, settings.fresh_samples)
        inner = settings.inner.model_copy(update={"steps": circumstance.steps})
        for row, replica in enumerate(replicas):
            problems = Problems(
                dataset, inner, activation.noisy_units, job.streams, replica
            )
            training = InnerTraining(
                activation, problems, dataset, inner, settings.grid
            )
            for number, names in enumerate(_problems(settings, circumstance)):
                drawn = problems.draw(names)
                for rate, learning_rate in enumerate(settings.learning_rates):
                    training.run(parameters[row], drawn, learning_rate)
                    values[:, row, place, rate, number] = (
                        training.outer_loss(),
                        training.test_accuracy(),
                        training.accuracy_on(*fresh),
                        training.share_outside(),
                    )
            if circumstance.scenario == "seen":
                values[:, row, place] = values[:, row, place, :, :1]
        job.progress(place + 1, len(settings.circumstances))
    return dict(zip(METRICS, values, strict=True))


def _problems(settings: Comparison, circumstance: Circumstance) -> list[Names]:
    if circumstance.scenario == "seen":
        return [seen_problem()]
    return [unseen_problem(f"unseen-{number}") for number in range(settings.problems)]


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
