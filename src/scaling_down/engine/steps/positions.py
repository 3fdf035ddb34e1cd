"""Orders of positions in which a strided convolution reads and writes whole blocks.

A convolution of stride 2, three taps and padding 1 takes output o from the inputs
2o - 1, 2o and 2o + 1.  With all even inputs in front of all odd ones, the inputs of a
tap are neighbours, and so are its outputs: one product of matrices, or two, is a tap.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from scaling_down.engine.models.cnn import PADDING, STRIDE


class Run(NamedTuple):
    """Neighbouring outputs, and the neighbouring inputs from which a tap takes them."""

    outputs: slice
    inputs: slice

    @property
    def starts(self) -> tuple[int, int]:
        """The first output and the first input."""
        return self.outputs.start, self.inputs.start

    @property
    def ends(self) -> tuple[int, int]:
        """The output and the input after the last ones."""
        return self.outputs.stop, self.inputs.stop


def block_orders(lengths: Sequence[int]) -> list[list[int]]:
    """Return the order of positions of each of a chain of convolutions' outputs.

    `lengths` are their numbers of positions.  The last one has its natural order; one
    before has its even positions, then its odd ones, both as the outputs that they
    feed are ordered.
    """
    orders = [list(range(lengths[-1]))]
    for length in reversed(lengths[:-1]):
        even = [STRIDE * position for position in orders[0]]
        odd = [position + 1 for position in even if position + 1 < length]
        orders.insert(0, even + odd)
    return orders


def runs(inputs: Sequence[int], outputs: Sequence[int], tap: int) -> list[Run]:
    """Return the longest runs of a tap, given both orders of positions.

    An output whose tap falls on the padding is in none: no product needs the zeros.
    """
    place = {position: place for place, position in enumerate(inputs)}
    found: list[Run] = []
    for output, position in enumerate(outputs):
        source = place.get(STRIDE * position + tap - PADDING)
        if source is None:
            continue
        first_output, first_input = output, source
        if found and found[-1].ends == (output, source):
            first_output, first_input = found.pop().starts
        found.append(
            Run(slice(first_output, output + 1), slice(first_input, source + 1))
        )
    return found
