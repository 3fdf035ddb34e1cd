"""Train networks of one hidden layer and several widths until they interpolate."""

from functools import partial
from typing import Literal

import numpy as np

from scaling_down.engine.data import Data
from scaling_down.engine.labels import noisy_labels
from scaling_down.engine.models.mlp import MLP
from scaling_down.engine.protocol import Protocol
from scaling_down.engine.steps.dense import DenseStep
from scaling_down.engine.streams import Streams
from scaling_down.engine.widths import train_widths
from scaling_down.experiments.contract import Arrays, Job
from scaling_down.experiments.dataset.arrays import dataset_arrays
from scaling_down.experiments.interpolation_threshold.settings import Loss, Widths

LOSSES: dict[Loss, Literal["cross_entropy", "mse"]] = {
    "nll": "cross_entropy",
    "mse": "mse",
}


def compute(job: Job[Widths]) -> Arrays:
    """Return `width`, `parameters` [R, W], `step` [R, T] and histories [R, W, T].

    Each replica has training samples and label noise of its own, equal for all
    widths, losses and lengths of training; the test samples are all of the chosen
    digits, with their true labels.
    """
    settings = job.settings
    classes, dataset = settings.classes, dataset_arrays(settings.dataset)
    x, y = training_samples(
        job.streams, dataset["x"], dataset["y"], settings.n_train, classes
    )
    y = noisy_labels(job.streams, y, settings.label_noise, classes)
    tested = dataset["y_test"] < classes
    data = Data.from_arrays(
        x, y, dataset["x_test"][tested], dataset["y_test"][tested], job.device
    )
    build = partial(network, job.streams, x.shape[2], classes)
    return train_widths(
        settings.widths, build, data, protocol(settings), job.streams,
        step=DenseStep, progress=job.progress,
    )  # fmt: skip


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
