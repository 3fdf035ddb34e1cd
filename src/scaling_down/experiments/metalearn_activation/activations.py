"""Activations and their slopes, known ones and those with parameters to be learned.

A function takes places x, any shape in double precision, and returns value and slope.
A zero's sign is the side from which a kink is seen, see `engine.unrolled.tables`.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from scaling_down.engine.unrolled.inner import Table
from scaling_down.engine.unrolled.tables import Grid, cubic_coefficients
from scaling_down.experiments.metalearn_activation.settings import (
    SHAPES,
    Family,
    GridSection,
    Outer,
    Shape,
)

ValueAndSlope = tuple[Tensor, Tensor]


def relu(x: Tensor) -> ValueAndSlope:
    """Return max(0, x)."""
    right = (~torch.signbit(x)).to(x.dtype)
    return x * right, right


def elu(x: Tensor) -> ValueAndSlope:
    """Return x, or exp(x) - 1 where it is negative."""
    low = x.clamp(max=0)
    left = torch.signbit(x)
    return torch.where(left, low.expm1(), x), torch.where(left, low.exp(), 1.0)


def swish(x: Tensor) -> ValueAndSlope:
    """Return x times its sigmoid."""
    gate = x.sigmoid()
    return x * gate, gate * (1 + x * (1 - gate))


def tanh(x: Tensor) -> ValueAndSlope:
    """Return the hyperbolic tangent."""
    value = x.tanh()
    return value, 1 - value.square()


def softplus(x: Tensor) -> ValueAndSlope:
    """Return log(1 + exp(x))."""
    return functional.softplus(x, threshold=40), x.sigmoid()


def sigmoid(x: Tensor) -> ValueAndSlope:
    """Return 1 / (1 + exp(-x))."""
    value = x.sigmoid()
    return value, value * (1 - value)


def sine(x: Tensor) -> ValueAndSlope:
    """Return the sine."""
    return x.sin(), x.cos()


KNOWN: dict[Shape, Callable[[Tensor], ValueAndSlope]] = {
    "relu": relu, "elu": elu, "swish": swish, "tanh": tanh, "softplus": softplus,
    "sigmoid": sigmoid, "sin": sine,
}  # fmt: skip


class Activation(Protocol):
    """An activation with parameters [P], in double precision."""

    @property
    def noisy_units(self) -> int:
        """How many numbers of noise each forward pass takes."""

    def initial(self, generator: Callable[[str], np.random.Generator]) -> Tensor:
        """Return initial parameters [P], from a generator for each part's name."""

    def __call__(self, parameters: Tensor, x: Tensor) -> ValueAndSlope:
        """Return value and slope at x, without noise."""

    def offsets(self, parameters: Tensor, noise: Tensor) -> Tensor:
        """Return what noise [T, noisy units] adds to the value in each step, [T]."""


@dataclass(frozen=True)
class Gains:
    """A known shape with two gains: out * shape(into * x), both 1 at first."""

    shape: Shape
    noisy_units: int = 0

    def initial(self, generator: Callable[[str], np.random.Generator]) -> Tensor:
        """Return the gains of the shape as it is known: into, out."""
        return torch.ones(2, dtype=torch.float64)

    def __call__(self, parameters: Tensor, x: Tensor) -> ValueAndSlope:
        """Return value and slope at x."""
        into, out = parameters
        value, slope = KNOWN[self.shape](into * x)
        return out * value, out * into * slope

    def offsets(self, parameters: Tensor, noise: Tensor) -> Tensor:
        """Return zeros: there is no noise."""
        return parameters.new_zeros(len(noise))


@dataclass(frozen=True)
class Learned:
    """ELU plus `share` of a network of one number, tanh between its layers.

    The paper's has one hidden layer of 100 units in the notebook. The units of the
    last hidden layer have noise, the same for all numbers of a forward pass. It
    follows the tanh, so that it adds a constant to the output and no more: the
    network need not be evaluated anew for each step.
    """

    hidden: tuple[int, ...]
    share: float

    @property
    def noisy_units(self) -> int:
        """The units of the last hidden layer."""
        return self.hidden[-1]

    @property
    def shapes(self) -> list[tuple[int, int]]:
        """Those of the layers: inputs and a bias, outputs."""
        sizes = (1, *self.hidden, 1)
        return [(sizes[i] + 1, sizes[i + 1]) for i in range(len(sizes) - 1)]

    def layers(self, parameters: Tensor) -> list[Tensor]:
        """Return the layers, [inputs + 1, outputs], the last row the bias."""
        sizes = [rows * columns for rows, columns in self.shapes]
        parts = zip(parameters.split(sizes), self.shapes, strict=True)
        return [part.view(shape) for part, shape in parts]

    def initial(self, generator: Callable[[str], np.random.Generator]) -> Tensor:
        """Return PyTorch's default initialisation, layer by layer."""
        parts = []
        for number, (rows, columns) in enumerate(self.shapes):
            bound = 1 / math.sqrt(rows - 1)
            drawn = generator(str(number)).uniform(-bound, bound, (rows, columns))
            parts.append(torch.from_numpy(drawn).flatten())
        return torch.cat(parts)

    def __call__(self, parameters: Tensor, x: Tensor) -> ValueAndSlope:
        """Return value and slope at x."""
        base, base_slope = elu(x)
        *hidden, last = self.layers(parameters)
        # A node is the end of two intervals, and costs a network.
        places, where = x.unique(return_inverse=True)
        unit, slope = places[:, None], torch.ones_like(places)[:, None]
        for layer in hidden:
            unit = torch.tanh(unit @ layer[:-1] + layer[-1])
            slope = (1 - unit.square()) * (slope @ layer[:-1])
        value = (unit @ last[:-1] + last[-1]).squeeze(-1)
        return (
            base + self.share * value[where],
            base_slope + self.share * (slope @ last[:-1]).squeeze(-1)[where],
        )

    def offsets(self, parameters: Tensor, noise: Tensor) -> Tensor:
        """Return what the hidden noise adds, [T]."""
        last = self.layers(parameters)[-1]
        return self.share * (noise @ last[:-1]).squeeze(-1)


def activation_of(family: Family, outer: Outer) -> Activation:
    """Return the activation that is metalearned."""
    if family == "learned":
        return Learned(outer.hidden, outer.share)
    return Gains(SHAPES[family])


def coefficients(
    activation: Activation, parameters: Tensor, section: GridSection
) -> Tensor:
    """Return the table of an activation, [N, 4] in double precision, differentiable."""
    grid = Grid(section.reach, section.resolution)
    return cubic_coefficients(*activation(parameters, grid.ends()), grid)


def single_table(coefficients: Tensor, section: GridSection) -> Table:
    """Return a table for training in single precision."""
    return Table(coefficients.detach().float(), section.resolution)
