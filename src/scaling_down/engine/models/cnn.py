"""The paper's convolutional network, many replicas at once."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from scaling_down.engine.layers import Linear, StackedModel, padded, widen
from scaling_down.engine.streams import Streams

STRIDE = 2
PADDING = 1


class CNN(StackedModel):
    """Three strided convolutions and a dense layer, of any number of channels.

    Conv1d 1-c (kernel 5), c-c (3), c-c (3), each with stride 2, padding 1 and ReLU;
    5,210 parameters at 25 channels.  Source: ConvBase in the reference repository's
    models.py.  A convolution is one batched product over its input's patches, which
    serves autograd and evaluations; `steps.convolutional` trains faster, and reads its
    patches in place.
    """

    def __init__(
        self, streams: Streams, channels: int = 25, inputs: int = 40, classes: int = 10
    ) -> None:
        super().__init__(streams, inputs, classes)
        self.channels = channels
        self.conv1 = Linear(streams, "cnn.conv1", 5, channels)
        self.conv2 = convolution(streams, "cnn.conv2", channels)
        self.conv3 = convolution(streams, "cnn.conv3", channels)
        length = output_length(output_length(output_length(inputs, 5), 3), 3)
        rows = channel_major(channels, length)
        self.linear = Linear(
            streams, "cnn.linear", channels * length, classes, rows=rows
        )

    def stacked_logits(self, x: Tensor) -> Tensor:
        """Map [R or 1, B, D or more] to padded logits [members, B, padded classes]."""
        batch = x.shape[1]
        patches = widen(_Patches.apply(x[..., : self.inputs, None], 5))
        h = self.conv1(self.for_members(patches)).relu()
        for conv in (self.conv2, self.conv3):
            h = conv(_Patches.apply(h.unflatten(1, (batch, -1)), 3)).relu()
        return self.linear(h.reshape(self.members, batch, -1))

    def plain_parameters(self) -> dict[str, Tensor]:
        """Return the true parameters, [R, ...] in the shapes of `engine.plain`."""
        parameters = super().plain_parameters()
        for name, taps in (("conv1", 5), ("conv2", 3), ("conv3", 3)):
            key = f"{name}.weight"
            parameters[key] = parameters[key].unflatten(2, (-1, taps))
        return parameters


def convolution(streams: Streams, name: str, channels: int) -> Linear:
    """Return a convolution of three taps as a dense layer over `patches`."""
    rows = channel_major(channels, 3)
    return Linear(streams, name, channels * 3, channels, rows=rows)


def channel_major(channels: int, positions: int) -> Tensor:
    """Where PyTorch's (channel, position) order lies in ours, channels innermost."""
    steps = torch.arange(positions) * padded(channels)
    return (torch.arange(channels)[:, None] + steps).flatten()


def output_length(positions: int, taps: int) -> int:
    """Return how many outputs a convolution has over so many positions."""
    return (positions + 2 * PADDING - taps) // STRIDE + 1


def patches(x: Tensor, taps: int) -> Tensor:
    """Map [R, B, L, C] to the inputs of each output, [R, B * L', taps * C]."""
    return _Patches.apply(x, taps)


class _Patches(torch.autograd.Function):
    """[R, B, L, C] to the inputs of each output position, [R, B * L', taps * C]."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, taps: int) -> Tensor:
        ctx.shape, ctx.taps = x.shape, taps
        replicas, batch, positions, channels = x.shape
        length = output_length(positions, taps)
        out = x.new_zeros(replicas, batch, length, taps, channels)
        for tap in range(taps):
            outputs, inputs = _overlap(positions, length, tap)
            out[:, :, outputs, tap] = x[:, :, inputs]
        return out.view(replicas, batch * length, taps * channels)

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, None]:
        replicas, batch, positions, channels = ctx.shape
        grad = grad.view(replicas, batch, -1, ctx.taps, channels)
        total = grad.new_zeros(ctx.shape)
        for tap in range(ctx.taps):
            outputs, inputs = _overlap(positions, grad.shape[2], tap)
            total[:, :, inputs] += grad[:, :, outputs, tap]
        return total, None


def _overlap(positions: int, length: int, tap: int) -> tuple[slice, slice]:
    """Which outputs a tap feeds from within the input, and from where in it."""
    offset = tap - PADDING
    first = -(offset // STRIDE) if offset < 0 else 0
    last = min(length - 1, (positions - 1 - offset) // STRIDE)
    start = STRIDE * first + offset
    return slice(first, last + 1), slice(start, STRIDE * last + offset + 1, STRIDE)
