"""The paper's network for the comparison of pooling methods, many replicas at once.

Inside, samples are innermost: activations are [members, positions, channels, B].  What
a convolution takes at one position is then a matrix that lies in memory as products
take it, overlapping that of the next position: no patch is copied.  And no width is
padded, so that no column of zeros meets a pooling.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import torch
from torch import Tensor
from torch.nn import functional

from scaling_down.engine.layers import Linear, StackedModel, padded
from scaling_down.engine.streams import Streams

Pooling = Literal["none", "stride", "max", "average", "l2", "blur"]
Head = Literal["all", "window_average", "window_first", "global_average"]
TAPS = 3
WINDOW = 4
"""Positions that a head of equal size sees as one: as many as two poolings leave one
of."""


class PooledCNN(StackedModel):
    """Two convolutions, each with ReLU and a pooling behind it, and a dense head.

    Conv1d 1-c and c-c, kernel 3, padding 1.  `pooling` halves the positions behind
    each, but for "none": "stride" by convolutions of stride 2, "max", "average" and
    "l2" (the root of the sum of squares) over pairs, "blur" by the filter (1, 2, 1) / 4
    at every second position, mirrored at the edge.  `head` is what the dense layer
    sees of the positions that are left: all, the averages or the first ones of windows
    of four, or one average over all.  With 20 channels there are 9,310 parameters
    without pooling, 8,010 of them in the head, and 3,310 with it, 2,010 in the head.
    Source: ConvPooling in the reference repository's notebook on pooling; blur: Zhang,
    "Making convolutional networks shift-invariant again" (2019).

    Raises ValueError where the positions cannot be halved or cut into windows.
    """

    def __init__(
        self,
        streams: Streams,
        pooling: Pooling,
        head: Head = "all",
        channels: int = 20,
        inputs: int = 40,
        classes: int = 10,
    ) -> None:
        super().__init__(streams, inputs, classes)
        self.pooling, self.head, self.channels = pooling, head, channels
        self.stride = 2 if pooling == "stride" else 1
        self.conv1 = _convolution(streams, "pooled_cnn.conv1", 1, channels)
        self.conv2 = _convolution(streams, "pooled_cnn.conv2", channels, channels)
        positions = head_positions(inputs, pooling, head)
        rows = _position_major(channels, positions)
        self.linear = Linear(
            streams, "pooled_cnn.linear", channels * positions, classes, rows=rows
        )

    def stacked_logits(self, x: Tensor) -> Tensor:
        """Map [R or 1, B, D or more] to padded logits [members, B, padded classes]."""
        pool, h = POOLINGS[self.pooling], x[..., : self.inputs].mT[:, :, None]
        for conv in (self.conv1, self.conv2):
            h = pool(convolve(self.for_members(h), conv, self.stride))
        features = HEADS[self.head](h).flatten(1, 2)
        missing = padded(features.shape[1]) - features.shape[1]
        return self.linear(functional.pad(features, (0, 0, 0, missing)).mT)

    def plain_parameters(self) -> dict[str, Tensor]:
        """Return the true parameters, [R, ...] in the shapes of `engine.plain`."""
        parameters = super().plain_parameters()
        for name in ("conv1.weight", "conv2.weight"):
            parameters[name] = parameters[name].unflatten(2, (-1, TAPS))
        return parameters


def head_positions(inputs: int, pooling: Pooling, head: Head) -> int:
    """Return how many positions the dense layer sees.

    Raises ValueError where the positions cannot be halved or cut into windows.
    """
    halved_to = 1 if pooling == "none" else 4
    window = WINDOW if head in ("window_average", "window_first") else 1
    if inputs % (halved_to * window):
        raise ValueError(f"{inputs} positions are no multiple of {halved_to * window}")
    return 1 if head == "global_average" else inputs // (halved_to * window)


def convolve(x: Tensor, conv: Linear, stride: int) -> Tensor:
    """Convolve each member's samples, [M, L, C, B] to [M, L', C', B], padding 1."""
    framed = functional.pad(x, (0, 0, 0, 0, 1, 1))
    outputs = []
    for member, samples in enumerate(framed):
        weight = conv.weight[member, : conv.inputs, : conv.outputs].mT
        bias = conv.bias[member, :, : conv.outputs].mT
        patches = patches_of(samples, stride)
        weights = weight.expand(len(patches), -1, -1)
        outputs.append(torch.baddbmm(bias, weights, patches))
    return torch.stack(outputs)


def patches_of(framed: Tensor, stride: int) -> Tensor:
    """View what each output is made from, [L', 3 * C, B], in framed inputs [L, C, B].

    Neighbouring patches share memory.
    """
    positions, channels, batch = framed.shape
    shape = (positions - TAPS) // stride + 1, TAPS * channels, batch
    steps = stride * channels * batch, batch, 1
    return framed.contiguous().as_strided(shape, steps)


def pairs(x: Tensor) -> tuple[Tensor, Tensor]:
    """Return the even and the odd positions of [..., L, C, B]."""
    return x[..., ::2, :, :], x[..., 1::2, :, :]


def _convolution(streams: Streams, name: str, inputs: int, channels: int) -> Linear:
    rows = _position_major(inputs, TAPS)
    return Linear(streams, name, inputs * TAPS, channels, rows=rows)


def _position_major(channels: int, positions: int) -> Tensor:
    """Where PyTorch's (channel, position) order lies in ours, channels innermost."""
    steps = torch.arange(positions) * channels
    return (torch.arange(channels)[:, None] + steps).flatten()


def _max(x: Tensor) -> Tensor:
    return torch.maximum(*pairs(x)).relu()


def _average(x: Tensor) -> Tensor:
    even, odd = pairs(x.relu())
    return (even + odd) / 2


def _l2(x: Tensor) -> Tensor:
    even, odd = pairs(x.relu())
    squares = even * even + odd * odd
    # The root has no gradient at 0, where both have none to receive.
    return torch.where(squares > 0, squares, 1).sqrt() * (squares > 0)


def _blur(x: Tensor) -> Tensor:
    even, odd = pairs(x.relu())
    before = torch.cat([odd[:, :1], odd[:, :-1]], 1)
    return (before + odd) / 4 + even / 2


POOLINGS: dict[Pooling, Callable[[Tensor], Tensor]] = {
    "none": torch.relu,
    "stride": torch.relu,
    "max": _max,
    "average": _average,
    "l2": _l2,
    "blur": _blur,
}
"""ReLU and pooling: [M, L, C, B] to [M, L or L / 2, C, B]."""
HEADS: dict[Head, Callable[[Tensor], Tensor]] = {
    "all": lambda h: h,
    "window_average": lambda h: h.unflatten(1, (-1, WINDOW)).mean(2),
    "window_first": lambda h: h[:, ::WINDOW],
    "global_average": lambda h: h.mean(1, keepdim=True),
}
"""What the dense layer sees of [M, L, C, B]."""
