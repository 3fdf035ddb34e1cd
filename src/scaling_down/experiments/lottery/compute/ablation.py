"""Train a ticket again: on moved positions, or with new initial weights."""

from dataclasses import replace

import numpy as np

from scaling_down.engine import masks as masking
from scaling_down.engine.data import Data
from scaling_down.engine.models.mlp import ResidualMLP
from scaling_down.engine.streams import Streams
from scaling_down.engine.training import optimise
from scaling_down.experiments.contract import Arrays, Job
from scaling_down.experiments.dataset.arrays import dataset_arrays
from scaling_down.experiments.lottery.settings import Arm
from scaling_down.experiments.lottery.tickets import (
    masks_of_round,
    random_masks,
    ticket_step,
)
from scaling_down.experiments.optimisation import sequential_protocol


def compute(job: Job[Arm]) -> Arrays:
    """Return the history: step, losses and accuracies, each [R, T].

    All arms of a replica share the dataset and the order of its samples; those of
    equal positions the order of positions, those of equal weights the initial weights.
    """
    settings = job.settings
    dataset, device = dataset_arrays(settings.dataset), job.device
    order = position_order(settings.positions, job.streams, dataset["x"].shape[1])
    x, x_test = (reordered(dataset[name], order) for name in ("x", "x_test"))
    data = Data.from_arrays(x, dataset["y"], x_test, dataset["y_test"], device)
    streams = weight_streams(settings.weights, job.streams)
    model = ResidualMLP(streams, inputs=x.shape[-1], hidden=settings.hidden)
    return optimise(
        model, data, sequential_protocol(settings), job.streams,
        step=ticket_step(settings), masks=ticket_masks(job, model),
        progress=job.progress,
    )  # fmt: skip


def position_order(positions: str, streams: Streams, length: int) -> np.ndarray:
    """Return the order of the positions: [length] for all, or [R, length].

    Chunked is the notebook's fixed one: of four chunks the third, the fourth, the
    first, the second, which comes to a rotation by half the length. Shuffled is a
    permutation for each replica, where the notebook has one for all.
    """
    plain = np.arange(length)
    if positions == "shuffled":
        generators = streams.generators("positions")
        return np.stack([generator.permutation(length) for generator in generators])
    if positions == "chunked":
        chunks = np.array_split(plain, 4)
        return np.concatenate([chunks[place] for place in (2, 3, 0, 1)])
    return plain[::-1] if positions == "flipped" else plain


def reordered(x: np.ndarray, order: np.ndarray) -> np.ndarray:
    """Return x [N, D] with its positions in order: [N, D], or [R, N, D]."""
    return np.moveaxis(x[:, order], 1, 0) if order.ndim == 2 else x[:, order]


def weight_streams(weights: str, streams: Streams) -> Streams:
    """Return the streams that the initial weights come from.

    The original ones are those that the rounds of pruning began with.
    """
    if weights == "original":
        return streams
    return replace(streams, experiment=f"{streams.experiment}/reinitialised")


def ticket_masks(job: Job[Arm], model: ResidualMLP) -> masking.Masks | None:
    """Return the masks of the ticket's round; the dense network has none."""
    settings = job.settings
    sizes = {name: layer.size for name, layer in masking.layers(model).items()}
    if settings.ticket == "lottery":
        return masks_of_round(job.reads["block"], settings.round, sizes)
    if settings.random_masks is not None:
        return random_masks(
            job.streams, sizes, settings.round, settings.sparsity,
            settings.random_masks,
        )  # fmt: skip
    return None
