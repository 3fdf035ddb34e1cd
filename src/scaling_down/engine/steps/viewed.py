"""Steps on views of the samples: augmentation."""

from __future__ import annotations

from collections.abc import Callable

from torch import Tensor

from scaling_down.engine.steps import Step, StepFactory

View = Callable[[Tensor], Tensor]


class ViewedStep:
    """A step that sees a view of each batch instead of the batch."""

    def __init__(self, step: Step, view: View) -> None:
        self.step, self.view = step, view

    def __call__(self, number: int, x: Tensor, y: Tensor) -> Tensor:
        """Take step `number` on views; return the losses [R] before it.

        `x` is [R, B, padded D], `y` [R, B].
        """
        return self.step(number, self.view(x), y)

    def write_back(self) -> None:
        """Put the weights into the model, before it is looked at."""
        self.step.write_back()


def on_views(step: StepFactory, view: View) -> StepFactory:
    """Return what makes such steps of a model; `view` maps inputs [R, B, D]."""
    return lambda model, protocol, masks: ViewedStep(step(model, protocol, masks), view)
