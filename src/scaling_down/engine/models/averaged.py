"""Convolutional networks that end in an average over all positions, and their repairs.

Three families that later work compares on MNIST-1D (arXiv 2602.13348), many replicas at
once. Their layers are ours, of about the sizes that it names: the sources known to us
give the names, the last average and the numbers of parameters. All have 32 channels by
default, kernels of 3 taps, and a dense layer behind the average.
"""

from __future__ import annotations

from torch import Tensor, nn

from scaling_down.engine.convolutions import BatchNorm, Convolution, plain_parameters
from scaling_down.engine.layers import Linear, StackedModel
from scaling_down.engine.streams import Streams


class AveragedModel(StackedModel):
    """What the three have in common; subclasses define `features`."""

    def __init__(
        self, streams: Streams, name: str, channels: int, inputs: int, classes: int
    ) -> None:
        super().__init__(streams, inputs, classes)
        self.linear = Linear(streams, f"{name}.linear", channels, classes)

    def features(self, h: Tensor) -> Tensor:
        """Map [members, B, L, 1] to [members, B, positions, padded channels]."""
        raise NotImplementedError

    def stacked_logits(self, x: Tensor) -> Tensor:
        """Map [R or 1, B, D or more] to padded logits [members, B, padded classes]."""
        h = self.for_members(x[..., : self.inputs, None])
        return self.linear(self.features(h).mean(2))

    def plain_parameters(self) -> dict[str, Tensor]:
        """Return the true parameters, [R, ...] in the shapes of PyTorch's layers."""
        head = {
            "linear.weight": self.linear.plain_weight(),
            "linear.bias": self.linear.plain_bias(),
        }
        return plain_parameters(self) | head


class DilatedCNN(AveragedModel):
    """Nine convolutions with ReLU, the taps of the latter eight ever further apart.

    Dilations 1, and 1, 2, 4, 8 twice: 25,290 parameters at 32 channels; the published
    network has 25,610.
    """

    dilations = (1, 2, 4, 8, 1, 2, 4, 8)

    def __init__(
        self, streams: Streams, channels: int = 32, inputs: int = 40, classes: int = 10
    ) -> None:
        super().__init__(streams, "dilated_cnn", channels, inputs, classes)
        self.stem = Convolution(streams, "dilated_cnn.stem", 1, channels)
        self.layers = nn.ModuleList(
            Convolution(
                streams, f"dilated_cnn.layers.{depth}", channels, channels,
                dilation=dilation,
            )
            for depth, dilation in enumerate(self.dilations)
        )  # fmt: skip

    def features(self, h: Tensor) -> Tensor:
        """Map [members, B, L, 1] to [members, B, L, padded channels]."""
        h = self.stem(h).relu()
        for layer in self.layers:
            h = layer(h).relu()
        return h


class ResNet(AveragedModel):
    """Four residual blocks with batch normalisation; between them positions halve.

    Each block is two convolutions, normalised, whose result is added to the block's
    input; averages of neighbours halve the positions behind all blocks but the last.
    25,866 parameters at 32 channels; the published network has 26,250. Its repair: the
    published test used each test batch's own mean and variance; here running averages
    stand for them, as `BatchNorm` tells.

    Raises ValueError where the positions cannot be halved three times.
    """

    blocks = 4

    def __init__(
        self, streams: Streams, channels: int = 32, inputs: int = 40, classes: int = 10
    ) -> None:
        super().__init__(streams, "resnet", channels, inputs, classes)
        if inputs % 2 ** (self.blocks - 1):
            raise ValueError(f"{inputs} positions cannot be halved three times")
        self.stem = Convolution(streams, "resnet.stem", 1, channels)
        self.stem_norm = BatchNorm(self.replicas, channels)
        self.convolutions = nn.ModuleList(
            Convolution(streams, f"resnet.convolutions.{depth}", channels, channels)
            for depth in range(2 * self.blocks)
        )
        self.norms = nn.ModuleList(
            BatchNorm(self.replicas, channels) for _ in range(2 * self.blocks)
        )

    def features(self, h: Tensor) -> Tensor:
        """Map [members, B, L, 1] to [members, B, L / 8, padded channels]."""
        h = self.stem_norm(self.stem(h)).relu()
        layers = list(zip(self.convolutions, self.norms, strict=True))
        for first, second in zip(layers[::2], layers[1::2], strict=True):
            if first is not layers[0]:
                h = h.unflatten(2, (-1, 2)).mean(3)
            inner = first[1](first[0](h)).relu()
            h = (h + second[1](second[0](inner))).relu()
        return h


class TCN(AveragedModel):
    """A temporal convolutional network: residual blocks that see no later position.

    Four blocks of two causal convolutions with ReLU, of dilation 1, 2, 4 and 8; the
    first block's input has one channel, and a convolution of one tap, with parameters
    of its own, brings it to the width of what is added. 22,250 parameters at 32
    channels. Two repairs: the published one is neither causal nor dilated, and draws
    that one-tap convolution anew in every pass. Without the dropout and the
    weight normalisation of the source: Bai, Kolter and Koltun (arXiv 1803.01271).
    """

    dilations = (1, 2, 4, 8)

    def __init__(
        self, streams: Streams, channels: int = 32, inputs: int = 40, classes: int = 10
    ) -> None:
        super().__init__(streams, "tcn", channels, inputs, classes)
        self.shortcut = Convolution(streams, "tcn.shortcut", 1, channels, taps=1)
        self.convolutions = nn.ModuleList(
            Convolution(
                streams, f"tcn.convolutions.{depth}", channels if depth else 1,
                channels, dilation=self.dilations[depth // 2], causal=True,
            )
            for depth in range(2 * len(self.dilations))
        )  # fmt: skip

    def features(self, h: Tensor) -> Tensor:
        """Map [members, B, L, 1] to [members, B, L, padded channels]."""
        layers = list(self.convolutions)
        for first, second in zip(layers[::2], layers[1::2], strict=True):
            added = self.shortcut(h) if first is layers[0] else h
            h = (added + second(first(h).relu()).relu()).relu()
        return h
