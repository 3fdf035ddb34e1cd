"""SGD with momentum for the convolutional network, with gradients written out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from math import prod

import torch
from torch import Tensor

from scaling_down.engine.layers import Linear, padded, stack_members
from scaling_down.engine.losses import MINUS_INFINITY, cross_entropy
from scaling_down.engine.masks import Masks, layers
from scaling_down.engine.models.cnn import CNN, output_length
from scaling_down.engine.protocol import Protocol
from scaling_down.engine.steps.convolutions import (
    FIRST_TAPS,
    PATCH,
    TAPS,
    Activation,
    Convolution,
    FirstConvolution,
    LastLayer,
    Parameter,
)
from scaling_down.engine.steps.positions import block_orders


class ConvolutionalStep:
    """One step of SGD with momentum for every replica of a convolutional network.

    It trains a copy of the model's parameters; `write_back` brings them home.  Raises
    ValueError for masks, and for a protocol other than SGD with a constant learning
    rate and no weight decay on the cross-entropy.
    """

    def __init__(
        self, model: CNN, protocol: Protocol, masks: Masks | None = None
    ) -> None:
        _refuse_other_methods(protocol)
        if masks:
            raise ValueError("the convolutional step takes no masks")
        self.model, self.protocol = model, protocol
        self.parameters = _Parameters(model)
        self.networks: dict[int, _Network] = {}

    @torch.inference_mode()
    def __call__(self, number: int, x: Tensor, y: Tensor) -> Tensor:
        """Take step `number`; return the loss of each replica before it, [R].

        `x` is [1 or R, B, D or more], `y` [1 or R, B].
        """
        network = self._network(x.shape[1])
        logits = network.forward(x)
        losses, grad = cross_entropy(logits, self.model.for_members(y))
        network.backward(grad, self.protocol.momentum)
        self.parameters.update(self.protocol.learning_rate)
        return losses[: self.model.replicas]

    def write_back(self) -> None:
        """Give the model the parameters as they stand."""
        self.parameters.store()

    def _network(self, batch: int) -> _Network:
        if batch not in self.networks:
            self.networks[batch] = _Network(self.model, self.parameters, batch)
        return self.networks[batch]


def channel_width(channels: int) -> int:
    """Return the width to which channels are padded: a multiple of 8, 16 or more.

    MKL multiplies other widths more slowly, with AVX2 as with AVX-512: 90 columns
    cost it a quarter more than 96.
    """
    return max(16, -(-channels // 8) * 8)


def lengths(inputs: int) -> list[int]:
    """Return the numbers of positions that the three convolutions leave."""
    first = output_length(inputs, FIRST_TAPS)
    second = output_length(first, TAPS)
    return [first, second, output_length(second, TAPS)]


class _Parameters:
    """All parameters in one vector, which one call updates.

    In the shapes that the products take: `first` [members, PATCH, C], with the bias;
    `convolutions` [taps, members, C, C], so that the gradient of a tap is one batched
    product; `last` [members, positions * C, K]; `biases` [members, 1, C or K].  Like
    every stack's, each member's slice of a weight starts on the boundary of a cache
    line.
    """

    def __init__(self, model: CNN) -> None:
        self.model, self.positions = model, lengths(model.inputs)[-1]
        members, width = model.members, channel_width(model.channels)
        classes = padded(model.classes)
        shapes = [
            (members, PATCH, width),
            *[(TAPS, members, width, width)] * 2,
            (members, self.positions * width, classes),
            *[(members, 1, width)] * 2,
            (members, 1, classes),
        ]
        size = sum(padded(prod(shape)) for shape in shapes)
        self.values, self.velocities = model.conv1.weight.new_zeros(2, size)
        views = (_views(vector, shapes) for vector in (self.values, self.velocities))
        both = [Parameter(*pair) for pair in zip(*views, strict=True)]
        self.first, *self.convolutions, self.last = both[:4]
        self.biases = both[4:]
        self.load()

    def update(self, learning_rate: float) -> None:
        """Move the parameters along their velocities."""
        self.values.add_(self.velocities, alpha=-learning_rate)

    def load(self) -> None:
        """Take the values from the model."""
        for layer, weight, bias in self._plain():
            true = stack_members(layer.plain_weight()).unflatten(2, (-1, len(weight)))
            weight[:, :, : true.shape[2], : layer.outputs] = true.permute(3, 0, 2, 1)
            bias[:, 0, : layer.outputs] = stack_members(layer.plain_bias())

    def store(self) -> None:
        """Give the values to the model."""
        replicas = self.model.replicas
        for layer, weight, bias in self._plain():
            channels = layer.inputs // len(weight)
            true = weight[:, :replicas, :channels, : layer.outputs]
            plain = true.permute(1, 3, 2, 0).flatten(1)
            own_bias = bias[:replicas, 0, : layer.outputs]
            layer.load_vector(torch.cat([plain, own_bias], 1))

    def _plain(self) -> Iterator[tuple[Linear, Tensor, Tensor]]:
        """Yield each layer, its weight [taps, members, inputs, outputs] and its bias.

        The positions of the dense layer are its taps.
        """
        first = self.first.value[:, :, None].transpose(0, 1)
        last = self.last.value.unflatten(1, (self.positions, -1)).transpose(0, 1)
        weights = [first[:FIRST_TAPS], *(c.value for c in self.convolutions), last]
        biases = [first[FIRST_TAPS], *(b.value for b in self.biases)]
        return zip(layers(self.model).values(), weights, biases, strict=True)


def _views(vector: Tensor, shapes: Sequence[tuple[int, ...]]) -> list[Tensor]:
    """Cut a vector into tensors, each on the boundary of a cache line."""
    sizes = [prod(shape) for shape in shapes]
    parts = vector.split([padded(size) for size in sizes])
    return [
        part[:size].view(shape)
        for part, size, shape in zip(parts, sizes, shapes, strict=True)
    ]


class _Network:
    """The network for batches of one size, in buffers of its own."""

    def __init__(self, model: CNN, parameters: _Parameters, batch: int) -> None:
        orders = block_orders(lengths(model.inputs))
        size = batch, channel_width(model.channels)
        activations = [
            Activation.zeros(parameters.values, model.members, len(order), *size)
            for order in orders
        ]
        *biases, last_bias = parameters.biases
        self.first = FirstConvolution(
            parameters.first, model.inputs, activations[0], orders[0]
        )
        self.convolutions = [
            Convolution(*arguments)
            for arguments in zip(
                parameters.convolutions,
                biases,
                pairwise(activations),
                pairwise(orders),
                strict=True,
            )
        ]
        self.last = LastLayer(parameters.last, last_bias, activations[-1])
        # Without probability the classes that pad the logits have no gradient either.
        self.class_mask = torch.zeros_like(last_bias.value[:1])
        self.class_mask[..., model.classes :] = MINUS_INFINITY

    def forward(self, x: Tensor) -> Tensor:
        """Map [1 or R, B, D or more] to logits [members, B, padded classes]."""
        self.first.forward(x)
        for convolution in self.convolutions:
            convolution.forward()
        return self.last.forward().add_(self.class_mask)

    def backward(self, grad: Tensor, momentum: float) -> None:
        """Make each velocity v momentum * v + gradient; `grad` is the logits'."""
        self.last.backward(grad, momentum)
        for convolution in reversed(self.convolutions):
            convolution.backward(momentum)
        self.first.backward(momentum)


def _refuse_other_methods(protocol: Protocol) -> None:
    """Raise ValueError for a protocol that steps with written-out gradients lack."""
    if (
        protocol.optimizer != "sgd"
        or protocol.loss != "cross_entropy"
        or protocol.learning_rate_schedule != "constant"
        or protocol.weight_decay
    ):
        raise ValueError(
            f"not plain SGD with momentum on the cross-entropy: {protocol}"
        )
