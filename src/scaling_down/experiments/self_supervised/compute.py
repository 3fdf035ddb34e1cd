"""Train the networks of one arm without labels, and probe all their layers."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from threadpoolctl import threadpool_limits

from scaling_down.engine.augmentations import Augmentations
from scaling_down.engine.contrastive import Contrast, contrast, features
from scaling_down.engine.history import repeated
from scaling_down.engine.models.simclr import SimCLR
from scaling_down.experiments.contract import Arrays, Job
from scaling_down.experiments.dataset.arrays import dataset_arrays
from scaling_down.experiments.self_supervised.probes import Data, probed
from scaling_down.experiments.self_supervised.settings import (
    PROJECTOR_WIDTHS,
    Training,
)


def compute(job: Job[Training]) -> Arrays:
    """Return the mean loss of each epoch and what the probes find.

    `loss` is [R, epochs] in nats; `digit_count` [R, 10] are the test samples of each
    digit; the others are those of `probed`, [R, L, ...] for the input and every layer.
    Weights and features are not kept: training again takes a minute.
    """
    settings = job.settings
    dataset = dataset_arrays(settings.dataset, job.reads["dataset"])
    x, x_test = dataset["x"], dataset["x_test"]
    model = SimCLR(job.streams, PROJECTOR_WIDTHS[settings.projector], inputs=x.shape[1])
    seen = x if settings.trained_on == "train" else np.concatenate([x, x_test])
    loss = contrast(
        model, seen, contrast_of(settings), job.streams, job.device, job.progress
    )
    layers = [
        Layer(*pair)
        for pair in zip(_with_input(model, x), _with_input(model, x_test), strict=True)
    ]
    with threadpool_limits(1):
        rows = [
            _of_replica(place, layers, dataset, job)
            for place in range(len(job.streams.replicas))
        ]
    count = np.bincount(dataset["y_test"], minlength=10)
    return {
        "loss": loss,
        "digit_count": repeated(count, len(rows)),
        **{name: np.stack([row[name] for row in rows]) for name in rows[0]},
    }


class Layer(NamedTuple):
    """A layer's features of the training and of the test samples, [R, N, width]."""

    x: np.ndarray
    x_test: np.ndarray


def _with_input(model: SimCLR, x: np.ndarray) -> list[np.ndarray]:
    """Return the samples, the same for all replicas, and every layer's features."""
    return [np.broadcast_to(x, (model.replicas, *x.shape)), *features(model, x)]


def _of_replica(
    place: int, layers: Sequence[Layer], dataset: Arrays, job: Job[Training]
) -> Arrays:
    """Probe the layers of one replica: arrays [L, ...]."""
    probes, replica = job.settings.probes, job.streams.replicas[place]
    y, y_test = dataset["y"], dataset["y_test"]
    held_out = held_out_samples(
        len(y), probes.validation, job.streams.generator(replica, "validation")
    )
    rows = []
    for number, layer in enumerate(layers):
        data = Data(layer.x[place], y, layer.x_test[place], y_test)
        generator = job.streams.generator(replica, f"projection/{number}")
        shape = (data.x.shape[1], probes.dimension)
        projection = generator.standard_normal(shape) / np.sqrt(shape[0])
        rows.append(probed(data, probes, held_out, projection))
    return {name: np.stack([row[name] for row in rows]) for name in rows[0]}


def held_out_samples(
    samples: int, share: float, generator: np.random.Generator
) -> np.ndarray:
    """Choose a share of the samples, boolean [N]; one at least."""
    held_out = np.zeros(samples, dtype=bool)
    chosen = generator.permutation(samples)[: max(1, round(share * samples))]
    held_out[chosen] = True
    return held_out


def contrast_of(settings: Training) -> Contrast:
    """Return an arm's training in the engine's terms."""
    return Contrast(
        learning_rate=settings.learning_rate,
        epochs=settings.epochs,
        batch_size=settings.batch_size,
        temperature=settings.temperature,
        loss=settings.loss,
        augmentations=Augmentations(
            applied=settings.augmentations,
            max_shift=settings.max_shift,
            slope_sd=settings.slope_sd,
            offset_sd=settings.offset_sd,
        ),
    )
