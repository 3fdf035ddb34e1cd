"""Train networks of one variant on samples of their own."""

import numpy as np
import torch
from torch import Tensor

from scaling_down.engine.data import Data
from scaling_down.engine.evaluation import SAMPLES_AT_ONCE, evaluate
from scaling_down.engine.models.pooled_cnn import Head, PooledCNN, Pooling
from scaling_down.engine.steps.pooled import PooledStep
from scaling_down.engine.streams import Streams
from scaling_down.engine.training import optimise
from scaling_down.experiments.contract import Arrays, Job
from scaling_down.experiments.dataset.arrays import dataset_arrays, fresh_arrays
from scaling_down.experiments.optimisation import sequential_protocol
from scaling_down.experiments.pooling.settings import Training, Variant

VARIANTS: dict[Variant, tuple[Pooling, Head]] = {
    "no_pool": ("none", "all"),
    "stride_2": ("stride", "all"),
    "max": ("max", "all"),
    "average": ("average", "all"),
    "l2": ("l2", "all"),
    "blur": ("blur", "all"),
    "global_average": ("none", "global_average"),
    "head_average": ("none", "window_average"),
    "head_stride": ("none", "window_first"),
}
"""The last three have no pooling between the layers; the last two have a head as large
as that of the pooled variants."""


def compute(job: Job[Training]) -> Arrays:
    """Return the history of `optimise`, and what shifted test samples show.

    `agreement` [R, S] is the share of test samples that the final network gives the
    same class whether shifted or not, `shifted_accuracy` [R, S] the accuracy on the
    shifted ones.
    """
    settings = job.settings
    dataset = dataset_arrays(settings.dataset)
    x, y = training_samples(job.streams, dataset["x"], dataset["y"], settings.n_train)
    fresh = fresh_arrays(settings.dataset, settings.fresh_samples)
    x_test, y_test = dataset["x_test"], dataset["y_test"]
    data = Data.from_arrays(x, y, x_test, y_test, job.device, fresh=fresh)
    pooling, head = VARIANTS[settings.variant]
    model = PooledCNN(job.streams, pooling, head, inputs=x.shape[2])
    history = optimise(
        model, data, sequential_protocol(settings), job.streams,
        step=PooledStep, progress=job.progress,
    )  # fmt: skip
    shifted = [shifted_metrics(model, data, shift) for shift in settings.shifts]
    agreement, accuracy = np.stack(shifted).transpose(1, 2, 0)
    return {**history, "agreement": agreement, "shifted_accuracy": accuracy}


def training_samples(
    streams: Streams, x: np.ndarray, y: np.ndarray, samples: int
) -> tuple[np.ndarray, np.ndarray]:
    """Draw samples of the pool for each replica: x [R, samples, D], y [R, samples].

    A smaller draw is the beginning of a larger one, and all variants get the same.
    Raises ValueError where the pool is too small.
    """
    if len(y) < samples:
        raise ValueError(f"a pool of {len(y)} samples, not {samples}")
    orders = [g.permutation(len(y))[:samples] for g in streams.generators("samples")]
    return x[np.stack(orders)], y[np.stack(orders)]


def shifted_metrics(
    model: PooledCNN, data: Data, shift: int
) -> tuple[np.ndarray, np.ndarray]:
    """Return agreement and accuracy of each replica on shifted test samples, [R] each.

    Samples are shifted round, as the dataset's own translation is, by so many of
    their positions, and the mean of both directions is taken.
    """
    predicted = predictions(model, data.x_test)
    both = [
        (
            evaluate(model, rolled, predicted)[1],
            evaluate(model, rolled, data.y_test)[1],
        )
        for rolled in (
            data.x_test[..., : model.inputs].roll(places, -1)
            for places in (shift, -shift)
        )
    ]
    agreement, accuracy = np.mean(both, axis=0)
    return agreement, accuracy


def predictions(model: PooledCNN, x: Tensor) -> Tensor:
    """Return each replica's classes, [R, N], of samples [1 or R, N, D or more]."""
    with torch.inference_mode():
        parts = [model(part).argmax(2) for part in x.split(SAMPLES_AT_ONCE, 1)]
    return torch.cat(parts, 1)
