"""The step of networks with batch normalisation."""

from __future__ import annotations

from torch import Tensor, nn

from scaling_down.engine.masks import Masks
from scaling_down.engine.protocol import Protocol
from scaling_down.engine.steps.autograd import AutogradStep


class NormalisedStep(AutogradStep):
    """A step in training mode; outside of steps the model is in evaluation mode.

    So evaluations, which come between steps, normalise by the running averages.
    """

    def __init__(
        self, model: nn.Module, protocol: Protocol, masks: Masks | None = None
    ) -> None:
        super().__init__(model, protocol, masks)
        model.eval()

    def __call__(self, number: int, x: Tensor, y: Tensor) -> Tensor:
        """Take step `number`; return the loss of each replica before it, [R].

        `x` is [1 or R, B, padded D], `y` [1 or R, B].
        """
        self.model.train()
        losses = super().__call__(number, x, y)
        self.model.eval()
        return losses
