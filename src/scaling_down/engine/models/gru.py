"""The paper's bidirectional GRU, all replicas and both directions at once."""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import Tensor, nn

from scaling_down.engine.layers import (
    Linear,
    StackedModel,
    draw_uniform,
    padded,
    stack_members,
    widen,
)
from scaling_down.engine.streams import Streams

DIRECTIONS = ("", "_reverse")
_LANES_OF_TWO_VECTORS = 32


class BiGRU(StackedModel):
    """A bidirectional GRU over the positions; all its outputs feed a dense layer.

    5,134 parameters with 6 hidden units a direction and 40 positions.  Source:
    GRUBase in the reference repository's models.py.

    `recurrence` [members, 2, 4H, K] holds what torch.nn.GRU keeps in four tensors.
    Its rows are the reset gate, the update gate, the hidden part of the candidate
    and the input part of the candidate, H each; its columns meet the hidden state,
    the input, and two ones for the input and the hidden bias.  The rest stays zero.
    """

    def __init__(
        self, streams: Streams, hidden: int = 6, inputs: int = 40, classes: int = 10
    ) -> None:
        super().__init__(streams, inputs, classes)
        self.hidden = hidden
        recurrence = torch.zeros(self.members, 2, 4 * hidden, padded(hidden + 3))
        used = torch.zeros(recurrence.shape[2:])
        for name, (rows, columns) in _places(hidden).items():
            used[rows, columns] = 1
            for direction, suffix in enumerate(DIRECTIONS):
                values = draw_uniform(
                    streams,
                    f"bigru.gru.{name}{suffix}",
                    used[rows, columns].shape,
                    bound=1 / math.sqrt(hidden),
                )
                recurrence[:, direction, rows, columns] = stack_members(values)
        self.recurrence = nn.Parameter(recurrence)
        self.register_buffer("used", used, persistent=False)
        self.linear = Linear(
            streams,
            "bigru.linear",
            2 * inputs * hidden,
            classes,
            rows=_scan_order(inputs, hidden),
        )

    def stacked_logits(self, x: Tensor) -> Tensor:
        """Map [R or 1, B, D or more] to padded logits [members, B, padded classes]."""
        batch = x.shape[1]
        x = self.for_members(x[..., : self.inputs])
        states = _Scan.apply(
            self.recurrence, self.used, x, self.hidden, torch.is_grad_enabled()
        )
        return self.linear(widen(states.transpose(1, 2)))[:, :batch]

    def plain_parameters(self) -> dict[str, Tensor]:
        """Return the true parameters, [R, ...] in the shapes of `engine.plain`."""
        parameters = super().plain_parameters()
        recurrence = self.recurrence.detach()[: self.replicas]
        for name, (rows, columns) in _places(self.hidden).items():
            for direction, suffix in enumerate(DIRECTIONS):
                values = recurrence[:, direction, rows, columns]
                parameters[f"gru.{name}{suffix}"] = values
        return parameters


def _places(hidden: int) -> dict[str, tuple[Tensor, Tensor]]:
    """Where in the recurrence each tensor of torch.nn.GRU lies: rows and columns."""
    rows = torch.arange(4 * hidden)
    of_hidden = rows[: 3 * hidden]
    of_input = torch.cat([rows[: 2 * hidden], rows[3 * hidden :]])
    column = torch.arange(hidden + 3)
    return {
        "weight_ih_l0": (of_input[:, None], column[hidden : hidden + 1]),
        "weight_hh_l0": (of_hidden[:, None], column[:hidden]),
        "bias_ih_l0": (of_input, column[hidden + 1]),
        "bias_hh_l0": (of_hidden, column[hidden + 2]),
    }


def _scan_order(positions: int, hidden: int) -> Tensor:
    """Where PyTorch's (position, direction, unit) order lies in the scan's output.

    The scan's is (direction, step, unit), and backwards step 0 is the last position.
    """
    step = torch.arange(positions)
    starts = torch.stack([step, 2 * positions - 1 - step], 1) * hidden
    return (starts[..., None] + torch.arange(hidden)).flatten()


