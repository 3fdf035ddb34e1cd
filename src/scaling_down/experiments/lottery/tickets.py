"""The masks of tickets: kept as the order of pruning, or drawn again.

A layer's mask is a vector of its weights and biases, True where one survives. A block
of rounds keeps one small number for each weight, the place in the block of the last
round that it survives, from which the masks of all its rounds follow. Random masks are
kept nowhere: their streams draw them again.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

from scaling_down.engine import masks as masking
from scaling_down.engine.steps import StepFactory
from scaling_down.engine.steps.autograd import AutogradStep
from scaling_down.engine.steps.sparse import sparse_below
from scaling_down.engine.streams import Streams
from scaling_down.experiments.contract import Arrays
from scaling_down.experiments.lottery.settings import Arm, RandomMasks, Rounds

Vectors = dict[str, Tensor]
GONE_BEFORE = -1


def last_survived(worn: Sequence[Vectors], following: Vectors | None) -> np.ndarray:
    """Return the place in a block of the last round that each weight survives, [R, n].

    `worn` are the nested masks of the block's rounds; n runs over all layers. -1 is
    for weights that were pruned before the block, the number of rounds for those that
    `following`, the masks after the block, keeps too.
    """
    kept = [*worn, following] if following is not None else worn
    # Any: for mypy the sum might be that of nothing, which is no array.
    counts: Any = sum(_joined(masks).astype(np.int8) for masks in kept)
    return counts + np.int8(GONE_BEFORE)


def masks_of_place(block: Arrays, place: int, sizes: Mapping[str, int]) -> Vectors:
    """Return the layers' masks [R, size] that the round in a block's place wears.

    The place after the block's last round is that of the round which follows. `sizes`
    are the lengths of the layers' vectors, by name.
    """
    survives = block["last_survived"] >= place
    ends = np.cumsum(list(sizes.values()))[:-1]
    layers = np.split(survives, ends, axis=1)
    return {n: torch.from_numpy(mask) for n, mask in zip(sizes, layers, strict=True)}


def masks_of_round(block: Arrays, number: int, sizes: Mapping[str, int]) -> Vectors:
    """Return the layers' masks of a round from the block that holds it."""
    (place,) = np.flatnonzero(block["round"][0] == number)
    return masks_of_place(block, int(place), sizes)


def random_masks(
    streams: Streams,
    sizes: Mapping[str, int],
    number: int,
    sparsity: float,
    kind: RandomMasks,
) -> Vectors:
    """Return uniformly random masks [R, size] of a round: drawn afresh, or nested.

    Drawn afresh as in the notebook, a mask depends on its round; nested ones cut the
    same random order of a layer's weights, so that what is pruned stays pruned.
    """
    where = "all" if kind == "nested" else number
    return {
        name: masking.random_mask(
            streams.generators(f"random-mask/{where}/{name}"), size, sparsity
        )
        for name, size in sizes.items()
    }


def matched_masks(
    streams: Streams, masks: Vectors, units: Mapping[str, int]
) -> Vectors:
    """Return random masks with the margins of given ones, [R, size] each.

    Every one of a layer's `units` keeps as many weights, and so does every input; a
    bias counts as the weight of one more input. What else the given masks have in
    common is gone.
    """
    return {name: _matched(streams, name, masks[name], units[name]) for name in masks}


def _matched(streams: Streams, name: str, masks: Tensor, units: int) -> Tensor:
    drawn = []
    generators = streams.generators(f"matched-mask/{name}")
    for generator, mask in zip(generators, masks.cpu().numpy(), strict=True):
        weights, biases = mask[:-units].reshape(units, -1), mask[-units:, None]
        matrix = np.concatenate([weights, biases], axis=1)
        matched = masking.with_equal_margins(matrix, generator)
        drawn.append(np.concatenate([matched[:, :-1].ravel(), matched[:, -1]]))
    return torch.from_numpy(np.stack(drawn))


def narrow_hidden(inputs: int, hidden: int, sparsity: float) -> int:
    """Return the width of the dense network nearest in size to a ticket.

    The ticket is that of a network of `hidden` units at a sparsity.
    """
    sizes = layer_sizes(inputs, hidden).values()
    kept = sum(masking.survivor_count(size, sparsity) for size in sizes)
    return min(
        range(1, hidden + 1),
        key=lambda width: abs(sum(layer_sizes(inputs, width).values()) - kept),
    )


def ticket_step(settings: Rounds | Arm) -> StepFactory:
    """Return what takes the steps of a ticket: sparse ones for few survivors."""
    return sparse_below(settings.sparse_below, dense=AutogradStep)


def layer_sizes(inputs: int, hidden: int, classes: int = 10) -> dict[str, int]:
    """Return the number of parameters of the residual MLP's layers, by name."""
    return {
        "first": (inputs + 1) * hidden,
        "second": (hidden + 1) * hidden,
        "third": (hidden + 1) * classes,
    }


def _joined(masks: Vectors) -> np.ndarray:
    return np.concatenate([mask.cpu().numpy() for mask in masks.values()], axis=1)
