"""The networks as ordinary PyTorch modules, one replica each.

They say in a few lines what the stacked models compute, for tests and benchmarks;
experiments do not use them.
"""

from __future__ import annotations

from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional

from scaling_down.engine.layers import StackedModel
from scaling_down.engine.models import averaged as stacked_averaged
from scaling_down.engine.models import cnn as stacked_cnn
from scaling_down.engine.models import gru as stacked_gru
from scaling_down.engine.models import mlp as stacked_mlp
from scaling_down.engine.models import pooled_cnn as stacked_pooled
from scaling_down.engine.models import prelu as stacked_prelu
from scaling_down.engine.models import simclr as stacked_simclr


class Logistic(nn.Module):
    """Logits that are linear in the inputs."""

    def __init__(self, inputs: int = 40, classes: int = 10) -> None:
        super().__init__()
        self.linear = nn.Linear(inputs, classes)

    def forward(self, x: Tensor) -> Tensor:
        """Map [B, D] to logits [B, K]."""
        return self.linear(x)


class ResidualMLP(nn.Module):
    """Two hidden layers, the second added to the first."""

    def __init__(self, inputs: int = 40, hidden: int = 100, classes: int = 10) -> None:
        super().__init__()
        self.first = nn.Linear(inputs, hidden)
        self.second = nn.Linear(hidden, hidden)
        self.third = nn.Linear(hidden, classes)

    def forward(self, x: Tensor) -> Tensor:
        """Map [B, D] to logits [B, K]."""
        h = self.first(x).relu()
        return self.third(h + self.second(h).relu())


class MLP(nn.Module):
    """Dense ReLU layers of the given widths: inputs, hidden ones, classes."""

    def __init__(self, widths: list[int]) -> None:
        super().__init__()
        self.layers = nn.ModuleList(nn.Linear(*ends) for ends in pairwise(widths))

    def forward(self, x: Tensor) -> Tensor:
        """Map [B, D] to logits [B, K]."""
        *hidden, last = self.layers
        for layer in hidden:
            x = layer(x).relu()
        return last(x)


class CNN(nn.Module):
    """Three strided convolutions and a dense layer."""

    def __init__(self, channels: int = 25, inputs: int = 40, classes: int = 10) -> None:
        super().__init__()
        self.conv1 = nn.Conv1d(1, channels, 5, stride=2, padding=1)
        self.conv2 = nn.Conv1d(channels, channels, 3, stride=2, padding=1)
        self.conv3 = nn.Conv1d(channels, channels, 3, stride=2, padding=1)
        features = self.features(torch.zeros(1, inputs)).shape[1]
        self.linear = nn.Linear(features, classes)

    def features(self, x: Tensor) -> Tensor:
        """Map [B, D] to flat features [B, channels * positions]."""
        h = x[:, None]
        for conv in (self.conv1, self.conv2, self.conv3):
            h = conv(h).relu()
        return h.flatten(1)

    def forward(self, x: Tensor) -> Tensor:
        """Map [B, D] to logits [B, K]."""
        return self.linear(self.features(x))


class SimCLR(nn.Module):
    """Three strided convolutions and a projector of dense layers."""

    def __init__(
        self, projector: list[int], channels: int = 25, inputs: int = 40
    ) -> None:
        super().__init__()
        self.conv1 = nn.Conv1d(1, channels, 5, stride=2, padding=1)
        self.conv2 = nn.Conv1d(channels, channels, 3, stride=2, padding=1)
        self.conv3 = nn.Conv1d(channels, channels, 3, stride=2, padding=1)
        self.projector = nn.ModuleList()
        features = self.layers(torch.zeros(1, inputs))[-1].shape[1]
        ends = pairwise([features, *projector])
        self.projector.extend(nn.Linear(*pair) for pair in ends)

    def layers(self, x: Tensor) -> list[Tensor]:
        """Map [B, D] to the features of every layer, [B, width]."""
        h, outputs = x[:, None], []
        for conv in (self.conv1, self.conv2, self.conv3):
            h = conv(h).relu()
            outputs.append(h.flatten(1))
        for layer in self.projector:
            h = layer(outputs[-1])
            outputs.append(h if layer is self.projector[-1] else h.relu())
        return outputs

    def forward(self, x: Tensor) -> Tensor:
        """Map [B, D] to the output [B, width]."""
        return self.layers(x)[-1]


