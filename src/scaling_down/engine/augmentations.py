"""Random views of MNIST-1D samples, as contrastive learning needs them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import torch
from torch import Tensor

from scaling_down.engine.streams import Streams

Augmentation = Literal["shift", "slope", "offset"]


@dataclass(frozen=True, kw_only=True)
class Augmentations:
    """Which augmentations are applied, and how strong they are.

    "shift" turns a sample round by 0 to `max_shift` - 1 positions, "slope" replaces
    its linear trend by a random one of standard deviation `slope_sd` a position,
    "offset" its mean by a random one of standard deviation `offset_sd`.  What is not
    applied stays as the sample has it.  Source: the reference repository's notebook
    on self-supervised learning, which applies all three.
    """

    applied: tuple[Augmentation, ...]
    max_shift: int
    slope_sd: float
    offset_sd: float


class Augmenter:
    """Draws views of samples, for each replica from streams of its own.

    Each augmentation has a stream, so that leaving one out leaves the others' draws as
    they were.
    """

    def __init__(self, augmentations: Augmentations, streams: Streams) -> None:
        self.augmentations = augmentations
        self.generators = {
            name: streams.generators(f"augmentation/{name}")
            for name in augmentations.applied
        }

    def view(self, x: Tensor) -> Tensor:
        """Return a view of samples [R, N, D]; every call draws another one."""
        settings, applied = self.augmentations, self.augmentations.applied
        t = torch.arange(x.shape[2], device=x.device) - (x.shape[2] - 1) / 2
        view = x
        if "offset" in applied:
            view = view - x.mean(2, keepdim=True)
        if "slope" in applied:
            view = view - (x * t).sum(2, keepdim=True) / t.square().sum() * t
        if "shift" in applied:
            view = turned(view, self._shifts(x))
        if "slope" in applied:
            view = view + settings.slope_sd * self._normal("slope", x) * t
        if "offset" in applied:
            view = view + settings.offset_sd * self._normal("offset", x)
        return view

    def _shifts(self, x: Tensor) -> Tensor:
        below, samples = self.augmentations.max_shift, x.shape[1]
        draws = [g.integers(below, size=samples) for g in self.generators["shift"]]
        return torch.from_numpy(np.stack(draws)).to(x.device)

    def _normal(self, name: Augmentation, x: Tensor) -> Tensor:
        """Draw a standard normal number for each sample, [R, N, 1]."""
        draws = [g.standard_normal((x.shape[1], 1)) for g in self.generators[name]]
        return torch.from_numpy(np.stack(draws)).to(x)


def turned(x: Tensor, shifts: Tensor) -> Tensor:
    """Shift samples [R, N, D] round to the right by `shifts` [R, N] positions."""
    positions = torch.arange(x.shape[2], device=x.device)
    return x.gather(2, (positions - shifts[..., None]) % x.shape[2])
