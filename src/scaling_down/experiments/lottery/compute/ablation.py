"""Train a ticket again: on moved positions, or with new initial weights."""

from dataclasses import replace

import numpy as np

from scaling_down.engine import masks as masking
from scaling_down.engine.models.mlp import ResidualMLP
from scaling_down.engine.streams import Streams
from scaling_down.engine.training import optimise
from scaling_down.experiments.contract import Arrays, Job
from scaling_down.experiments.dataset.samples import data_of, in_order, sample_sets
from scaling_down.experiments.lottery.settings import Arm
from scaling_down.experiments.lottery.tickets import (
    masks_of_round,
    matched_masks,
    narrow_hidden,
    random_masks,
    ticket_step,
)
from scaling_down.experiments.optimisation import sequential_protocol


def compute(job: Job[Arm]) -> Arrays:
    """Return the history of `optimise`: step, losses, accuracies, final accuracies.

    All arms of a replica on equal training sets share the order of the samples; those
    of equal positions the order of these, those of equal weights the initial weights.
    """
    settings = job.settings
    sets = sample_sets(
        settings.dataset, settings.fresh_samples, settings.training_sets, job.streams
    )
    inputs = sets["x"].shape[-1]
    order = position_order(settings.positions, job.streams, inputs)
    data = data_of(in_order(sets, order), job.device)
    streams = weight_streams(settings.weights, job.streams)
    model = ResidualMLP(streams, inputs=inputs, hidden=hidden_units(settings, inputs))
    protocol = sequential_protocol(settings)
    return optimise(
        model, data, replace(protocol, weight_decay=settings.weight_decay), job.streams,
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


def weight_streams(weights: str, streams: Streams) -> Streams:
    """Return the streams that the initial weights come from.

    The original ones are those that the rounds of pruning began with.
    """
    if weights == "original":
        return streams
    return replace(streams, experiment=f"{streams.experiment}/reinitialised")


def hidden_units(settings: Arm, inputs: int) -> int:
    """Return the units of a hidden layer: fewer in the narrow network."""
    if settings.ticket == "narrow" and settings.sparsity is not None:
        return narrow_hidden(inputs, settings.hidden, settings.sparsity)
    return settings.hidden


def ticket_masks(job: Job[Arm], model: ResidualMLP) -> masking.Masks | None:
    """Return the masks of the ticket's round; dense networks have none."""
    settings = job.settings
    number, sparsity = settings.round, settings.sparsity
    if number is None or sparsity is None or settings.ticket == "narrow":
        return None
    layers = masking.layers(model)
    sizes = {name: layer.size for name, layer in layers.items()}
    if settings.random_masks is not None:
        kind = settings.random_masks
        return random_masks(job.streams, sizes, number, sparsity, kind)
    masks = masks_of_round(job.reads["block"], number, sizes)
    if settings.ticket == "lottery":
        return masks
    units = {name: layer.outputs for name, layer in layers.items()}
    return matched_masks(job.streams, masks, units)
