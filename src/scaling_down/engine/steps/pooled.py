"""The step of the pooled convolutional network, with gradients written out.

One replica passes through forward and backward after the other, in the same buffers:
those of one stay in the cache, while those of five would not, and autograd's are new
memory in every step.  So a replica meets no company at all.
"""

from __future__ import annotations

import torch
from torch import Tensor

from scaling_down.engine.layers import Linear
from scaling_down.engine.losses import cross_entropy
from scaling_down.engine.masks import Masks
from scaling_down.engine.models.pooled_cnn import TAPS, PooledCNN, patches_of
from scaling_down.engine.protocol import (
    Protocol,
    set_learning_rate,
    torch_optimizer,
)
from scaling_down.engine.steps.poolings import HEADS, POOLINGS
from scaling_down.engine.steps.vectors import joined_parameters, split


class PooledStep:
    """One step of the optimiser for every replica of a pooled convolutional network.

    It takes over the memory of the model's parameters.  Raises ValueError for masks,
    and for another loss than the cross-entropy.
    """

    def __init__(
        self, model: PooledCNN, protocol: Protocol, masks: Masks | None = None
    ) -> None:
        if protocol.loss != "cross_entropy":
            raise ValueError(f"not the cross-entropy: {protocol}")
        if masks:
            raise ValueError("the step of pooled networks takes no masks")
        self.model, self.protocol = model, protocol
        linears = [model.conv1, model.conv2, model.linear]
        self.weights = joined_parameters(linears)
        self.gradients = torch.zeros_like(self.weights)
        self.layers = [
            Parameters(layer, *grads)
            for layer, grads in zip(
                linears, split(self.gradients, linears), strict=True
            )
        ]
        self.weights.grad = self.gradients
        self.optimizer = torch_optimizer([self.weights], protocol)
        self.networks: dict[int, _Network] = {}

    @torch.inference_mode()
    def __call__(self, number: int, x: Tensor, y: Tensor) -> Tensor:
        """Take step `number`; return the loss of each replica before it, [R].

        `x` is [1 or R, B, D or more], `y` [1 or R, B].
        """
        x, y = self.model.for_members(x), self.model.for_members(y)
        network = self._network(x.shape[1])
        losses = [
            network.gradients(replica, x[replica], y[replica])
            for replica in range(self.model.replicas)
        ]
        set_learning_rate(self.optimizer, self.protocol.learning_rate_at(number))
        self.optimizer.step()
        return torch.cat(losses)

    def write_back(self) -> None:
        """Do nothing: the weights are the model's own."""

    def _network(self, batch: int) -> _Network:
        if batch not in self.networks:
            self.networks[batch] = _Network(self.model, self.layers, batch)
        return self.networks[batch]


class Parameters:
    """A layer's weight and bias for each member, outputs first, and their gradients.

    Without padding, as views: `weight` [outputs, inputs], `bias` [outputs, 1],
    `weight_grad` [inputs, outputs], `bias_grad` [outputs].
    """

    def __init__(self, layer: Linear, weight_grad: Tensor, bias_grad: Tensor) -> None:
        inputs, outputs = slice(layer.inputs), slice(layer.outputs)
        self.inputs, self.outputs = layer.inputs, layer.outputs
        self.weight = [w[inputs, outputs].mT for w in layer.weight.detach()]
        self.bias = [b[:, outputs].mT for b in layer.bias.detach()]
        self.weight_grad = [g[inputs, outputs] for g in weight_grad]
        self.bias_grad = [g[0, outputs] for g in bias_grad]


