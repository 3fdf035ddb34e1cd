"""Logistic regression (paper, Table 1): 410 parameters on MNIST-1D."""

from __future__ import annotations

from torch import Tensor

from scaling_down.engine.layers import Linear, StackedModel, widen
from scaling_down.engine.streams import Streams


class Logistic(StackedModel):
    """Logits that are linear in the inputs."""

    def __init__(self, streams: Streams, inputs: int = 40, classes: int = 10) -> None:
        super().__init__(streams, inputs, classes)
        self.linear = Linear(streams, "logistic.linear", inputs, classes)

    def stacked_logits(self, x: Tensor) -> Tensor:
        """Map [R or 1, B, D or more] to padded logits [members, B, padded classes]."""
        return self.linear(self.for_members(widen(x)))
