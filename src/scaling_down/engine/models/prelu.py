"""Dense and convolutional networks with PReLU, for the review's stronger baselines."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from torch import Tensor, nn

from scaling_down.engine.activations import PReLU, plain_slopes
from scaling_down.engine.layers import Linear, StackedModel, widen
from scaling_down.engine.models.cnn import (
    channel_major,
    convolution,
    output_length,
    patches,
)
from scaling_down.engine.streams import Streams


class PReLUMLP(StackedModel):
    """A dense network: inputs, `hidden` widths with a PReLU behind each, classes."""

    def __init__(
        self,
        streams: Streams,
        hidden: Sequence[int],
        inputs: int = 40,
        classes: int = 10,
    ) -> None:
        super().__init__(streams, inputs, classes)
        widths = [inputs, *hidden, classes]
        self.layers = nn.ModuleList(
            Linear(streams, f"prelu_mlp.layers.{depth}", *ends)
            for depth, ends in enumerate(pairwise(widths))
        )
        self.activations = nn.ModuleList(PReLU(self.replicas) for _ in hidden)

    @property
    def linears(self) -> list[Linear]:
        """Return the layers in order."""
        return [layer for layer in self.layers if isinstance(layer, Linear)]

    def stacked_logits(self, x: Tensor) -> Tensor:
        """Map [R or 1, B, D or more] to padded logits [members, B, padded classes]."""
        *hidden, last = self.layers
        h = self.for_members(widen(x))
        for layer, activation in zip(hidden, self.activations, strict=True):
            h = activation(layer(h))
        return last(h)

    def plain_parameters(self) -> dict[str, Tensor]:
        """Return the true parameters, [R, ...] in the shapes of `engine.plain`."""
        return super().plain_parameters() | plain_slopes(self)


class PReLUCNN(StackedModel):
    """The paper's three strided convolutions, with PReLU, and a dense layer.

    Conv1d 1-c (kernel 5), c-c (3), c-c (3), each with stride 2, padding 1 and a PReLU;
    8,205 parameters at 32 channels.
    """

    def __init__(
        self, streams: Streams, channels: int, inputs: int = 40, classes: int = 10
    ) -> None:
        super().__init__(streams, inputs, classes)
        self.channels = channels
        self.conv1 = Linear(streams, "prelu_cnn.conv1", 5, channels)
        self.conv2 = convolution(streams, "prelu_cnn.conv2", channels)
        self.conv3 = convolution(streams, "prelu_cnn.conv3", channels)
        self.activations = nn.ModuleList(PReLU(self.replicas) for _ in range(3))
        length = output_length(output_length(output_length(inputs, 5), 3), 3)
        rows = channel_major(channels, length)
        self.linear = Linear(
            streams, "prelu_cnn.linear", channels * length, classes, rows=rows
        )

    def stacked_logits(self, x: Tensor) -> Tensor:
        """Map [R or 1, B, D or more] to padded logits [members, B, padded classes]."""
        batch = x.shape[1]
        first, *others = self.activations
        h = self.for_members(widen(patches(x[..., : self.inputs, None], 5)))
        h = first(self.conv1(h))
        for conv, activation in zip((self.conv2, self.conv3), others, strict=True):
            h = activation(conv(patches(h.unflatten(1, (batch, -1)), 3)))
        return self.linear(h.reshape(self.members, batch, -1))

    def plain_parameters(self) -> dict[str, Tensor]:
        """Return the true parameters, [R, ...] in the shapes of `engine.plain`."""
        parameters = super().plain_parameters() | plain_slopes(self)
        for name, taps in (("conv1", 5), ("conv2", 3), ("conv3", 3)):
            key = f"{name}.weight"
            parameters[key] = parameters[key].unflatten(2, (-1, taps))
        return parameters