class _Network:
    """The network of one replica at a time, for batches of one size."""

    def __init__(self, model: PooledCNN, layers: list[Parameters], batch: int) -> None:
        conv1, conv2, linear = layers
        like, self.inputs, pooling = model.conv1.weight, model.inputs, model.pooling
        self.first = _Convolution(conv1, like, model.inputs, batch, model.stride)
        self.pool1, self.pool2 = POOLINGS[pooling](), POOLINGS[pooling]()
        halved = 2 if pooling not in ("none", "stride") else 1
        length = len(self.first.outputs) // halved
        self.second = _Convolution(conv2, like, length, batch, model.stride)
        left = len(self.second.outputs) // halved, model.channels, batch
        self.pooled, self.pooled_grad = like.new_zeros(2, *left)
        self.head = HEADS[model.head]()
        self.last = _Dense(linear, like, model.channels, batch)

    def gradients(self, replica: int, x: Tensor, y: Tensor) -> Tensor:
        """Set a replica's gradients from x [B, D or more] and y [B].

        Returns its loss, [1].
        """
        self.first.inputs[:, 0] = x[:, : self.inputs].T
        self.first.forward(replica)
        self.pool1.forward(self.first.outputs, self.second.inputs)
        self.second.forward(replica)
        self.pool2.forward(self.second.outputs, self.pooled)
        self.head.forward(self.pooled, self.last.inputs)
        loss, grad = cross_entropy(self.last.forward(replica)[None], y[None])
        self.last.backward(replica, grad[0])
        self.head.backward(self.last.inputs_grad, self.pooled_grad)
        self.pool2.backward(self.pooled_grad, self.second.outputs_grad)
        self.second.backward(replica)
        self.pool1.backward(
            self.second.inputs_gradient(replica), self.first.outputs_grad
        )
        self.first.backward(replica)
        return loss


class _Convolution:
    """A convolution of one replica at a time, [L, C, B] to [L', C', B]."""

    def __init__(
        self, parameters: Parameters, like: Tensor, length: int, batch: int, stride: int
    ) -> None:
        self.parameters, channels = parameters, parameters.inputs // TAPS
        framed = like.new_zeros(length + 2, channels, batch)
        self.inputs, self.patches = framed[1:-1], patches_of(framed, stride)
        outputs = len(self.patches), parameters.outputs, batch
        self.outputs = like.new_zeros(outputs)
        # The gradient of the inputs is a convolution of that of the outputs, which
        # lies `stride` apart between zeros.
        framed_grad = like.new_zeros(length + 2, parameters.outputs, batch)
        self.outputs_grad = framed_grad[1:-1:stride]
        self.grad_patches = patches_of(framed_grad, 1)
        self.inputs_grad = like.new_zeros(length, channels, batch)
        self.products = like.new_zeros(outputs[0], parameters.inputs, outputs[1])

    def forward(self, replica: int) -> None:
        """Set the outputs from the inputs."""
        weight = self.parameters.weight[replica].expand(len(self.outputs), -1, -1)
        bias = self.parameters.bias[replica]
        torch.baddbmm(bias, weight, self.patches, out=self.outputs)

    def backward(self, replica: int) -> None:
        """Set the gradients of the parameters from that of the outputs."""
        torch.bmm(self.patches, self.outputs_grad.mT, out=self.products)
        torch.sum(self.products, 0, out=self.parameters.weight_grad[replica])
        torch.sum(self.outputs_grad, (0, 2), out=self.parameters.bias_grad[replica])

    def inputs_gradient(self, replica: int) -> Tensor:
        """Return the gradient of the inputs, [L, C, B]."""
        taps = self.parameters.weight[replica].unflatten(1, (TAPS, -1))
        weight = taps.flip(1).permute(2, 1, 0).flatten(1)
        weights = weight.expand(len(self.inputs_grad), -1, -1)
        return torch.bmm(weights, self.grad_patches, out=self.inputs_grad)


class _Dense:
    """The dense layer of one replica at a time, [L, C, B] to logits [B, K]."""

    def __init__(
        self, parameters: Parameters, like: Tensor, channels: int, batch: int
    ) -> None:
        self.parameters = parameters
        positions = parameters.inputs // channels
        self.inputs, self.inputs_grad = like.new_zeros(2, positions, channels, batch)

    def forward(self, replica: int) -> Tensor:
        """Return the logits, [B, K]."""
        weight, bias = self.parameters.weight[replica], self.parameters.bias[replica]
        return torch.addmm(bias, weight, self.inputs.flatten(0, 1)).T

    def backward(self, replica: int, grad: Tensor) -> None:
        """Set all gradients from that of the logits, [B, K]."""
        features, weight = self.inputs.flatten(0, 1), self.parameters.weight[replica]
        torch.mm(features, grad, out=self.parameters.weight_grad[replica])
        torch.sum(grad, 0, out=self.parameters.bias_grad[replica])
        torch.mm(weight.T, grad.T, out=self.inputs_grad.flatten(0, 1))
