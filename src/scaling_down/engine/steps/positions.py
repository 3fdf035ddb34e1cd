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
    """Neighbouring outputs, and the neighbouring inputs from which a tap takes them.

    `output` and `input` are the first of `count` places each.
    """

    output: int
    input: int
    count: int

    @property
    def outputs(self) -> slice:
        """The places of the outputs."""
        return slice(self.output, self.output + self.count)

    @property
    def inputs(self) -> slice:
        """The places of the inputs."""
        return slice(self.input, self.input + self.count)


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
        if found and (output, source) == (
            found[-1].outputs.stop,
            found[-1].inputs.stop,
        ):
            found[-1] = found[-1]._replace(count=found[-1].count + 1)
        else:
            found.append(Run(output, source, 1))
    return found
