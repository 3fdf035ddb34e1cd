"""Samples sent once more through the random steps of the generator that they can."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from scaling_down.engine.layers import widen
from scaling_down.engine.streams import Streams


@dataclass(frozen=True, kw_only=True)
class Deformations:
    """How strong they are; lengths in positions, heights in the samples' unit.

    A sample is turned round by up to `max_shift` positions to either side, scaled by
    1 + `scale` * u, and sheared by a line that rises by `shear` * u over its length,
    u uniform in [-0.5, 0.5]; `noise` is the standard deviation of what is added at
    every position.
    """

    max_shift: float
    scale: float
    shear: float
    noise: float


class Deformer:
    """Draws deformed samples, for each replica from its stream."""

    def __init__(
        self, deformations: Deformations, streams: Streams, inputs: int
    ) -> None:
        self.deformations, self.inputs = deformations, inputs
        self.generators = streams.generators("augmentation/deformation")

    def view(self, x: Tensor) -> Tensor:
        """Return samples [R, B, padded D] deformed; every call draws others."""
        uniform, normal = self._draws(x)
        shift, scale, shear = (uniform - 0.5).unbind(1)
        settings = self.deformations
        view = deformed(
            x[..., : self.inputs],
            shift * 2 * settings.max_shift,
            1 + scale * settings.scale,
            shear * settings.shear,
        )
        return widen(view + settings.noise * normal)

    def _draws(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Draw uniform [R, 3, B] and normal numbers [R, B, D]."""
        batch, single = x.shape[1], np.float32
        uniform = [g.random((3, batch), single) for g in self.generators]
        shape = batch, self.inputs
        normal = [g.standard_normal(shape, single) for g in self.generators]
        first, second = (torch.from_numpy(np.stack(d)) for d in (uniform, normal))
        return first.to(x.device), second.to(x.device)


def deformed(x: Tensor, shift: Tensor, factor: Tensor, rise: Tensor) -> Tensor:
    """Turn, scale and shear samples [R, N, D], each by its own numbers [R, N].

    `shift` is in positions, to the right, and need not be whole: values between two
    positions lie on the line through both. Each sample's own line, by least squares,
    is taken off before it is turned and put back behind: the generator shears last,
    and a sheared sample's ends do not meet. `rise` is that of the line that is added.
    """
    line = torch.linspace(-0.5, 0.5, x.shape[2], device=x.device)
    own = (x * line).sum(2, keepdim=True) / line.square().sum() * line
    turned = turned_by(x - own, shift)
    return (turned + own) * factor[..., None] + rise[..., None] * line


def turned_by(x: Tensor, shift: Tensor) -> Tensor:
    """Turn samples [R, N, D] round to the right by `shift` [R, N] positions."""
    length = x.shape[2]
    places = torch.arange(length, device=x.device) - shift[..., None]
    left = places.floor()
    share = places - left
    index = left.long() % length
    start, end = x.gather(2, index), x.gather(2, (index + 1) % length)
    return torch.lerp(start, end, share)