def _padded_batch(batch: int, hidden: int) -> int:
    """Pad a batch so that element-wise kernels meet whole vectors in each member.

    Their left-over elements go through scalar functions, which round differently.
    """
    multiple = max(16, _LANES_OF_TWO_VECTORS // math.gcd(_LANES_OF_TWO_VECTORS, hidden))
    return -(-batch // multiple) * multiple


class _Scan(torch.autograd.Function):
    """Run the recurrence [M, 2, 4H, K] along x [M, B, T].

    Returns all hidden states, [M, 2 * T * H, padded B], in the order (direction,
    step, unit).  The batch is the last axis, so that the few hidden units need no
    padding.  Written by hand since autograd keeps and revisits every small step.

    It replaces torch.nn.GRU in both directions.  A step is one batched product of
    [4H, K] with the state [K, B]: input and biases are further rows of the state, so
    that there is no second product and no addition, and both directions of all replicas
    are members of the same product.  The candidate has two blocks of rows, since the
    reset gate multiplies its hidden part alone.  What the gates gave is kept, [T, 2R,
    4H, B], in place of autograd's graph of six small operations a step; backwards the
    same layout makes the gradients of the weights and of the state one product each.
    """

    @staticmethod
    def forward(
        ctx: Any,
        recurrence: Tensor,
        used: Tensor,
        x: Tensor,
        hidden: int,
        keep: bool,
    ) -> Tensor:
        W = recurrence.flatten(0, 1)
        members, rows, columns = W.shape
        steps, batch = x.shape[2], _padded_batch(x.shape[1], hidden)
        S = W.new_zeros(steps + 1, members, columns, batch)
        _fill_inputs(S, x, hidden)
        G = W.new_empty(steps if keep else 1, members, rows, batch)
        for t in range(steps):
            _advance(W, S[t], G[t if keep else 0], S[t + 1, :, :hidden])
        ctx.save_for_backward(recurrence, used, S, G)
        ctx.hidden = hidden
        states = S[1:, :, :hidden].unflatten(1, (-1, 2)).permute(1, 2, 0, 3, 4)
        return states.flatten(1, 3)

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, None, None, None, None]:
        recurrence, used, S, G = ctx.saved_tensors
        W, H, steps = recurrence.flatten(0, 1), ctx.hidden, len(G)
        to_hidden = W[:, :, :H].transpose(1, 2)
        grad_h = grad.reshape(len(W), steps, H, -1)
        D, dW = torch.empty_like(G[0]), torch.zeros_like(W)
        dh = torch.zeros_like(grad_h[:, 0])
        for t in reversed(range(steps)):
            dh += grad_h[:, t]
            carried = _gate_gradients(D, G[t], S[t, :, :H], dh)
            dW.baddbmm_(D, S[t].transpose(1, 2))
            dh = carried.baddbmm_(to_hidden, D)
        return dW.view_as(recurrence) * used, None, None, None, None


def _fill_inputs(S: Tensor, x: Tensor, hidden: int) -> None:
    """Lay x [M, B, T] along the states, backwards too, with the ones for biases."""
    batch = x.shape[1]
    by_direction = S[:-1, :, :, :batch].unflatten(1, (-1, 2))
    x = x.permute(2, 0, 1)
    by_direction[:, :, 0, hidden] = x
    by_direction[:, :, 1, hidden] = x.flip(0)
    S[:, :, hidden + 1 : hidden + 3] = 1


def _advance(W: Tensor, state: Tensor, gates: Tensor, following: Tensor) -> None:
    """One step: h' = n + z (h - n); leaves r, z, W_hn h + b_hn and n in `gates`."""
    H = following.shape[1]
    torch.bmm(W, state, out=gates)
    gates[:, : 2 * H].sigmoid_()
    r, z, from_hidden, n = gates.split(H, 1)
    n.addcmul_(r, from_hidden).tanh_()
    torch.addcmul(n, z, state[:, :H] - n, out=following)


def _gate_gradients(D: Tensor, gates: Tensor, h: Tensor, dh: Tensor) -> Tensor:
    """Fill D with the gradients at the gates' inputs; return what h gets past them."""
    H = h.shape[1]
    r, _, from_hidden, n = gates.split(H, 1)
    dr, dz, d_from_hidden, dn = D.split(H, 1)
    z = gates[:, H : 2 * H]
    carried = dh * z
    torch.ops.aten.tanh_backward.grad_input(dh - carried, n, grad_input=dn)
    torch.mul(dn, r, out=d_from_hidden)
    torch.mul(dn, from_hidden, out=dr)
    torch.mul(dh, h - n, out=dz)
    both, opened = D[:, : 2 * H], gates[:, : 2 * H]
    torch.ops.aten.sigmoid_backward.grad_input(both, opened, grad_input=both)
    return carried
