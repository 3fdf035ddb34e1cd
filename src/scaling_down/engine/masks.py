"""Masks for pruning, layer by layer, with weights and biases in one vector.

A mask is boolean, True where a parameter survives, and has a row for each replica.
Source of the layer-wise rule: the paper's lottery-ticket notebook.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import torch
from torch import Tensor, nn

from scaling_down.engine.layers import Linear

Masks = Mapping[str, Tensor]


def layers(model: nn.Module) -> dict[str, Linear]:
    """Return the dense layers by name, in order; see `Linear.vector`."""
    named = model.named_modules()
    return {name: layer for name, layer in named if isinstance(layer, Linear)}


def vectors(model: nn.Module) -> dict[str, Tensor]:
    """Return a copy of every layer's vector, [R, n]: true weights, then biases."""
    return {name: layer.vector() for name, layer in layers(model).items()}


def load_vectors(model: nn.Module, values: Masks) -> None:
    """Set the layers' vectors, [R, n] each: rewinds a model to kept weights."""
    for name, layer in layers(model).items():
        layer.load_vector(values[name])


def survivor_count(n: int, sparsity: float) -> int:
    """Return how many of n entries a sparsity (a fraction) leaves.

    The pruned ones are rounded down, as in the paper's notebook. Raises ValueError for
    a sparsity outside 0 to 1, as do the masks below.
    """
    if not 0 <= sparsity <= 1:
        raise ValueError(f"sparsity: {sparsity} is not between 0 and 1")
    return n - int(n * sparsity)


def magnitude_mask(
    scores: Tensor, sparsity: float, within: Tensor | None = None
) -> Tensor:
    """Keep the entries of largest magnitude in each row of scores [R, n].

    Exactly `survivor_count(n, sparsity)` survive; of equal scores the one in front
    goes first.  Entries outside `within` [R, n], an earlier mask, go before all
    others, so that masks of growing sparsity are nested exactly.
    """
    magnitude = scores.abs()
    if within is not None:
        magnitude = magnitude.masked_fill(~within, -1)
    order = magnitude.argsort(dim=1, stable=True)
    pruned = scores.shape[1] - survivor_count(scores.shape[1], sparsity)
    mask = torch.ones_like(scores, dtype=torch.bool)
    return mask.scatter_(1, order[:, :pruned], False)


def random_scores(generators: Sequence[np.random.Generator], n: int) -> Tensor:
    """Draw scores [R, n], a random order of 1 to n for each replica.

    Thresholded by `magnitude_mask` they give random masks that are nested.
    """
    return torch.from_numpy(np.stack([g.permutation(n) + 1 for g in generators]))


def random_mask(
    generators: Sequence[np.random.Generator], n: int, sparsity: float
) -> Tensor:
    """Draw a fresh random mask [R, n]; it is nested in no earlier one."""
    return magnitude_mask(random_scores(generators, n), sparsity)


TRADES_PER_ROW = 20
"""Enough for a row to meet forty others."""


def with_equal_margins(mask: np.ndarray, generator: np.random.Generator) -> np.ndarray:
    """Draw a random boolean matrix [U, I] with the row and column sums of `mask`.

    Pairs of rows trade the columns that only one of them has, and each keeps its
    number of them: the curveball algorithm (Strona et al. 2014), whose stationary
    distribution is uniform over such matrices.
    """
    drawn = mask.copy()
    for _ in range(TRADES_PER_ROW * len(mask) if len(mask) > 1 else 0):
        first, second = generator.choice(len(mask), 2, replace=False)
        traded = generator.permutation(np.flatnonzero(drawn[first] ^ drawn[second]))
        own = int(np.count_nonzero(drawn[first, traded]))
        drawn[first, traded[:own]], drawn[second, traded[:own]] = True, False
        drawn[first, traded[own:]], drawn[second, traded[own:]] = False, True
    return drawn


def apply(model: nn.Module, masks: Masks) -> None:
    """Set the pruned weights to zero."""
    with torch.no_grad():
        for parameter, mask in parameter_masks(model, masks):
            parameter.mul_(mask)


def parameter_masks(model: nn.Module, masks: Masks) -> list[tuple[Tensor, Tensor]]:
    """Pair each masked parameter with a float mask of its own padded shape.

    Raises ValueError for a mask of a layer that the model does not have.
    """
    known = layers(model)
    if unknown := set(masks) - set(known):
        raise ValueError(f"no such layers: {sorted(unknown)}; there are {list(known)}")
    pairs: list[tuple[Tensor, Tensor]] = []
    for name, mask in masks.items():
        weight, bias = known[name].arrange(mask)
        pairs += [(known[name].weight, weight), (known[name].bias, bias)]
    return pairs
