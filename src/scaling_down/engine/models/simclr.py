"""The paper's network for contrastive learning, many replicas at once."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from torch import Tensor, nn

from scaling_down.engine.layers import Linear, StackedModel, widen
from scaling_down.engine.models.cnn import (
    channel_major,
    convolution,
    output_length,
    patches,
)
from scaling_down.engine.streams import Streams


class SimCLR(StackedModel):
    """The convolutions of the paper's CNN, and a projector of dense layers on them.

    `projector` are the widths of its layers, with a ReLU after all but the last:
    (125, 16) is the paper's default of 21,716 parameters at 25 channels, () has no
    projector (3,950), (125, 125, 125, 16) is the deep one (53,216).  Layers of the
    same place and shape begin with the same weights in all three.  Source: the
    reference repository's notebook on self-supervised learning.
    """

    def __init__(
        self,
        streams: Streams,
        projector: Sequence[int] = (125, 16),
        channels: int = 25,
        inputs: int = 40,
    ) -> None:
        length = output_length(output_length(output_length(inputs, 5), 3), 3)
        widths = [channels * length, *projector]
        super().__init__(streams, inputs, classes=widths[-1])
        self.channels = channels
        self.conv1 = Linear(streams, "simclr.conv1", 5, channels)
        self.conv2 = convolution(streams, "simclr.conv2", channels)
        self.conv3 = convolution(streams, "simclr.conv3", channels)
        self.projector = nn.ModuleList(
            Linear(
                streams, f"simclr.projector.{depth}", *ends,
                rows=channel_major(channels, length) if depth == 0 else None,
            )
            for depth, ends in enumerate(pairwise(widths))
        )  # fmt: skip

    @property
    def linears(self) -> list[Linear]:
        """Return the projector's layers in order."""
        return [layer for layer in self.projector if isinstance(layer, Linear)]

    def forward(self, x: Tensor) -> Tensor:
        """Map inputs [R or 1, B, D or more] to the output of the last layer."""
        return self.layers(x)[-1]

    def layers(self, x: Tensor) -> list[Tensor]:
        """Map [R or 1, B, D or more] to the features of every layer, [R, B, width].

        Of a convolution these are the channels at all positions, in PyTorch's order:
        475, 250 and 125 at 25 channels and 40 inputs.
        """
        convolutions = self._convolutions(x)
        features = [
            h[..., : self.channels].transpose(2, 3).flatten(2) for h in convolutions
        ]
        features += [
            h[..., : layer.outputs]
            for h, layer in zip(
                self._projected(convolutions[-1]), self.linears, strict=True
            )
        ]
        return [h[: self.replicas] for h in features]

    def stacked_logits(self, x: Tensor) -> Tensor:
        """Map [R or 1, B, D or more] to the padded output [members, B, width]."""
        last = self._convolutions(x)[-1]
        return [last.flatten(2), *self._projected(last)][-1]

    def plain_parameters(self) -> dict[str, Tensor]:
        """Return the true parameters, [R, ...] in the shapes of `engine.plain`."""
        parameters = super().plain_parameters()
        for name, taps in (("conv1", 5), ("conv2", 3), ("conv3", 3)):
            key = f"{name}.weight"
            parameters[key] = parameters[key].unflatten(2, (-1, taps))
        return parameters

    def _convolutions(self, x: Tensor) -> list[Tensor]:
        """Return what each convolution leaves, [members, B, positions, padded]."""
        batch = x.shape[1]
        h = self.for_members(widen(patches(x[..., : self.inputs, None], 5)))
        h = self.conv1(h).relu().unflatten(1, (batch, -1))
        outputs = [h]
        for conv in (self.conv2, self.conv3):
            h = conv(patches(h, 3)).relu().unflatten(1, (batch, -1))
            outputs.append(h)
        return outputs

    def _projected(self, features: Tensor) -> list[Tensor]:
        """Return what each layer of the projector leaves, [members, B, padded]."""
        h, outputs = features.flatten(2), []
        for layer in self.linears:
            h = layer(h)
            outputs.append(h if layer is self.linears[-1] else h.relu())
            h = outputs[-1]
        return outputs
