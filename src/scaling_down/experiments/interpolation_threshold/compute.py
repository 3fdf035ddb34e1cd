"""Train networks of one hidden layer and several widths until they interpolate."""

from functools import partial
from typing import Literal

import numpy as np
import torch

from scaling_down.engine.data import Data
from scaling_down.engine.labels import noisy_labels
from scaling_down.engine.models.mlp import MLP
from scaling_down.engine.protocol import Protocol
from scaling_down.engine.steps.dense import DenseStep
from scaling_down.engine.streams import Streams
from scaling_down.engine.widths import train_widths
from scaling_down.experiments.contract import Arrays, Job
from scaling_down.experiments.dataset.arrays import dataset_arrays
from scaling_down.experiments.interpolation_threshold.settings import (
    DIGITS,
    Loss,
    Widths,
)

LOSSES: dict[Loss, Literal["cross_entropy", "mse"]] = {
    "nll": "cross_entropy",
    "mse": "mse",
}


def compute(job: Job[Widths]) -> Arrays:
    """Return `width`, `parameters` [R, W], `step` [R, T] and histories [R, W, T].

    Each replica has training samples and label noise of its own, equal for all
    widths, losses and lengths of training. Of labels that are all random, in training
    and test, the inputs are those of all digits, so that nothing but the labels depends
    on the number of classes; else the digits below it are trained on and tested, with
    their true labels.
    """
    settings = job.settings
    samples = random_labels if settings.label_noise == 1 else real_labels
    data = samples(settings, job.streams, job.device)
    inputs = settings.dataset.final_seq_length
    build = partial(network, job.streams, inputs, settings.classes)
    return train_widths(
        settings.widths, build, data, protocol(settings), job.streams,
        step=DenseStep, progress=job.progress,
    )  # fmt: skip


def random_labels(
    settings: Widths, streams: Streams, device: torch.device | str
) -> Data:
    """Return samples of all digits, with labels drawn from the classes."""
    dataset, classes = dataset_arrays(settings.dataset), settings.classes
    x, y = training_samples(
        streams, dataset["x"], dataset["y"], settings.n_train, DIGITS
    )
    labels = noisy_labels(streams, y, settings.label_noise, classes)
    x_test, tests = dataset["x_test"], len(dataset["x_test"])
    test_labels = [
        g.integers(classes, size=tests) for g in streams.generators("test-labels")
    ]
    return Data.from_arrays(x, labels, x_test, np.stack(test_labels), device)


def real_labels(settings: Widths, streams: Streams, device: torch.device | str) -> Data:
    """Return samples of the digits below the number of classes, with their labels."""
    dataset, classes = dataset_arrays(settings.dataset), settings.classes
    x, y = training_samples(
        streams, dataset["x"], dataset["y"], settings.n_train, classes
    )
    labels = noisy_labels(streams, y, settings.label_noise, classes)
    tested = dataset["y_test"] < classes
    x_test, y_test = dataset["x_test"][tested], dataset["y_test"][tested]
    return Data.from_arrays(x, labels, x_test, y_test, device)


def protocol(settings: Widths) -> Protocol:
    """Return the training protocol; four evaluations on the way to the last step."""
    steps_an_epoch = -(-settings.n_train // settings.batch_size)
    steps = settings.epochs * steps_an_epoch
    return Protocol(
        optimizer="adam",
        learning_rate=settings.learning_rate,
        learning_rate_schedule="cosine",
        steps=steps,
        batch_size=settings.batch_size,
        batch_order="shuffled",
        evaluate_every=max(1, steps // 4),
        loss=LOSSES[settings.loss],
    )


def training_samples(
    streams: Streams, x: np.ndarray, y: np.ndarray, samples: int, classes: int
) -> tuple[np.ndarray, np.ndarray]:
    """Draw `samples` of the digits below `classes` for each replica.

    Returns x [R, samples, D] and y [R, samples]. A smaller draw is the beginning of
    a larger one. Raises ValueError where there are too few.
    """
    chosen = np.flatnonzero(y < classes)
    if len(chosen) < samples:
        raise ValueError(f"{len(chosen)} samples of {classes} classes, not {samples}")
    orders = [g.permutation(chosen)[:samples] for g in streams.generators("samples")]
    return x[np.stack(orders)], y[np.stack(orders)]


def network(streams: Streams, inputs: int, classes: int, width: int) -> MLP:
    """Return networks of one hidden layer: (41 + K) h + K parameters."""
    return MLP(streams, inputs, (width,), classes)
