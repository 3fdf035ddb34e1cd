"""Train networks of one hidden layer and several widths until they interpolate."""

from functools import partial

import numpy as np

from scaling_down.contracts import Arrays, TrainingJob
from scaling_down.engine.data import Data
from scaling_down.engine.machine import prepare
from scaling_down.engine.models.mlp import MLP
from scaling_down.engine.training import Protocol
from scaling_down.seeds import Streams
from scaling_down.sweeps.labels import noisy_labels
from scaling_down.sweeps.training import train_widths

LOSSES = {"nll": "cross_entropy", "mse": "mse"}


def train(job: TrainingJob) -> Arrays:
    """Return `width`, `parameters` [R, W], `step` [R, T] and histories [R, W, T].

    Each replica has training samples and label noise of its own, equal for all
    widths, losses and lengths of training; the test samples are all of the chosen
    digits, with their true labels.
    """
    settings = job.settings
    classes, dataset = settings["classes"], job.reads["dataset"]
    x, y = training_samples(
        job.streams, dataset["x"], dataset["y"], settings["n_train"], classes
    )
    y = noisy_labels(job.streams, y, settings["label_noise"], classes)
    tested = dataset["y_test"] < classes
    data = Data.from_arrays(
        x, y, dataset["x_test"][tested], dataset["y_test"][tested], prepare(job.device)
    )
    protocol = Protocol(
        optimizer="adam",
        learning_rate=settings["learning_rate"],
        learning_rate_schedule="cosine",
        steps=settings["steps"],
        batch_size=None,
        batch_order="sequential",
        evaluate_every=max(1, settings["steps"] // 4),
        loss=LOSSES[settings["loss"]],
    )
    build = partial(network, job.streams, x.shape[2], classes)
    return train_widths(job, data, build, protocol)


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
