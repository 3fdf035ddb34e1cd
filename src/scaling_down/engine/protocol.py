"""How a model is trained, in the optimisers' terms."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor

from scaling_down.engine.batches import BatchOrder
from scaling_down.engine.losses import Loss


@dataclass(frozen=True, kw_only=True)
class Protocol:
    """How a model is trained; a step is one update of the optimiser.

    `batch_size` None is the full batch.  The cosine schedule falls from
    `learning_rate` to zero over `steps`.  `weight_decay` is an L2 penalty, added to
    the gradient.  `momentum` is for "sgd" alone.
    """

    optimizer: Literal["adam", "sgd"]
    learning_rate: float
    steps: int
    batch_size: int | None
    batch_order: BatchOrder
    evaluate_every: int
    loss: Loss = "cross_entropy"
    momentum: float = 0.0
    weight_decay: float = 0.0
    learning_rate_schedule: Literal["constant", "cosine"] = "constant"

    def learning_rate_at(self, step: int) -> float:
        """Return the learning rate of a step, counted from 0."""
        if self.learning_rate_schedule == "constant":
            return self.learning_rate
        share_done = step / self.steps
        return self.learning_rate * 0.5 * (1 + math.cos(math.pi * share_done))


def torch_optimizer(
    parameters: Iterable[Tensor], protocol: Protocol
) -> torch.optim.Optimizer:
    """Return PyTorch's optimiser of a protocol, its learning rate that of step 0."""
    rate, decay = protocol.learning_rate, protocol.weight_decay
    if protocol.optimizer == "adam":
        return torch.optim.Adam(parameters, lr=rate, weight_decay=decay, fused=True)
    return torch.optim.SGD(
        parameters, lr=rate, momentum=protocol.momentum, weight_decay=decay, fused=True
    )


def set_learning_rate(optimizer: torch.optim.Optimizer, rate: float) -> None:
    """Let an optimiser take its next step at another rate."""
    for group in optimizer.param_groups:
        group["lr"] = rate
