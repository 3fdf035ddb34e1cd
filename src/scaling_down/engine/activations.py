"""Activations with parameters of their own, many replicas at once."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from scaling_down.engine.layers import StackedModel, stack_members

INITIAL_SLOPE = 0.25
"""PyTorch's default."""


class PReLU(nn.Module):
    """max(0, x) + slope * min(0, x), with one learned slope for each replica.

    `weight` is [members]. Source: He et al., "Delving deep into rectifiers" (2015),
    the variant in which all units of a layer share the slope, PyTorch's default.
    """

    def __init__(self, replicas: int) -> None:
        super().__init__()
        self.replicas = replicas
        slopes = torch.full((replicas,), INITIAL_SLOPE)
        self.weight = nn.Parameter(stack_members(slopes))

    def forward(self, x: Tensor) -> Tensor:
        """Map [members, B, units] to the same shape."""
        return _PReLU.apply(x, self.weight)


class _PReLU(torch.autograd.Function):
    """PyTorch's own gradient takes a third of a step: it is not vectorised."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, slopes: Tensor) -> Tensor:
        ctx.save_for_backward(x, slopes)
        return torch.lerp(x.relu(), x, slopes[:, None, None])

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, Tensor]:
        x, slopes = ctx.saved_tensors
        of_slopes = x.clamp_max(0).mul_(grad).flatten(1).sum(1)
        passed = torch.ops.aten.threshold_backward(grad, x, 0)
        return torch.lerp(passed, grad, slopes[:, None, None]), of_slopes


def plain_slopes(model: StackedModel) -> dict[str, Tensor]:
    """Return the slopes of a model's PReLUs, [R, 1] as PyTorch has them, by name."""
    return {
        f"{name}.weight": module.weight.detach()[: module.replicas, None]
        for name, module in model.named_modules()
        if isinstance(module, PReLU)
    }
