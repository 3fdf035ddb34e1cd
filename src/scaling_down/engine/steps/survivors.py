"""Which weights of a masked residual network are left, and which of them matter.

A surviving weight matters if a sample can reach it and it can reach a logit.  The
others have a gradient of exactly zero: of random tickets at 92 % sparsity, 43 % of the
second layer's rows lead to units that no logit reads.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from scaling_down.engine.layers import padded
from scaling_down.engine.steps.kernels import Layer


@dataclass(frozen=True)
class Survivors:
    """The surviving weights of one replica as one vector, layer after layer.

    `positions` [n] for each layer are its survivors' places in the layer's own vector
    (`Linear.vector`: weights, then biases), those that matter first; `indices` say
    where these belong, see `Layer`.  Hidden units that take part are numbered anew,
    0 to `units` - 1, so that their rows are close together.
    """

    positions: tuple[np.ndarray, ...]
    indices: tuple[tuple[np.ndarray, ...], ...]
    units: int

    @classmethod
    def of(cls, masks: Sequence[np.ndarray]) -> Survivors:
        """Find them in three boolean masks [outputs, inputs + 1], biases last."""
        useful = useful_weights(*masks)
        taking_part = hidden_units(*useful)
        positions, indices = [], []
        for depth, (mask, used) in enumerate(zip(masks, useful, strict=True)):
            positions.append(
                np.concatenate([layer_positions(used), layer_positions(mask & ~used)])
            )
            if depth > 0:  # the bias stays the last input
                used = used[:, np.append(taking_part, True)]
            indices.append(matrix_indices(used[taking_part] if depth < 2 else used))
        return cls(tuple(positions), tuple(indices), int(taking_part.sum()))

    @property
    def size(self) -> int:
        """The number of survivors, padded to a multiple of 16 floats.

        So an optimiser's vector instructions take each replica's weights alike,
        wherever they lie in the vector of a group.
        """
        return padded(sum(map(len, self.positions)))

    def gather(self, vectors: Sequence[np.ndarray]) -> np.ndarray:
        """Take the survivors out of the layers' vectors: [size], zeros at the end."""
        weights = np.zeros(self.size, dtype=np.float32)
        for part, positions, vector in self._by_layer(vectors):
            weights[part] = vector[positions]
        return weights

    def scatter(self, weights: np.ndarray, vectors: Sequence[np.ndarray]) -> None:
        """Put the survivors [size] into the layers' vectors, which hold zeros."""
        for part, positions, vector in self._by_layer(vectors):
            vector[positions] = weights[part]

    def layers(self, weights: np.ndarray, gradients: np.ndarray) -> list[Layer]:
        """Return the layers that the kernels take, as views of two vectors [size]."""
        return [
            Layer(weights[part], gradients[part], *indices)
            for part, _, indices in self._by_layer(self.indices)
        ]

    def _by_layer(self, others: Sequence[Any]) -> Iterator[tuple[slice, Any, Any]]:
        """Yield where each layer lies in the vector, its positions, and another's."""
        start = 0
        for positions, other in zip(self.positions, others, strict=True):
            yield slice(start, start + len(positions)), positions, other
            start += len(positions)


def useful_weights(
    first: np.ndarray, second: np.ndarray, third: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the masks [outputs, inputs + 1] of the weights that matter.

    h1 = relu(W1 x), h2 = h1 + relu(W2 h1), logits = W3 h2: a unit of h1 is zero
    without inputs, and is read by the logits or by a unit of the second layer that
    they read.
    """
    h1_lives = np.asarray(first.any(1))
    second_sources = np.append(h1_lives, True)
    h2_lives = h1_lives | (second & second_sources).any(1)
    h2_is_read = np.asarray(third[:, :-1].any(0))
    h1_is_read = h2_is_read | second[h2_is_read, :-1].any(0)
    return (
        first & h1_is_read[:, None],
        second & second_sources & h2_is_read[:, None],
        third & np.append(h2_lives, True),
    )


def hidden_units(
    first: np.ndarray, second: np.ndarray, third: np.ndarray
) -> np.ndarray:
    """Return which hidden units the masks [outputs, inputs + 1] touch, [H]."""
    ends = np.asarray(first.any(1) | second.any(1))
    return ends | second[:, :-1].any(0) | third[:, :-1].any(0)


def layer_positions(mask: np.ndarray) -> np.ndarray:
    """Return the places in a layer's vector of a mask's entries, by their inputs.

    The vector has the weights [outputs, inputs] first, then the biases.
    """
    outputs, inputs = mask.shape[0], mask.shape[1] - 1
    source, target = np.nonzero(mask.T)
    is_bias = source == inputs
    return np.where(is_bias, outputs * inputs + target, target * inputs + source)


def matrix_indices(mask: np.ndarray) -> tuple[np.ndarray, ...]:
    """Return the index arrays of `Layer` for a mask [outputs, inputs + 1], int32."""
    source, target = np.nonzero(mask.T)
    places = np.argsort(target, kind="stable")
    input_starts = np.append(0, mask.sum(0).cumsum())
    output_starts = np.append(0, mask.sum(1).cumsum())
    arrays = (input_starts, target, output_starts, source[places], places)
    return tuple(array.astype(np.int32) for array in arrays)
