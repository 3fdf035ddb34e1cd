"""The layers of the convolutional network, forward and with gradients written out.

Autograd's step spends a fifth to a quarter of its time on copying patches and adding
their gradients up again; and its products multiply zeros, at 100 channels a fifth of
all their factors, since those are padded to 112 in both directions.

Here activations are [members, positions, B, C], the even positions in front (see
`positions`).  The inputs of a convolution's tap are then rows that lie in memory
already, as the product takes them: nothing is copied, the padding at the ends of the
input is in no product, and the products themselves add up the gradient of the inputs.
"""

from __future__ import annotations

from math import prod
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional

from scaling_down.engine.layers import padded
from scaling_down.engine.models.cnn import PADDING, STRIDE
from scaling_down.engine.steps.positions import Run, runs

FIRST_TAPS, TAPS = 5, 3
# A patch of the first layer: its taps, a one that multiplies the bias, and zeros.  So
# the bias takes no pass of its own over the largest activation.
PATCH = 8


class Parameter(NamedTuple):
    """A parameter and its velocity, of one shape."""

    value: Tensor
    velocity: Tensor


class Activation(NamedTuple):
    """What a convolution and its ReLU leave, and the gradient before the ReLU.

    Both are [members, positions, B, C].
    """

    value: Tensor
    grad: Tensor

    @classmethod
    def zeros(cls, like: Tensor, *shape: int) -> Activation:
        """Return buffers of this shape and the type and device of `like`."""
        return cls(aligned_zeros(like, *shape), aligned_zeros(like, *shape))

    def set_grad(self, grad: Tensor) -> None:
        """Take the gradient after the ReLU, which may lie where ours goes."""
        torch.ops.aten.threshold_backward.grad_input(
            grad, self.value, 0, grad_input=self.grad
        )


def aligned_zeros(like: Tensor, members: int, *shape: int) -> Tensor:
    """Return zeros [members, *shape], each member's on the boundary of a cache line.

    So each member meets the same instructions, and has the same bits in any place.
    """
    size = prod(shape)
    return like.new_zeros(members, padded(size))[:, :size].unflatten(1, shape)


def rows(x: Tensor) -> Tensor:
    """View [members, positions, B, C] as matrices [members, positions * B, C]."""
    return x.flatten(1, 2)


class FirstConvolution:
    """The convolution of the inputs: one product, by patches, which are short here.

    `weight` is [members, PATCH, C]; `order` is that of the outputs' positions.
    """

    def __init__(
        self, weight: Parameter, inputs: int, outputs: Activation, order: list[int]
    ) -> None:
        self.weight, self.inputs, self.outputs = weight, inputs, outputs
        self.values, self.grad = rows(outputs.value), rows(outputs.grad)
        members, positions, batch, _ = outputs.value.shape
        self.patches = aligned_zeros(weight.value, members, positions, batch, PATCH)
        one, zero = inputs + 2 * PADDING, 0  # columns of `framed`
        rest = [one] + [zero] * (PATCH - FIRST_TAPS - 1)
        columns = [[*range(STRIDE * o, STRIDE * o + FIRST_TAPS), *rest] for o in order]
        self.columns = torch.tensor(columns, device=weight.value.device).flatten()

    def forward(self, x: Tensor) -> None:
        """Set the outputs from inputs [1 or members, B, D or more]."""
        framed = functional.pad(x[..., : self.inputs], (PADDING, PADDING + 1))
        framed[..., -1] = 1
        patches = framed.index_select(2, self.columns).unflatten(2, (-1, PATCH))
        self.patches.copy_(patches.transpose(1, 2))
        torch.bmm(rows(self.patches), self.weight.value, out=self.values)
        self.outputs.value.relu_()

    def backward(self, momentum: float) -> None:
        """Make the velocity v momentum * v + gradient, from that of the outputs."""
        patches = rows(self.patches)
        self.weight.velocity.baddbmm_(patches.mT, self.grad, beta=momentum)


