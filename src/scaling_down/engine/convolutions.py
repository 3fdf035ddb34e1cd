"""Convolutions that keep the number of positions, many replicas at once.

Activations are [members, B, L, C], channels innermost and padded.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from scaling_down.engine.layers import (
    Linear,
    StackedModel,
    padded,
    stack_members,
    widen,
)
from scaling_down.engine.models.cnn import channel_major
from scaling_down.engine.streams import Streams


class Convolution(nn.Module):
    """A convolution of stride 1 over as many positions as it leaves.

    `dilation` is the distance of its taps. A causal one sees no later position; the
    others see as many on either side. What lies outside of the sample is zero.
    PyTorch's default initialisation.
    """

    def __init__(
        self,
        streams: Streams,
        name: str,
        inputs: int,
        outputs: int,
        *,
        taps: int = 3,
        dilation: int = 1,
        causal: bool = False,
    ) -> None:
        super().__init__()
        # One input channel is not padded: its taps are the columns of the product.
        rows = channel_major(inputs, taps) if inputs > 1 else None
        self.linear = Linear(streams, name, inputs * taps, outputs, rows=rows)
        self.taps = taps
        first = -(taps - 1) * dilation // (1 if causal else 2)
        self.offsets = tuple(first + tap * dilation for tap in range(taps))

    def forward(self, x: Tensor) -> Tensor:
        """Map [members, B, L, C] to [members, B, L, padded outputs]."""
        patches = widen(_Patches.apply(x, self.offsets))
        return self.linear(patches).unflatten(1, x.shape[1:3])


class BatchNorm(nn.Module):
    """Batch normalisation of channels: by the batch in training, else by what was seen.

    In training mode each replica's batch gives mean and variance, and running averages
    of both are kept; in evaluation mode these stand for them. `weight`, `bias` and the
    averages are [members, 1, 1, padded channels], PyTorch's defaults. Source: Ioffe and
    Szegedy (2015).
    """

    momentum = 0.1
    epsilon = 1e-5
    running_mean: Tensor
    running_variance: Tensor

    def __init__(self, replicas: int, channels: int) -> None:
        super().__init__()
        self.replicas, self.channels = replicas, channels
        ones = torch.zeros(replicas, 1, 1, padded(channels))
        ones[..., :channels] = 1
        ones = stack_members(ones)
        self.weight = nn.Parameter(ones.clone())
        self.bias = nn.Parameter(torch.zeros_like(ones))
        self.register_buffer("running_mean", torch.zeros_like(ones))
        self.register_buffer("running_variance", ones.clone())

    def forward(self, x: Tensor) -> Tensor:
        """Map [members, B, L, padded channels] to the same shape."""
        if not self.training:
            return self._normalised(x - self.running_mean, self.running_variance)
        mean = _average(x)
        centred = x - mean
        variance = _average(centred.square())
        with torch.no_grad():
            count = x.shape[1] * x.shape[2]
            unbiased = variance * (count / (count - 1))
            self.running_mean.lerp_(mean, self.momentum)
            self.running_variance.lerp_(unbiased, self.momentum)
        return self._normalised(centred, variance)

    def _normalised(self, centred: Tensor, variance: Tensor) -> Tensor:
        scale = self.weight * (variance + self.epsilon).rsqrt()
        return torch.addcmul(self.bias, centred, scale)


def _average(x: Tensor) -> Tensor:
    """Return the mean of [members, B, L, C] over samples and positions."""
    return x.flatten(1, 2).mean(1)[:, None, None]


def plain_parameters(model: StackedModel) -> dict[str, Tensor]:
    """Return the true parameters, [R, ...] in the shapes of PyTorch's layers.

    Of convolutions [R, outputs, inputs, taps], of batch normalisations [R, channels].
    """
    parameters = {}
    for name, module in model.named_modules():
        if isinstance(module, Convolution):
            weight = module.linear.plain_weight().unflatten(2, (-1, module.taps))
            parameters[f"{name}.weight"] = weight
            parameters[f"{name}.bias"] = module.linear.plain_bias()
        elif isinstance(module, BatchNorm):
            for part in ("weight", "bias"):
                values = getattr(module, part).detach()[: module.replicas, 0, 0]
                parameters[f"{name}.{part}"] = values[:, : module.channels]
    return parameters


class _Patches(torch.autograd.Function):
    """[R, B, L, C] to the inputs of each output position, [R, B * L, taps * C]."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, offsets: tuple[int, ...]) -> Tensor:
        ctx.shape, ctx.offsets = x.shape, offsets
        replicas, batch, positions, channels = x.shape
        out = x.new_zeros(replicas, batch, positions, len(offsets), channels)
        for tap, offset in enumerate(offsets):
            outputs, inputs = _overlap(positions, offset)
            out[:, :, outputs, tap] = x[:, :, inputs]
        return out.view(replicas, batch * positions, -1)

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, None]:
        replicas, batch, positions, channels = ctx.shape
        grad = grad.view(replicas, batch, positions, len(ctx.offsets), channels)
        total = grad.new_zeros(ctx.shape)
        for tap, offset in enumerate(ctx.offsets):
            outputs, inputs = _overlap(positions, offset)
            total[:, :, inputs] += grad[:, :, outputs, tap]
        return total, None


def _overlap(positions: int, offset: int) -> tuple[slice, slice]:
    """Which outputs meet an input at this offset, and which inputs these are."""
    first, last = max(0, -offset), max(0, positions - max(0, offset))
    last = max(first, last)
    return slice(first, last), slice(first + offset, last + offset)
