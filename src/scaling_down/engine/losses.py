"""The two losses of the paper: sample by sample, and with their gradients."""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor
from torch.nn import functional

Loss = Literal["cross_entropy", "mse"]

MINUS_INFINITY = -1e30  # but zero if multiplied by zero


def sample_losses(logits: Tensor, y: Tensor, loss: Loss) -> Tensor:
    """Return each sample's loss, [R, B], from logits [R, B, K] and labels [R or 1, B].

    "cross_entropy" is the negative log-likelihood in nats; "mse" the squared error
    against one-hot targets, averaged over the K outputs as torch.nn.MSELoss does.
    """
    labels = y.expand(logits.shape[:2])
    if loss == "cross_entropy":
        flat = functional.cross_entropy(
            logits.flatten(0, 1), labels.flatten(), reduction="none"
        )
        return flat.view(labels.shape)
    targets = functional.one_hot(labels, logits.shape[2]).to(logits.dtype)
    return (logits - targets).square().mean(2)


def padding_mask(logits: Tensor, classes: int) -> Tensor:
    """Return what is added to padded logits [..., padded K]: the padding's are minus
    infinity, so that it has no probability and no gradient."""
    mask = torch.zeros_like(logits, requires_grad=False)
    mask[..., classes:] = MINUS_INFINITY
    return mask


def losses_and_gradient(
    logits: Tensor, y: Tensor, loss: Loss, mask: Tensor, classes: int
) -> tuple[Tensor, Tensor]:
    """Return the mean loss of each member and its gradient at the logits.

    From `logits` [members, B, padded K], which it may overwrite, and `y` [members, B]:
    [members], and [members, B, padded K].  `mask` is the padding's, as `padding_mask`
    has it; the padded outputs and their one-hot targets are zero.
    """
    if loss == "cross_entropy":
        return cross_entropy(logits.add_(mask), y)
    difference = logits.scatter_add_(2, y[..., None], _minus_one(logits, y))
    scale = 1 / (y.shape[1] * classes)
    losses = difference.square().sum((1, 2)).mul_(scale)
    return losses, difference.mul_(2 * scale)


def cross_entropy(logits: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
    """Return the mean loss of each member and its gradient with respect to the logits.

    From `logits` [members, B, K] and `y` [members, B]: [members] in nats, and
    [members, B, K].
    """
    log_p = torch.log_softmax(logits, 2)
    weights = torch.zeros_like(log_p).scatter_(2, y[..., None], -1 / y.shape[1])
    losses = (weights * log_p).sum((1, 2))
    grad = torch.ops.aten._log_softmax_backward_data(weights, log_p, 2, log_p.dtype)
    return losses, grad


def _minus_one(logits: Tensor, y: Tensor) -> Tensor:
    return logits.new_full((), -1.0).expand(*y.shape, 1)
