"""The step of dense networks, with gradients that are written out.

The networks of a sweep are mostly narrow: autograd and optimiser cost them more than
their arithmetic.  Here each product is one call, and all parameters of a network lie in
one vector, beside one of their gradients and those of the optimiser, so that an update
is one or two calls however many layers there are.  With SGD the product that makes a
gradient adds it to the velocity as it goes.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from scaling_down.engine import masks as masking
from scaling_down.engine.layers import Linear, StackedModel
from scaling_down.engine.losses import losses_and_gradient, padding_mask
from scaling_down.engine.models.mlp import MLP, ResidualMLP
from scaling_down.engine.protocol import Protocol
from scaling_down.engine.steps.vectors import joined_parameters, split

BETA1, BETA2, EPSILON = 0.9, 0.999, 1e-8
"""PyTorch's defaults of Adam."""


class DenseStep:
    """One step of SGD with momentum, or Adam, for every replica of a dense network.

    It takes over the memory of the model's parameters.  Raises ValueError for a model
    that is neither an MLP nor a ResidualMLP.
    """

    def __init__(
        self,
        model: StackedModel,
        protocol: Protocol,
        masks: masking.Masks | None = None,
    ) -> None:
        linears, self.residual = _linears(model), isinstance(model, ResidualMLP)
        masking.apply(model, masks or {})
        self.model, self.protocol = model, protocol
        self.weights = joined_parameters(linears)
        self.gradients = torch.zeros_like(self.weights)
        self.mask = _joined_mask(model, linears, masks)
        self.beta = protocol.momentum if protocol.optimizer == "sgd" else 0.0
        parts = split(self.gradients, linears)
        self.layers = [
            Dense(layer, *pair) for layer, pair in zip(linears, parts, strict=True)
        ]
        self.adam = _Adam(self.weights) if protocol.optimizer == "adam" else None
        self.class_mask = padding_mask(linears[-1].bias[:1], model.classes)

    @torch.inference_mode()
    def __call__(self, number: int, x: Tensor, y: Tensor) -> Tensor:
        """Take step `number`; return the loss of each replica before it, [R].

        `x` is [1 or R, B, padded D], `y` [1 or R, B].
        """
        logits = self._forward(self.model.for_members(x))
        losses, grad = losses_and_gradient(
            logits, self.model.for_members(y), self.protocol.loss, self.class_mask,
            self.model.classes,
        )  # fmt: skip
        self._backward(grad)
        self._update(self.protocol.learning_rate_at(number))
        return losses[: self.model.replicas]

    def write_back(self) -> None:
        """Do nothing: the weights are the model's own."""

    def _forward(self, x: Tensor) -> Tensor:
        *hidden, last = self.layers
        for depth, layer in enumerate(hidden):
            h = layer.forward(x)
            # The second hidden layer of a residual network adds to the first.
            x = x + h if self.residual and depth == 1 else h
        return last.products(x)

    def _backward(self, grad: Tensor) -> None:
        """Make gradients, or velocities, from the gradient of the logits."""
        *hidden, last = self.layers
        last.accumulate(grad, self.beta)
        if not hidden:
            return
        grad = last.input_gradient(grad)
        for depth in reversed(range(len(hidden))):
            layer = hidden[depth]
            past = grad.clone() if self.residual else None
            layer.before_relu(grad)
            layer.accumulate(grad, self.beta)
            if depth == 0:
                return
            grad = layer.input_gradient(grad)
            if past is not None:
                grad += past

    def _update(self, rate: float) -> None:
        decay = self.protocol.weight_decay
        if self.adam is not None:
            if self.mask is not None:
                self.gradients.mul_(self.mask)
            self.adam.update(self.weights, self.gradients, rate, decay)
            return
        if decay:
            self.gradients.add_(self.weights, alpha=decay)
        if self.mask is not None:
            self.gradients.mul_(self.mask)
        self.weights.add_(self.gradients, alpha=-rate)


class Dense:
    """A layer, [members, B, inputs] to [members, B, outputs], widths padded.

    Weight and bias are the model's; `weight_grad` and `bias_grad` of their shapes hold
    gradients, or velocities.
    """

    def __init__(self, layer: Linear, weight_grad: Tensor, bias_grad: Tensor) -> None:
        self.weight, self.bias = layer.weight.detach(), layer.bias.detach()
        self.weight_grad, self.bias_grad = weight_grad, bias_grad

    def products(self, x: Tensor) -> Tensor:
        """Return the outputs without ReLU; keep the inputs for the gradients."""
        self.x = x
        return torch.baddbmm(self.bias, x, self.weight)

    def forward(self, x: Tensor) -> Tensor:
        """Return the outputs behind the ReLU; keep them for the gradients."""
        self.h = self.products(x).relu_()
        return self.h

    def accumulate(self, grad: Tensor, beta: float) -> None:
        """Make what is held beta times itself plus the gradient.

        `grad` is the gradient of the outputs before the ReLU.
        """
        self.weight_grad.baddbmm_(self.x.mT, grad, beta=beta)
        self.bias_grad.mul_(beta).add_(grad.sum(1, keepdim=True))

    def before_relu(self, grad: Tensor) -> None:
        """Make the gradient behind the ReLU that before it, in place."""
        torch.ops.aten.threshold_backward.grad_input(grad, self.h, 0, grad_input=grad)

    def input_gradient(self, grad: Tensor) -> Tensor:
        """Return the gradient of the inputs from that of the outputs."""
        return torch.bmm(grad, self.weight.mT)


class _Adam:
    """Adam on one vector: PyTorch's own fused kernel, without the optimiser's calls."""

    def __init__(self, weights: Tensor) -> None:
        self.first = [torch.zeros_like(weights)]
        self.second = [torch.zeros_like(weights)]
        self.steps = [torch.zeros((), device=weights.device)]

    def update(
        self, weights: Tensor, gradients: Tensor, rate: float, decay: float
    ) -> None:
        self.steps[0] += 1
        torch._fused_adam_(
            [weights], [gradients], self.first, self.second, [], self.steps,
            lr=rate, beta1=BETA1, beta2=BETA2, weight_decay=decay, eps=EPSILON,
            amsgrad=False, maximize=False,
        )  # fmt: skip


def _linears(model: StackedModel) -> list[Linear]:
    if isinstance(model, MLP):
        return model.linears
    if isinstance(model, ResidualMLP):
        return [model.first, model.second, model.third]
    raise ValueError(f"written-out steps are for dense networks, not {type(model)}")


def _joined_mask(
    model: StackedModel, linears: Sequence[Linear], masks: masking.Masks | None
) -> Tensor | None:
    """Return the masks of all layers as one vector; a layer without one keeps all."""
    if not masks:
        return None
    joined = torch.ones_like(torch.cat([_flat(layer) for layer in linears]))
    parts = dict(zip(map(id, linears), split(joined, linears), strict=True))
    for name, mask in masks.items():
        layer = masking.layers(model)[name]
        for part, laid_out in zip(parts[id(layer)], layer.arrange(mask), strict=True):
            part.copy_(laid_out)
    return joined


def _flat(layer: Linear) -> Tensor:
    return torch.cat([layer.weight.detach().flatten(), layer.bias.detach().flatten()])
