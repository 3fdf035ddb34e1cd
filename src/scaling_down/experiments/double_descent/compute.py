"""Train networks of several widths on clean or noisy labels."""

from functools import partial

import numpy as np

from scaling_down.engine.labels import noisy_labels
from scaling_down.engine.models.cnn import CNN
from scaling_down.engine.models.mlp import MLP
from scaling_down.engine.protocol import Protocol
from scaling_down.engine.steps import StepFactory
from scaling_down.engine.steps.convolutional import ConvolutionalStep
from scaling_down.engine.steps.dense import DenseStep
from scaling_down.engine.streams import Streams
from scaling_down.engine.widths import train_widths
from scaling_down.experiments.contract import Arrays, Job
from scaling_down.experiments.dataset.samples import data_of, sample_sets
from scaling_down.experiments.double_descent.settings import Kind, Momentum, Widths


def compute(job: Job[Widths]) -> Arrays:
    """Return what `train_widths` does, by width: histories and final accuracies.

    Training metrics are over the labels that were trained on, noise included, as in
    the paper.
    """
    settings = job.settings
    sets = sample_sets(
        settings.dataset, settings.fresh_samples, settings.training_sets, job.streams
    )
    samples, inputs = sets["x"].shape[-2:]
    classes = int(sets["y"].max()) + 1
    noisy = noisy_labels(job.streams, sets["y"], settings.label_noise, classes)
    labels = np.ascontiguousarray(noisy)  # row by row, as the batches take them
    data = data_of(sets | {"y": labels}, job.device)
    build = partial(BUILDERS[settings.kind], job.streams, inputs, classes)
    return train_widths(
        settings.widths, build, data, protocol(settings, samples), job.streams,
        step=STEPS[settings.kind], progress=job.progress,
    )  # fmt: skip


def dense(streams: Streams, inputs: int, classes: int, width: int) -> MLP:
    """Return networks of two hidden layers of `width` units, h^2 + 52h + 10 weights."""
    return MLP(streams, inputs, (width, width), classes)


def convolutional(streams: Streams, inputs: int, classes: int, width: int) -> CNN:
    """Return networks of three convolutions of `width` channels."""
    return CNN(streams, width, inputs, classes)


BUILDERS = {"mlp": dense, "cnn": convolutional}
STEPS: dict[Kind, StepFactory] = {"mlp": DenseStep, "cnn": ConvolutionalStep}


def protocol(settings: Momentum, samples: int) -> Protocol:
    """Return the training protocol: epochs of shuffled batches of `samples`."""
    steps_an_epoch = -(-samples // settings.batch_size)
    return Protocol(
        optimizer="sgd",
        learning_rate=settings.learning_rate,
        momentum=settings.momentum,
        steps=settings.epochs * steps_an_epoch,
        batch_size=settings.batch_size,
        batch_order="shuffled",
        evaluate_every=settings.evaluate_every * steps_an_epoch,
    )
