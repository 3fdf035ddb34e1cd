"""Dense layers of many replicas at once, and what every stacked model shares.

Axis 0 is the replica everywhere.  Two rules make a replica's numbers the same bits
in whatever company it trains.  Every width is padded with zeros to a multiple of 16
floats, so that each replica's slice starts on the boundary of a cache line.  And a
stack has two members or more, since matrix libraries take another path for a single
one: a lone replica gets a companion, a copy of itself that the outputs leave out, so
that it receives no gradient and is seen by nobody.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from scaling_down.engine.streams import Streams

LANE = 16


def padded(width: int) -> int:
    """Return the next multiple of 16 that holds `width` entries."""
    return -(-width // LANE) * LANE


def widen(x: Tensor) -> Tensor:
    """Pad the last axis with zeros to a multiple of 16."""
    missing = padded(x.shape[-1]) - x.shape[-1]
    return functional.pad(x, (0, missing)) if missing else x


def draw_uniform(
    streams: Streams, name: str, shape: Sequence[int], bound: float
) -> Tensor:
    """Draw a parameter, uniform in +-`bound`, for each replica: [R, *shape] float32.

    The stream is "init/" and the parameter's name, so that a replica's initial
    weights depend on its own key alone.
    """
    draws = [
        g.uniform(-bound, bound, shape) for g in streams.generators(f"init/{name}")
    ]
    return torch.from_numpy(np.stack(draws).astype(np.float32))


def stack_members(values: Tensor) -> Tensor:
    """Return [members, ...] from [R, ...]: a lone replica is repeated."""
    return values.repeat(2, *[1] * (values.dim() - 1)) if len(values) == 1 else values


class Linear(nn.Module):
    """A dense layer for each replica, with PyTorch's default initialisation.

    `weight` is [members, padded inputs, padded outputs] and `bias` [members, 1,
    padded outputs]; `rows` says where in the padded input each true input lies (by
    default in front), for inputs that come in another order than PyTorch's.
    """

    rows: Tensor

    def __init__(
        self,
        streams: Streams,
        name: str,
        inputs: int,
        outputs: int,
        rows: Tensor | None = None,
    ) -> None:
        super().__init__()
        self.replicas, self.inputs, self.outputs = (
            len(streams.replicas),
            inputs,
            outputs,
        )
        rows = torch.arange(inputs) if rows is None else rows
        self.register_buffer("rows", rows, persistent=False)
        bound = 1 / math.sqrt(inputs)
        weight = draw_uniform(streams, f"{name}.weight", (outputs, inputs), bound)
        bias = draw_uniform(streams, f"{name}.bias", (outputs,), bound)
        height = padded(int(rows.max()) + 1)
        members = max(2, self.replicas)
        self.weight = nn.Parameter(torch.zeros(members, height, padded(outputs)))
        self.bias = nn.Parameter(torch.zeros(members, 1, padded(outputs)))
        self.load_vector(torch.cat([weight.flatten(1), bias], 1))

    def forward(self, x: Tensor) -> Tensor:
        """Map [members, B, padded inputs] to [members, B, padded outputs]."""
        return torch.baddbmm(self.bias, x, self.weight)

    @property
    def size(self) -> int:
        """The number of true parameters, weights and biases, of one replica."""
        return (self.inputs + 1) * self.outputs

    def plain_weight(self) -> Tensor:
        """Return the true weights in PyTorch's order, [R, outputs, inputs]."""
        weight = self.weight.detach()[: self.replicas, self.rows, : self.outputs]
        return weight.transpose(1, 2)

    def plain_bias(self) -> Tensor:
        """Return the true biases, [R, outputs]."""
        return self.bias.detach()[: self.replicas, 0, : self.outputs]

    def vector(self) -> Tensor:
        """Return a copy of the true parameters, [R, size]: weights, then biases."""
        return torch.cat([self.plain_weight().flatten(1), self.plain_bias()], 1)

    def load_vector(self, vector: Tensor) -> None:
        """Set the true parameters from [R, size], in the order of `vector`."""
        weight, bias = self.arrange(vector)
        with torch.no_grad():
            self.weight.copy_(weight)
            self.bias.copy_(bias)

    def arrange(self, vector: Tensor) -> tuple[Tensor, Tensor]:
        """Lay [R, size] out like `weight` and `bias`, zero where they are padded."""
        vector = stack_members(vector.to(self.weight))
        weight = torch.zeros_like(self.weight, requires_grad=False)
        bias = torch.zeros_like(self.bias, requires_grad=False)
        true = vector[:, : -self.outputs].unflatten(1, (self.outputs, self.inputs))
        weight[:, self.rows, : self.outputs] = true.transpose(1, 2)
        bias[:, 0, : self.outputs] = vector[:, -self.outputs :]
        return weight, bias


class StackedModel(nn.Module):
    """A network for each replica; subclasses define `stacked_logits`."""

    def __init__(self, streams: Streams, inputs: int, classes: int) -> None:
        super().__init__()
        self.replicas, self.inputs, self.classes = (
            len(streams.replicas),
            inputs,
            classes,
        )
        self.members = max(2, self.replicas)

    def forward(self, x: Tensor) -> Tensor:
        """Map inputs [R or 1, B, D or more] to logits [R, B, classes].

        An axis 0 of size 1 is shared by all replicas; columns past D are ignored.
        """
        return self.stacked_logits(x)[: self.replicas, :, : self.classes]

    def stacked_logits(self, x: Tensor) -> Tensor:
        """Map [R or 1, B, D or more] to padded logits [members, B, padded classes]."""
        raise NotImplementedError

    def for_members(self, x: Tensor) -> Tensor:
        """Let inputs that all replicas share serve every member, without a copy."""
        return x.expand(self.members, *x.shape[1:]) if len(x) == 1 else x

    def plain_parameters(self) -> dict[str, Tensor]:
        """Return the true parameters, [R, ...] in the shapes of `engine.plain`."""
        parameters = {}
        for name, layer in self.named_modules():
            if isinstance(layer, Linear):
                parameters[f"{name}.weight"] = layer.plain_weight()
                parameters[f"{name}.bias"] = layer.plain_bias()
        return parameters


def parameter_count(model: StackedModel) -> int:
    """Return the number of true parameters of one replica, padding left out."""
    return sum(p[0].numel() for p in model.plain_parameters().values())