class Convolution:
    """A convolution of stride 2 from one activation to the next.

    `weight` is [taps, members, C, C], `bias` [members, 1, C]; `orders` are those of
    the inputs' and the outputs' positions.
    """

    def __init__(
        self,
        weight: Parameter,
        bias: Parameter,
        ends: tuple[Activation, Activation],
        orders: tuple[list[int], list[int]],
    ) -> None:
        self.bias, (self.inputs, self.outputs) = bias, ends
        self.values, self.grad = rows(self.outputs.value), rows(self.outputs.grad)
        # The middle tap meets every even input once and the last one every odd input:
        # they write the gradient of the inputs, and the first tap adds to it.
        self.products = [
            _Product(
                Parameter(weight.value[tap], weight.velocity[tap]),
                ends,
                run,
                first_of_tap=place == 0,
                first_of_inputs=tap > 0,
            )
            for tap in (1, 2, 0)
            for place, run in enumerate(runs(*orders, tap))
        ]

    def forward(self) -> None:
        """Set the outputs from the inputs."""
        self.values.copy_(self.bias.value)
        for product in self.products:
            product.forward()
        self.outputs.value.relu_()

    def backward(self, momentum: float) -> None:
        """Make each velocity v momentum * v + gradient; set that of the inputs."""
        accumulate_bias(self.bias, self.grad, momentum)
        for product in self.products:
            product.backward(momentum)
        self.inputs.set_grad(self.inputs.grad)


class _Product:
    """One tap over one run of positions.

    Its views are made once: at few channels they would cost as much as the products.
    """

    def __init__(
        self,
        weight: Parameter,
        ends: tuple[Activation, Activation],
        run: Run,
        *,
        first_of_tap: bool,
        first_of_inputs: bool,
    ) -> None:
        inputs, outputs = ends
        self.weight, self.velocity = weight
        self.x, self.x_grad = (rows(t[:, run.inputs]) for t in inputs)
        self.y, self.y_grad = (rows(t[:, run.outputs]) for t in outputs)
        self.x_transposed, self.weight_transposed = self.x.mT, self.weight.mT
        self.first_of_tap, self.kept = first_of_tap, 0 if first_of_inputs else 1

    def forward(self) -> None:
        self.y.baddbmm_(self.x, self.weight)

    def backward(self, momentum: float) -> None:
        beta = momentum if self.first_of_tap else 1
        self.velocity.baddbmm_(self.x_transposed, self.y_grad, beta=beta)
        self.x_grad.baddbmm_(self.y_grad, self.weight_transposed, beta=self.kept)


class LastLayer:
    """The dense layer, whose inputs are a sample's positions side by side.

    `weight` is [members, positions * C, K], `bias` [members, 1, K].  Its `inputs` have
    their positions in natural order.
    """

    def __init__(self, weight: Parameter, bias: Parameter, inputs: Activation) -> None:
        self.weight, self.bias, self.inputs = weight, bias, inputs
        members, positions, batch, width = inputs.value.shape
        shape = (members, batch, positions, width)
        self.samples = Activation.zeros(weight.value, *shape)
        self.by_position = [t.transpose(1, 2) for t in self.samples]
        self.features, self.features_grad = (t.flatten(2) for t in self.samples)

    def forward(self) -> Tensor:
        """Return the logits, [members, B, K]."""
        values, _ = self.by_position
        values.copy_(self.inputs.value)
        return torch.baddbmm(self.bias.value, self.features, self.weight.value)

    def backward(self, grad: Tensor, momentum: float) -> None:
        """Make each velocity v momentum * v + gradient; set that of the inputs.

        `grad` is that of the logits.
        """
        accumulate_bias(self.bias, grad, momentum)
        self.weight.velocity.baddbmm_(self.features.mT, grad, beta=momentum)
        torch.bmm(grad, self.weight.value.mT, out=self.features_grad)
        self.inputs.set_grad(self.by_position[1])


def accumulate_bias(bias: Parameter, grad: Tensor, momentum: float) -> None:
    """Make its velocity v momentum * v + gradient; `grad` is [members, rows, K]."""
    bias.velocity.mul_(momentum).add_(grad.sum(1, keepdim=True))
