"""SGD with momentum for plain dense networks, with gradients that are written out.

The networks of a sweep are mostly narrow: autograd and optimiser cost them more than
their arithmetic.  Here each product is one call, and that of a gradient adds to the
velocity as it goes.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import numpy as np
import torch
from torch import Tensor

from scaling_down.engine.batches import batches
from scaling_down.engine.data import Data
from scaling_down.engine.evaluation import evaluate
from scaling_down.engine.layers import Linear
from scaling_down.engine.models.mlp import MLP
from scaling_down.engine.streams import Streams
from scaling_down.engine.training import METRICS, History, NonFiniteLoss, Protocol

_MINUS_INFINITY = -1e30  # but zero if multiplied by zero


def train_with_momentum(
    model: MLP,
    data: Data,
    protocol: Protocol,
    streams: Streams,
    *,
    progress: Callable[[int, int], None] | None = None,
) -> History:
    """Train the replicas of `model`, in place, as the engine's `optimise` does.

    The result is that of `optimise` up to rounding, with the same history and the same
    errors, in less time.  `progress(step, steps)` is called after each evaluation.
    Raises ValueError for a protocol other than SGD with a constant learning rate and
    no weight decay on the cross-entropy.
    """
    data.check_replicas(len(streams.replicas))
    model.to(data.x.device)
    update = MomentumStep(model, protocol)
    order = batches(data.x, data.y, protocol.batch_size, protocol.batch_order, streams)
    steps = [*range(0, protocol.steps, protocol.evaluate_every), protocol.steps]
    rows = [_measure(model, data, streams, 0)]
    for first, last in pairwise(steps):
        losses = [update(*next(order)) for _ in range(first, last)]
        _check(streams, first, torch.stack(losses))
        rows.append(_measure(model, data, streams, last))
        if progress:
            progress(last, protocol.steps)
    columns = (np.stack(column, 1) for column in zip(*rows, strict=True))
    history = dict(zip(METRICS, columns, strict=True))
    return {"step": np.array(steps, dtype=np.int64), **history}


class MomentumStep:
    """One step of SGD with momentum for every replica of a dense network."""

    def __init__(self, model: MLP, protocol: Protocol) -> None:
        refuse_other_methods(protocol)
        self.model, self.protocol = model, protocol
        self.layers = [Dense(layer) for layer in model.layers]
        self.parameters = [p for layer in self.layers for p in layer.parameters]
        self.velocities = [v for layer in self.layers for v in layer.velocities]
        # Without probability the classes that pad the logits have no gradient either.
        self.class_mask = torch.zeros_like(self.layers[-1].bias[:1])
        self.class_mask[..., model.classes :] = _MINUS_INFINITY

    @torch.inference_mode()
    def __call__(self, x: Tensor, y: Tensor) -> Tensor:
        """Take a step; return the loss of each replica before it, [R].

        `x` is [1 or R, B, padded D], `y` [1 or R, B].
        """
        *hidden, last = self.layers
        h = self.model.for_members(x)
        for layer in hidden:
            h = layer.forward(h).relu_()
        logits = last.forward(h).add_(self.class_mask)
        losses, grad = cross_entropy(logits, self.model.for_members(y))
        for layer in reversed(self.layers):
            layer.accumulate(grad, self.protocol.momentum)
            if layer is not self.layers[0]:
                grad = layer.input_gradient(grad)
        rate = self.protocol.learning_rate
        torch._foreach_add_(self.parameters, self.velocities, alpha=-rate)
        return losses[: self.model.replicas]


class Dense:
    """A dense layer, [members, B, inputs] to [members, B, outputs], widths padded.

    It shares its parameters, weight and bias, with a layer of the engine.
    """

    def __init__(self, layer: Linear) -> None:
        self.weight, self.bias = layer.weight.detach(), layer.bias.detach()
        self.parameters = (self.weight, self.bias)
        self.velocities = tuple(torch.zeros_like(p) for p in self.parameters)

    def forward(self, x: Tensor) -> Tensor:
        """Return the outputs; keep the inputs for the gradients."""
        self.x = x
        return torch.baddbmm(self.bias, x, self.weight)

    def accumulate(self, grad: Tensor, momentum: float) -> None:
        """Make a velocity v momentum * v + gradient; `grad` is that of the outputs."""
        weight, bias = self.velocities
        weight.baddbmm_(self.x.mT, grad, beta=momentum)
        bias.mul_(momentum).add_(grad.sum(1, keepdim=True))

    def input_gradient(self, grad: Tensor) -> Tensor:
        """Return the gradient before the ReLU of the inputs, from `grad` as above."""
        return torch.ops.aten.threshold_backward(
            torch.bmm(grad, self.weight.mT), self.x, 0
        )


def cross_entropy(logits: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
    """Return the mean loss of each member and its gradient with respect to the logits.

    From `logits` [members, B, K] and `y` [members, B]: [members] in nats, and
    [members, B, K].
    """
    log_p = torch.log_softmax(logits, 2)
    weights = torch.zeros_like(log_p).scatter_(2, y[..., None], -1 / y.shape[1])
    losses = (weights * log_p).sum((1, 2))
    grad = torch.ops.aten._log_softmax_backward_data(weights, log_p, 2, log_p.dtype)
    return losses, grad


def refuse_other_methods(protocol: Protocol) -> None:
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


def _measure(
    model: MLP, data: Data, streams: Streams, step: int
) -> tuple[np.ndarray, ...]:
    """Return the entries of METRICS, each [R]."""
    train = evaluate(model, data.x, data.y)
    test = evaluate(model, data.x_test, data.y_test)
    _check(streams, step, torch.from_numpy(train[0] + test[0])[None])
    return (*train, *test)


def _check(streams: Streams, first: int, losses: Tensor) -> None:
    """Raise NonFiniteLoss for the first such entry of losses [steps, R]."""
    bad = torch.argwhere(~torch.isfinite(losses)).tolist()
    if bad:
        step, replica = bad[0]
        raise NonFiniteLoss(streams.replicas[replica], first + step)
