"""One step of an optimiser for every replica, in several ways of one signature.

A step is made from a model, a protocol and masks; it is called with its number and a
batch.  `autograd` serves every model; the others are written out for some, since calls
cost narrow networks more than their arithmetic, and zeros cost as much as numbers.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from torch import Tensor

from scaling_down.engine.masks import Masks
from scaling_down.engine.protocol import Protocol as TrainingProtocol


class Step(Protocol):
    """What trains a model, one update of the optimiser after the other."""

    def __call__(self, number: int, x: Tensor, y: Tensor) -> Tensor:
        """Take step `number`, counted from 0; return the losses [R] before it.

        `x` is [1 or R, B, padded D], `y` [1 or R, B].
        """

    def write_back(self) -> None:
        """Put the weights into the model, before it is looked at."""


StepFactory = Callable[[Any, TrainingProtocol, Masks | None], Step]
"""Makes the step of a model; masks hold from then on."""
