"""One optimiser step of masked residual networks that works on survivors only.

A ticket costs what its weights cost: the masks become index arrays, the products run
over the weights that matter (`engine.steps.survivors`), and the optimiser holds the
survivors alone.  Replicas follow each other, so that each has its bits in any group.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from scaling_down.engine import masks as masking
from scaling_down.engine.layers import Linear, padded
from scaling_down.engine.masks import Masks
from scaling_down.engine.models.mlp import ResidualMLP
from scaling_down.engine.protocol import (
    Protocol,
    set_learning_rate,
    torch_optimizer,
)
from scaling_down.engine.steps import Step, StepFactory, kernels
from scaling_down.engine.steps.survivors import Survivors

# The hidden units' rows of a tile, four arrays of up to 256 KB with 500 units, are met
# by many weights and stay in a second-level cache of 1 MB.
SAMPLES_A_TILE = 128


def sparse_below(threshold: float, dense: StepFactory) -> StepFactory:
    """Return what makes the step of a network by how many of its weights survive.

    A SparseStep where less than the fraction `threshold` survives, counted over all
    layers, else the `dense` one, which also serves without masks and on a GPU.
    """

    def make(model: Any, protocol: Protocol, masks: Masks | None) -> Step:
        on_cpu = next(model.parameters()).device.type == "cpu"
        if masks is None or not on_cpu or density(masks) >= threshold:
            return dense(model, protocol, masks)
        return SparseStep(model, protocol, masks)

    return make


def density(masks: Masks) -> float:
    """Return the fraction of weights that survive, equal in all replicas.

    Raises ValueError where it is not.
    """
    counts = torch.stack([mask.sum(1) for mask in masks.values()]).sum(0)
    if counts.min() != counts.max():
        raise ValueError(f"replicas with different survivors: {counts.tolist()}")
    return counts[0].item() / sum(mask.shape[1] for mask in masks.values())


class SparseStep:
    """A step of every replica of a masked residual network, without its zeros.

    The model keeps its weights until `write_back`.  Adam and SGD are PyTorch's own, on
    one vector of all survivors.  Layers without a mask keep all weights.  Raises
    ValueError for another model, loss or device, and for masks that do not fit.
    """

    def __init__(self, model: ResidualMLP, protocol: Protocol, masks: Masks) -> None:
        _refuse_what_is_not_done(model, protocol)
        self.model, self.protocol = model, protocol
        self.survivors = [Survivors.of(replica) for replica in _matrices(model, masks)]
        self.weights = nn.Parameter(self._gathered())
        self.weights.grad = torch.zeros_like(self.weights)
        self.optimizer = torch_optimizer([self.weights], protocol)
        pairs = zip(
            self._split(self.weights), self._split(self.weights.grad), strict=True
        )
        self.layers = [
            survivors.layers(*pair)
            for survivors, pair in zip(self.survivors, pairs, strict=True)
        ]
        self.buffers = cache(self._make_buffers)

    def __call__(self, number: int, x: Tensor, y: Tensor) -> Tensor:
        """Take step `number`; return the loss of each replica before it, [R].

        `x` is [1 or R, B, padded D], `y` [1 or R, B].
        """
        losses = torch.empty(len(self.layers))
        buffers = self.buffers(x.shape[1])
        for replica, layers in enumerate(self.layers):
            if replica == 0 or len(x) > 1 or len(y) > 1:
                buffers.load(_own(x, replica), _own(y, replica))
            losses[replica] = buffers.differentiate(replica, layers)
        set_learning_rate(self.optimizer, self.protocol.learning_rate_at(number))
        self.optimizer.step()
        return losses

    def write_back(self) -> None:
        """Put the survivors into the model, and zeros elsewhere."""
        vectors = masking.vectors(self.model)
        for vector in vectors.values():
            vector.zero_()
        parts = zip(self.survivors, self._split(self.weights), strict=True)
        for (survivors, part), rows in zip(parts, _by_replica(vectors), strict=True):
            survivors.scatter(part, rows)
        masking.load_vectors(self.model, vectors)

    def _gathered(self) -> Tensor:
        """Return the survivors of all replicas, one after the other."""
        rows = _by_replica(masking.vectors(self.model))
        pairs = zip(self.survivors, rows, strict=True)
        return torch.cat([torch.from_numpy(s.gather(row)) for s, row in pairs])

    def _split(self, vector: Tensor) -> list[np.ndarray]:
        """Return each replica's part, a view."""
        sizes = [survivors.size for survivors in self.survivors]
        return [part.numpy() for part in vector.detach().split(sizes)]

    def _make_buffers(self, samples: int) -> _Buffers:
        units = [survivors.units for survivors in self.survivors]
        return _Buffers(samples, self.model.inputs, units, self.model.classes)


