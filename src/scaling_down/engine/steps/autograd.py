"""The step of any model: gradients by autograd, PyTorch's own optimisers."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from scaling_down.engine import masks as masking
from scaling_down.engine.losses import sample_losses
from scaling_down.engine.protocol import (
    Protocol,
    set_learning_rate,
    torch_optimizer,
)


class AutogradStep:
    """One step of the optimiser for every replica; masks hold from the start."""

    def __init__(
        self, model: nn.Module, protocol: Protocol, masks: masking.Masks | None = None
    ) -> None:
        masking.apply(model, masks or {})
        pairs = masking.parameter_masks(model, masks or {})
        self.model, self.protocol = model, protocol
        self.parameters = [parameter for parameter, _ in pairs]
        self.masks = [mask for _, mask in pairs]
        self.optimizer = torch_optimizer(model.parameters(), protocol)

    def __call__(self, number: int, x: Tensor, y: Tensor) -> Tensor:
        """Take step `number`; return the loss of each replica before it, [R].

        `x` is [1 or R, B, padded D], `y` [1 or R, B].
        """
        losses = sample_losses(self.model(x), y, self.protocol.loss).mean(1)
        self.optimizer.zero_grad(set_to_none=True)
        losses.sum().backward()
        if self.masks:
            gradients = [p.grad for p in self.parameters if p.grad is not None]
            torch._foreach_mul_(gradients, self.masks)
        set_learning_rate(self.optimizer, self.protocol.learning_rate_at(number))
        self.optimizer.step()
        return losses.detach()

    def write_back(self) -> None:
        """Do nothing: the weights are the model's own."""
