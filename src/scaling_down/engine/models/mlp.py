"""Dense ReLU networks: the residual one of the paper's tables, and plain ones."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from torch import Tensor, nn

from scaling_down.engine.layers import Linear, StackedModel, widen
from scaling_down.engine.streams import Streams


class ResidualMLP(StackedModel):
    """The paper's dense network: the second hidden layer adds to the first.

    h1 = relu(W1 x), h2 = h1 + relu(W2 h1), logits = W3 h2, each with biases: 15,210
    parameters with 100 hidden units (classification), 276,010 with 500 (lottery
    tickets).  Source: the reference repository's models.py.
    """

    def __init__(
        self,
        streams: Streams,
        inputs: int = 40,
        hidden: int = 100,
        classes: int = 10,
    ) -> None:
        super().__init__(streams, inputs, classes)
        self.first = Linear(streams, "residual_mlp.first", inputs, hidden)
        self.second = Linear(streams, "residual_mlp.second", hidden, hidden)
        self.third = Linear(streams, "residual_mlp.third", hidden, classes)

    def stacked_logits(self, x: Tensor) -> Tensor:
        """Map [R or 1, B, D or more] to padded logits [members, B, padded classes]."""
        h = self.first(self.for_members(widen(x))).relu()
        return self.third(h + self.second(h).relu())


class MLP(StackedModel):
    """A plain dense ReLU network (double descent): inputs, `hidden` widths, classes."""

    def __init__(
        self,
        streams: Streams,
        inputs: int = 40,
        hidden: Sequence[int] = (100,),
        classes: int = 10,
    ) -> None:
        super().__init__(streams, inputs, classes)
        widths = [inputs, *hidden, classes]
        self.layers = nn.ModuleList(
            Linear(streams, f"mlp.layers.{depth}", *ends)
            for depth, ends in enumerate(pairwise(widths))
        )

    @property
    def linears(self) -> list[Linear]:
        """Return the layers in order."""
        return [layer for layer in self.layers if isinstance(layer, Linear)]

    def stacked_logits(self, x: Tensor) -> Tensor:
        """Map [R or 1, B, D or more] to padded logits [members, B, padded classes]."""
        *hidden, last = self.layers
        h = self.for_members(widen(x))
        for layer in hidden:
            h = layer(h).relu()
        return last(h)
