"""All parameters of a network in one vector, which one call updates."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

import torch
from torch import Tensor

from scaling_down.engine.layers import Linear


def joined_parameters(linears: Sequence[Linear]) -> Tensor:
    """Put all parameters into one vector, and let the layers keep theirs in it.

    Each begins at a multiple of 16 floats, as it did on its own.
    """
    owned = [p for layer in linears for p in (layer.weight, layer.bias)]
    joined = torch.cat([p.detach().flatten() for p in owned])
    parts = [part for pair in split(joined, linears) for part in pair]
    for parameter, part in zip(owned, parts, strict=True):
        parameter.data = part
    return joined


def split(vector: Tensor, linears: Sequence[Linear]) -> list[tuple[Tensor, Tensor]]:
    """Return each layer's weight and bias in a vector of all, as views."""
    shapes = [p.shape for layer in linears for p in (layer.weight, layer.bias)]
    parts = vector.split([prod(shape) for shape in shapes])
    views = [part.view(shape) for part, shape in zip(parts, shapes, strict=True)]
    return list(zip(views[::2], views[1::2], strict=True))
