"""ReLU, pooling and head of one replica, forward and with gradients written out.

Activations are [positions, channels, B].  Each object belongs to one layer and keeps
what its `backward` needs of the `forward` before; both write into buffers that they
are given and may overwrite their argument.
"""

from __future__ import annotations

from typing import Protocol

import torch
from torch import Tensor

from scaling_down.engine.models.pooled_cnn import WINDOW, Head, Pooling, pairs

_TINY = 1e-30
"""Stands for a root of zero in a quotient, where what it multiplies is zero too."""


class Layer(Protocol):
    """A layer without parameters."""

    def forward(self, x: Tensor, out: Tensor) -> None:
        """Set `out` from the inputs."""

    def backward(self, grad: Tensor, out: Tensor) -> None:
        """Set `out`, the gradient of the inputs, from that of the outputs."""


class Unpooled:
    """ReLU alone."""

    def forward(self, x: Tensor, out: Tensor) -> None:
        """Set `out` to the ReLU of x."""
        self.h = out
        torch.clamp_min(x, 0, out=out)

    def backward(self, grad: Tensor, out: Tensor) -> None:
        """Pass the gradient where the ReLU is not zero."""
        _through_relu(grad, self.h, out)


class MaxPooling:
    """The ReLU of the larger one of a pair, the first one if both are equal."""

    def forward(self, x: Tensor, out: Tensor) -> None:
        """Set `out` to the maxima of pairs."""
        self.h = out
        even, odd = pairs(x)
        self.first_is_larger = even >= odd
        torch.maximum(even, odd, out=out)
        out.relu_()

    def backward(self, grad: Tensor, out: Tensor) -> None:
        """Pass the gradient to the larger one."""
        even, odd = pairs(out)
        _through_relu(grad, self.h, grad)
        torch.mul(grad, self.first_is_larger, out=even)
        torch.sub(grad, even, out=odd)


class AveragePooling:
    """The averages of pairs behind the ReLU."""

    def forward(self, x: Tensor, out: Tensor) -> None:
        """Set `out` to the averages of pairs."""
        self.even, self.odd = pairs(x.relu_())
        torch.add(self.even, self.odd, out=out)
        out.mul_(0.5)

    def backward(self, grad: Tensor, out: Tensor) -> None:
        """Pass half of the gradient to each."""
        even, odd = pairs(out)
        grad.mul_(0.5)
        _through_relu(grad, self.even, even)
        _through_relu(grad, self.odd, odd)


class L2Pooling:
    """The root of the sum of a pair's squares, behind the ReLU."""

    def forward(self, x: Tensor, out: Tensor) -> None:
        """Set `out` to the roots."""
        self.h = out
        self.even, self.odd = pairs(x.relu_())
        torch.mul(self.even, self.even, out=out)
        out.addcmul_(self.odd, self.odd).sqrt_()

    def backward(self, grad: Tensor, out: Tensor) -> None:
        """Pass to each its share of the root: none where it is zero."""
        even, odd = pairs(out)
        grad.div_(self.h.clamp_min(_TINY))
        torch.mul(grad, self.even, out=even)
        torch.mul(grad, self.odd, out=odd)


class BlurPooling:
    """The filter (1, 2, 1) / 4 at even positions, mirrored at the edge, behind ReLU."""

    def forward(self, x: Tensor, out: Tensor) -> None:
        """Set `out` to the filtered values."""
        self.even, self.odd = pairs(x.relu_())
        torch.add(self.odd, self.even, alpha=2, out=out)
        out[1:] += self.odd[:-1]
        out[0] += self.odd[0]
        out.mul_(0.25)

    def backward(self, grad: Tensor, out: Tensor) -> None:
        """Pass the gradient back through the filter."""
        even, odd = pairs(out)
        grad.mul_(0.25)
        spread = grad.clone()
        spread[:-1] += grad[1:]
        spread[0] += grad[0]
        _through_relu(spread, self.odd, odd)
        _through_relu(grad.mul_(2), self.even, even)


class Whole:
    """All positions."""

    def forward(self, x: Tensor, out: Tensor) -> None:
        """Set `out` to x."""
        out.copy_(x)

    def backward(self, grad: Tensor, out: Tensor) -> None:
        """Set `out` to the gradient."""
        out.copy_(grad)


class WindowAverages:
    """The averages of windows of neighbouring positions."""

    def forward(self, x: Tensor, out: Tensor) -> None:
        """Set `out` to the averages; its length says how long windows are."""
        torch.mean(x.unflatten(0, (len(out), -1)), 1, out=out)

    def backward(self, grad: Tensor, out: Tensor) -> None:
        """Pass an equal share to each position of a window."""
        grad.mul_(len(grad) / len(out))
        out.unflatten(0, (len(grad), -1)).copy_(grad[:, None])


class WindowFirsts:
    """The first position of each window."""

    def forward(self, x: Tensor, out: Tensor) -> None:
        """Set `out` to the first positions."""
        out.copy_(x[::WINDOW])

    def backward(self, grad: Tensor, out: Tensor) -> None:
        """Pass the gradient to the first positions, none to the others."""
        out.zero_()
        out[::WINDOW] = grad


def _through_relu(grad: Tensor, h: Tensor, out: Tensor) -> None:
    """Set `out` to the gradient where the ReLU's output h is positive, else to 0."""
    torch.ops.aten.threshold_backward.grad_input(grad, h, 0, grad_input=out)


POOLINGS: dict[Pooling, type[Layer]] = {
    "none": Unpooled,
    "stride": Unpooled,
    "max": MaxPooling,
    "average": AveragePooling,
    "l2": L2Pooling,
    "blur": BlurPooling,
}
HEADS: dict[Head, type[Layer]] = {
    "all": Whole,
    "window_average": WindowAverages,
    "window_first": WindowFirsts,
    "global_average": WindowAverages,
}
