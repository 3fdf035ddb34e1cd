"""Activations as piecewise cubics, which cost the same whatever they are made from."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True)
class Grid:
    """Nodes from -`reach` to `reach`, `resolution` of them a unit.

    Raises ValueError unless the resolution is a power of two, which makes the places
    of nodes exact, and there are four intervals or more.
    """

    reach: int
    resolution: int

    def __post_init__(self) -> None:
        if self.resolution < 1 or self.resolution & (self.resolution - 1):
            raise ValueError(f"resolution: {self.resolution} is not a power of two")
        if self.reach * self.resolution < 2:
            raise ValueError("a grid of four intervals or more")

    @property
    def intervals(self) -> int:
        """The number of intervals, N."""
        return 2 * self.reach * self.resolution

    def nodes(self) -> Tensor:
        """Return the nodes, [N + 1] float64; the middle one is 0."""
        numbers = torch.arange(self.intervals + 1, dtype=torch.float64)
        return numbers / self.resolution - self.reach

    def ends(self) -> Tensor:
        """Return the ends of each interval, [N, 2] float64.

        The left end of the interval right of 0 is +0, the right end of the one left
        of it -0: an activation with a kink at 0 is smooth within each.
        """
        nodes = self.nodes()
        ends = torch.stack([nodes[:-1], nodes[1:]], 1)
        ends[self.intervals // 2 - 1, 1] = -0.0
        return ends


def cubic_coefficients(value: Tensor, slope: Tensor, grid: Grid) -> Tensor:
    """Return the cubics with the given values and slopes at their ends, [N, 4].

    `value` and `slope` are [N, 2], as `Grid.ends` has the ends; the coefficients are
    those of the powers of the place within an interval, 0 to 1 (Hermite). A smooth
    function is met to h^4 / 384 of its fourth derivative, its first derivative to
    about h^3 / 125 and its second to h^2 / 12. The first and the last interval are
    the tangents at their inner ends and go on beyond the grid. Differentiable.
    """
    left, right = value.unbind(1)
    rise, out = right - left, slope / grid.resolution
    start, stop = out.unbind(1)
    cubics = torch.stack(
        [left, start, 3 * rise - 2 * start - stop, start + stop - 2 * rise], 1
    )
    zero = torch.zeros_like(left[:1])
    first = torch.stack([right[:1] - stop[:1], stop[:1], zero, zero], 1)
    last = torch.stack([left[-1:], start[-1:], zero, zero], 1)
    return torch.cat([first, cubics[1:-1], last])