class PooledCNN(nn.Module):
    """Two convolutions with ReLU and a pooling behind each, and a dense head."""

    def __init__(
        self,
        pooling: stacked_pooled.Pooling,
        head: stacked_pooled.Head = "all",
        channels: int = 20,
        inputs: int = 40,
        classes: int = 10,
    ) -> None:
        super().__init__()
        self.pooling, self.head = pooling, head
        stride = 2 if pooling == "stride" else 1
        self.conv1 = nn.Conv1d(1, channels, 3, stride=stride, padding=1)
        self.conv2 = nn.Conv1d(channels, channels, 3, stride=stride, padding=1)
        features = self.features(torch.zeros(1, inputs)).shape[1]
        self.linear = nn.Linear(features, classes)

    def features(self, x: Tensor) -> Tensor:
        """Map [B, D] to what the head sees, [B, channels * positions]."""
        h = x[:, None]
        for conv in (self.conv1, self.conv2):
            h = self.pool(conv(h).relu())
        if self.head == "window_average":
            h = functional.avg_pool1d(h, 4)
        elif self.head == "window_first":
            h = h[:, :, ::4]
        elif self.head == "global_average":
            h = functional.adaptive_avg_pool1d(h, 1)
        return h.flatten(1)

    def pool(self, h: Tensor) -> Tensor:
        """Halve the positions of [B, C, L], or leave them."""
        if self.pooling == "max":
            return functional.max_pool1d(h, 2)
        if self.pooling == "average":
            return functional.avg_pool1d(h, 2)
        if self.pooling == "l2":
            return functional.lp_pool1d(h, 2, 2)
        if self.pooling == "blur":
            channels = h.shape[1]
            kernel = h.new_tensor([1, 2, 1]).div(4).expand(channels, 1, 3)
            mirrored = functional.pad(h, (1, 0), mode="reflect")
            return functional.conv1d(mirrored, kernel, stride=2, groups=channels)
        return h

    def forward(self, x: Tensor) -> Tensor:
        """Map [B, D] to logits [B, K]."""
        return self.linear(self.features(x))


class BiGRU(nn.Module):
    """A bidirectional GRU; a dense layer reads its outputs at all positions."""

    def __init__(self, hidden: int = 6, inputs: int = 40, classes: int = 10) -> None:
        super().__init__()
        self.gru = nn.GRU(1, hidden, bidirectional=True, batch_first=True)
        self.linear = nn.Linear(2 * inputs * hidden, classes)

    def forward(self, x: Tensor) -> Tensor:
        """Map [B, D] to logits [B, K]."""
        return self.linear(self.gru(x[:, :, None])[0].flatten(1))


class PReLUMLP(nn.Module):
    """Dense layers of the given widths, a PReLU behind all but the last."""

    def __init__(self, widths: list[int]) -> None:
        super().__init__()
        self.layers = nn.ModuleList(nn.Linear(*ends) for ends in pairwise(widths))
        self.activations = nn.ModuleList(nn.PReLU() for _ in widths[1:-1])

    def forward(self, x: Tensor) -> Tensor:
        """Map [B, D] to logits [B, K]."""
        *hidden, last = self.layers
        for layer, activation in zip(hidden, self.activations, strict=True):
            x = activation(layer(x))
        return last(x)


class PReLUCNN(CNN):
    """Three strided convolutions, each with a PReLU, and a dense layer."""

    def __init__(self, channels: int, inputs: int = 40, classes: int = 10) -> None:
        super().__init__(channels, inputs, classes)
        self.activations = nn.ModuleList(nn.PReLU() for _ in range(3))

    def features(self, x: Tensor) -> Tensor:
        """Map [B, D] to flat features [B, channels * positions]."""
        h = x[:, None]
        layers = (self.conv1, self.conv2, self.conv3)
        # The base class asks for the number of features before there are PReLUs.
        activations = getattr(self, "activations", [functional.relu] * 3)
        for conv, activation in zip(layers, activations, strict=True):
            h = activation(conv(h))
        return h.flatten(1)


class DilatedCNN(nn.Module):
    """Convolutions whose taps are ever further apart, and an average."""

    def __init__(self, channels: int, dilations: tuple[int, ...], classes: int) -> None:
        super().__init__()
        self.stem = nn.Conv1d(1, channels, 3, padding=1)
        self.layers = nn.ModuleList(
            nn.Conv1d(channels, channels, 3, padding=d, dilation=d) for d in dilations
        )
        self.linear = nn.Linear(channels, classes)

    def forward(self, x: Tensor) -> Tensor:
        """Map [B, D] to logits [B, K]."""
        h = self.stem(x[:, None]).relu()
        for layer in self.layers:
            h = layer(h).relu()
        return self.linear(h.mean(2))