class _Buffers:
    """What passes through the network for one size of a batch.

    Replicas use the same memory one after the other, each with its number of units.
    """

    def __init__(
        self, samples: int, inputs: int, units: Sequence[int], classes: int
    ) -> None:
        tiles = -(-samples // SAMPLES_A_TILE)
        width = padded(-(-samples // tiles))
        self.x = _zeros(tiles, inputs + 1, width)
        self.labels = torch.zeros(tiles, classes, width)
        self.logits = torch.zeros(tiles, classes, width)
        memory = _zeros(4, tiles * (max(units) + 1) * width)
        self.hidden = [
            (
                _view(memory[0], tiles, n + 1, width),
                _view(memory[1], tiles, n, width),
                _view(memory[2], tiles, n + 1, width),
                _view(memory[3], n + 1, width),
            )
            for n in units
        ]

    def load(self, x: Tensor, y: Tensor) -> None:
        """Take samples x [B, D] and labels y [B]."""
        kernels.lay_out(x.numpy(), y.numpy(), self.x, self.labels.numpy())

    def differentiate(self, replica: int, layers: Sequence[kernels.Layer]) -> Tensor:
        """Return the mean loss of a replica; set the gradients of its layers."""
        h1, a2, h2, scratch = self.hidden[replica]
        first, second, third = layers
        kernels.forward(
            first, second, third, self.x, h1, a2, h2, self.logits.numpy(), scratch[:-1]
        )
        log_p = torch.log_softmax(self.logits, 1)
        grad = torch.ops.aten._log_softmax_backward_data(
            self.labels, log_p, 1, log_p.dtype
        )
        kernels.backward(
            first, second, third, self.x, h1, a2, h2, grad.numpy(), scratch
        )
        return (self.labels * log_p).sum()


def _by_replica(vectors: Masks) -> Iterator[tuple[np.ndarray, ...]]:
    """Yield each replica's rows of the layers' vectors [R, n], views."""
    return zip(*(vector.numpy() for vector in vectors.values()), strict=True)


def _own(values: Tensor, replica: int) -> Tensor:
    return values[replica if len(values) > 1 else 0]


def _zeros(*shape: int) -> np.ndarray:
    """Make an array that begins with a cache line, as PyTorch's do and NumPy's do not.

    A load that crosses two lines is two loads; rows are a multiple of a line.
    """
    return torch.zeros(shape).numpy()


def _view(memory: np.ndarray, *shape: int) -> np.ndarray:
    """Return the first entries of a vector in a shape."""
    return memory[: int(np.prod(shape))].reshape(shape)


def _refuse_what_is_not_done(model: nn.Module, protocol: Protocol) -> None:
    if not isinstance(model, ResidualMLP):
        raise ValueError(
            f"sparse steps are for ResidualMLP, not {type(model).__name__}"
        )
    if protocol.loss != "cross_entropy":
        raise ValueError(f"sparse steps are for cross_entropy, not {protocol.loss}")
    if (device := model.first.weight.device.type) != "cpu":
        raise ValueError(f"sparse steps are for the CPU, not {device}")


def _matrices(model: ResidualMLP, masks: Masks) -> list[list[np.ndarray]]:
    """Return each replica's masks of the layers, boolean [outputs, inputs + 1]."""
    linears = masking.layers(model)
    if unknown := set(masks) - set(linears):
        raise ValueError(
            f"no such layers: {sorted(unknown)}; there are {list(linears)}"
        )
    by_layer = [_matrix(name, linear, masks) for name, linear in linears.items()]
    return [list(replica) for replica in zip(*by_layer, strict=True)]


def _matrix(name: str, linear: Linear, masks: Masks) -> np.ndarray:
    """Return the mask of a layer, boolean [R, outputs, inputs + 1]."""
    shape = (linear.replicas, linear.size)
    if name not in masks:
        return np.ones((linear.replicas, linear.outputs, linear.inputs + 1), dtype=bool)
    if masks[name].shape != shape:
        raise ValueError(f"mask of {name}: {tuple(masks[name].shape)}, not {shape}")
    mask = masks[name].bool().cpu().numpy()
    weight = mask[:, : -linear.outputs].reshape(-1, linear.outputs, linear.inputs)
    return np.concatenate([weight, mask[:, -linear.outputs :, None]], axis=2)
