"""A small network trained by RMSProp, and the gradient of its losses.

The network has one hidden layer, whose activation is a table (`engine.unrolled.tables`)
and whose units get noise, one vector a step. What a loss along the way owes to the
table, the noise and the initial weights is found by going back through all steps. A
step's update holds the gradient of its own loss, so that going back takes the
derivative of that gradient: a forward tangent through the network and a reverse pass
through both, written out below (Pearlmutter 1994). This is why the second derivative
of the activation is needed, and why the table's gradient has a part from its slope.

Everything a step leaves is kept: parameters, squares, gradient, hidden layer, some 0.25
MB at 40-128-10 and batch 100. Replicas are trained one after the other, each in arrays
of its own, so that a replica's bits do not depend on its company.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from scaling_down.engine.losses import cross_entropy
from scaling_down.engine.unrolled import kernels


@dataclass(frozen=True)
class Network:
    """The sizes of a network with one hidden layer; parameters are one vector [P]."""

    inputs: int
    hidden: int
    classes: int

    @property
    def shapes(self) -> tuple[tuple[int, ...], ...]:
        """Those of the parts of a vector: weights and biases of both layers."""
        return (
            (self.inputs, self.hidden), (self.hidden,),
            (self.hidden, self.classes), (self.classes,),
        )  # fmt: skip

    @property
    def size(self) -> int:
        """The number of parameters, P."""
        return sum(torch.Size(shape).numel() for shape in self.shapes)

    def split(self, vector: Tensor) -> list[Tensor]:
        """Return the parts of a vector [P] as views, of `shapes`."""
        sizes = [torch.Size(shape).numel() for shape in self.shapes]
        parts = zip(vector.split(sizes), self.shapes, strict=True)
        return [part.view(shape) for part, shape in parts]


@dataclass(frozen=True)
class RMSProp:
    """RMSProp whose squares begin at 1 and whose epsilon stands outside the root."""

    learning_rate: float
    decay: float
    epsilon: float = 1e-8


@dataclass(frozen=True)
class Problem:
    """What a training begins with and meets.

    `weights` [P], batches `x` [T, B, D] and `y` [T, B] int64, `noise` [T, H] that is
    added to the hidden units.
    """

    weights: Tensor
    x: Tensor
    y: Tensor
    noise: Tensor


@dataclass(frozen=True)
class Table:
    """An activation: `coefficients` [N, 4] of cubics, `resolution` of them a unit."""

    coefficients: Tensor
    resolution: int


@dataclass(frozen=True)
class Gradients:
    """What a weighted sum of losses owes to table, noise and initial weights.

    `coefficients` [N, 4] float64, `noise` [T, H] and `weights` [P].
    """

    coefficients: Tensor
    noise: Tensor
    weights: Tensor


class Training:
    """A training that remembers its steps; one object serves many, one by one.

    `losses` [T] are those of the batches before each step, `weights` [T + 1, P] the
    parameters, `preactivations` [T, B, H] the inputs of the activation, and `outside`
    counts those beyond the table, over all steps.
    """

    def __init__(
        self, network: Network, steps: int, batch: int,
        dtype: torch.dtype = torch.float32,
    ) -> None:  # fmt: skip
        def empty(*shape: int) -> Tensor:
            return torch.empty(shape, dtype=dtype)

        self.network = network
        self.scalar = np.float64 if dtype == torch.float64 else np.float32
        self.weights = empty(steps + 1, network.size)
        self.squares = empty(steps + 1, network.size)
        self.gradient = empty(steps, network.size)
        self.preactivations = empty(steps, batch, network.hidden)
        self.hidden = torch.empty_like(self.preactivations)
        self.slope = torch.empty_like(self.preactivations)
        self.logits_bar = empty(steps, batch, network.classes)
        self.losses = empty(steps)
        self.outside = 0

    def run(self, problem: Problem, table: Table, rule: RMSProp) -> None:
        """Train from the initial weights of a problem.

        Raises ArithmeticError, with the step, for a loss that is not finite.
        """
        self.problem, self.table, self.rule = problem, table, rule
        self.weights[0] = problem.weights
        self.squares[0] = 1
        self.outside = 0
        for t in range(len(self.losses)):
            self._differentiate(t)
            self._call(
                kernels.rmsprop, self.weights[t], self.squares[t], self.gradient[t],
                rule.learning_rate, rule.decay, rule.epsilon,
                self.weights[t + 1], self.squares[t + 1],
            )  # fmt: skip
        bad = (~torch.isfinite(self.losses)).nonzero()
        if len(bad):
            raise ArithmeticError(f"the loss is not finite at inner step {int(bad[0])}")

    def logits(self, x: Tensor, noise: Tensor) -> Tensor:
        """Return what the trained network says to x [M, D], [M, K]; noise is [H]."""
        w1, b1, w2, b2 = self.network.split(self.weights[-1])
        inputs = torch.addmm(b1, x, w1)
        hidden, slope = torch.empty_like(inputs), torch.empty_like(inputs)
        self._activate(inputs, noise, hidden, slope)
        return torch.addmm(b2, hidden, w2)

    def back(self, loss_weights: Tensor) -> Gradients:
        """Return the gradients of (loss_weights * losses).sum() in the last run.

        `loss_weights` is [T].
        """
        coefficients = self.table.coefficients
        coefficients_bar = torch.zeros_like(coefficients, dtype=torch.float64)
        noise_bar = torch.empty_like(self.problem.noise)
        weights_bar = torch.zeros_like(self.weights[0])
        squares_bar = torch.zeros_like(weights_bar)
        direction = torch.empty_like(weights_bar)
        rule = self.rule
        for t in reversed(range(len(self.losses))):
            self._call(
                kernels.rmsprop_back, self.squares[t + 1], self.gradient[t],
                rule.learning_rate, rule.decay, rule.epsilon,
                weights_bar, squares_bar, direction,
            )  # fmt: skip
            weight = float(loss_weights[t])
            noise_bar[t] = self._back(
                t, direction, weight, weights_bar, coefficients_bar
            )
        return Gradients(coefficients_bar, noise_bar, weights_bar)

    def _call(self, kernel: Callable[..., Any], *arguments: Tensor | float) -> Any:
        """Call a kernel; numbers are in the precision of the arrays."""
        return kernel(
            *(a.numpy() if isinstance(a, Tensor) else self.scalar(a) for a in arguments)
        )

    def _activate(
        self, inputs: Tensor, noise: Tensor, value: Tensor, slope: Tensor
    ) -> int:
        return self._call(
            kernels.activate, inputs, noise, self.table.coefficients,
            self.table.resolution, value, slope,
        )  # fmt: skip

    def _differentiate(self, t: int) -> None:
        """Set the loss of step t and its gradient, and what lies between."""
        x, y = self.problem.x[t], self.problem.y[t]
        w1, b1, w2, b2 = self.network.split(self.weights[t])
        inputs, hidden, slope = self.preactivations[t], self.hidden[t], self.slope[t]
        torch.addmm(b1, x, w1, out=inputs)
        noise = self.problem.noise[t]
        self.outside += self._activate(inputs, noise, hidden, slope)
        logits = torch.addmm(b2, hidden, w2)
        (self.losses[t],), (logits_bar,) = cross_entropy(logits[None], y[None])
        self.logits_bar[t] = logits_bar
        g1, h1, g2, h2 = self.network.split(self.gradient[t])
        torch.mm(hidden.T, logits_bar, out=g2)
        torch.sum(logits_bar, 0, out=h2)
        inputs_bar = torch.mm(logits_bar, w2.T).mul_(slope)
        torch.mm(x.T, inputs_bar, out=g1)
        torch.sum(inputs_bar, 0, out=h1)

    def _back(
        self, t: int, direction: Tensor, weight: float, weights_bar: Tensor,
        coefficients_bar: Tensor,
    ) -> Tensor:  # fmt: skip
        """Go back through step t's gradient along `direction`, and `weight` its loss.

        Adds to `weights_bar` and `coefficients_bar`; returns the noise's gradient.
        The scalar that is differentiated is the derivative of the loss along
        `direction`: the loss's gradient times the direction.
        """
        x, y = self.problem.x[t], self.problem.y[t]
        _, _, w2, _ = self.network.split(self.weights[t])
        v1, c1, v2, c2 = self.network.split(direction)
        inputs, hidden, slope = self.preactivations[t], self.hidden[t], self.slope[t]
        logits_bar = self.logits_bar[t]
        inputs_dot = torch.addmm(c1, x, v1)
        hidden_dot = inputs_dot * slope
        logits_dot = torch.addmm(c2, hidden, v2).addmm_(hidden_dot, w2)
        second = torch.empty_like(logits_bar)
        self._call(kernels.through_softmax, logits_dot, logits_bar, y, weight, second)
        hidden_bar = torch.mm(second, w2.T).addmm_(logits_bar, v2.T)
        inputs_bar = torch.empty_like(inputs)
        self._call(
            kernels.pull_back, inputs, slope, inputs_dot,
            torch.mm(logits_bar, w2.T), hidden_bar, self.table.coefficients,
            self.table.resolution, inputs_bar, coefficients_bar,
        )  # fmt: skip
        g1, h1, g2, h2 = self.network.split(weights_bar)
        g1.addmm_(x.T, inputs_bar)
        h1 += inputs_bar.sum(0)
        g2.addmm_(hidden.T, second).addmm_(hidden_dot.T, logits_bar)
        h2 += second.sum(0)
        return hidden_bar.sum(0)