class ResNet(nn.Module):
    """Residual blocks with batch normalisation, halved in between, and an average."""

    def __init__(self, channels: int, blocks: int, classes: int) -> None:
        super().__init__()
        layers = range(2 * blocks)
        self.stem = nn.Conv1d(1, channels, 3, padding=1)
        self.stem_norm = nn.BatchNorm1d(channels)
        self.convolutions = nn.ModuleList(
            nn.Conv1d(channels, channels, 3, padding=1) for _ in layers
        )
        self.norms = nn.ModuleList(nn.BatchNorm1d(channels) for _ in layers)
        self.linear = nn.Linear(channels, classes)

    def forward(self, x: Tensor) -> Tensor:
        """Map [B, D] to logits [B, K]."""
        h = self.stem_norm(self.stem(x[:, None])).relu()
        for depth in range(0, len(self.convolutions), 2):
            if depth:
                h = functional.avg_pool1d(h, 2)
            inner = self.norms[depth](self.convolutions[depth](h)).relu()
            inner = self.norms[depth + 1](self.convolutions[depth + 1](inner))
            h = (h + inner).relu()
        return self.linear(h.mean(2))


class TCN(nn.Module):
    """Residual blocks of causal dilated convolutions, and an average."""

    def __init__(self, channels: int, dilations: tuple[int, ...], classes: int) -> None:
        super().__init__()
        self.shortcut, self.dilations = nn.Conv1d(1, channels, 1), dilations
        self.convolutions = nn.ModuleList(
            nn.Conv1d(
                channels if depth else 1, channels, 3, dilation=dilations[depth // 2]
            )
            for depth in range(2 * len(dilations))
        )
        self.linear = nn.Linear(channels, classes)

    def forward(self, x: Tensor) -> Tensor:
        """Map [B, D] to logits [B, K]."""
        h = x[:, None]
        for depth in range(0, len(self.convolutions), 2):
            inner, before = h, (2 * self.dilations[depth // 2], 0)
            for conv in self.convolutions[depth : depth + 2]:
                inner = conv(functional.pad(inner, before)).relu()
            h = ((h if depth else self.shortcut(h)) + inner).relu()
        return self.linear(h.mean(2))


def plain(model: StackedModel, replica: int) -> nn.Module:
    """Return an ordinary module with the weights of the replica in that place."""
    parameters = model.plain_parameters()
    module = _counterpart(model)
    own = {n: p[replica].clone() for n, p in parameters.items()}
    buffers = dict(module.named_buffers())  # running averages, as they begin
    module.load_state_dict(buffers | own)
    return module.train(model.training)


def _counterpart(model: StackedModel) -> nn.Module:
    sizes = {"inputs": model.inputs, "classes": model.classes}
    if isinstance(model, stacked_mlp.MLP):
        return MLP([model.inputs, *(layer.outputs for layer in model.linears)])
    if isinstance(model, stacked_mlp.ResidualMLP):
        return ResidualMLP(hidden=model.first.outputs, **sizes)
    if isinstance(model, stacked_cnn.CNN):
        return CNN(channels=model.channels, **sizes)
    if isinstance(model, stacked_simclr.SimCLR):
        projector = [layer.outputs for layer in model.linears]
        return SimCLR(projector, channels=model.channels, inputs=model.inputs)
    if isinstance(model, stacked_pooled.PooledCNN):
        return PooledCNN(model.pooling, model.head, model.channels, **sizes)
    if isinstance(model, stacked_gru.BiGRU):
        return BiGRU(hidden=model.hidden, **sizes)
    if isinstance(model, stacked_prelu.PReLUMLP):
        hidden = [layer.outputs for layer in model.linears]
        return PReLUMLP([model.inputs, *hidden])
    if isinstance(model, stacked_prelu.PReLUCNN):
        return PReLUCNN(model.channels, **sizes)
    if isinstance(model, stacked_averaged.AveragedModel):
        return _averaged(model)
    return Logistic(**sizes)


def _averaged(model: stacked_averaged.AveragedModel) -> nn.Module:
    channels, classes = model.linear.inputs, model.classes
    if isinstance(model, stacked_averaged.DilatedCNN):
        return DilatedCNN(channels, model.dilations, classes)
    if isinstance(model, stacked_averaged.TCN):
        return TCN(channels, model.dilations, classes)
    return ResNet(channels, stacked_averaged.ResNet.blocks, classes)
