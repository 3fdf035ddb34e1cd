"""Networks of several widths, trained one after the other in one job."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from scaling_down.engine.data import Data
from scaling_down.engine.history import History, stacked
from scaling_down.engine.layers import StackedModel, parameter_count
from scaling_down.engine.protocol import Protocol
from scaling_down.engine.steps import StepFactory
from scaling_down.engine.steps.autograd import AutogradStep
from scaling_down.engine.streams import Streams
from scaling_down.engine.training import NonFiniteLoss, optimise


def train_widths(
    widths: Sequence[int],
    build: Callable[[int], StackedModel],
    data: Data,
    protocol: Protocol,
    streams: Streams,
    *,
    step: StepFactory = AutogradStep,
    progress: Callable[[int, int], None] | None = None,
) -> History:
    """Train the network that `build` makes of each width.

    Returns `width` and `parameters` [R, W] int64, `step` [R, T] int64, losses and
    accuracies (fractions) [R, W, T], and the final networks' accuracies on fresh
    samples, if the data have any, [R, W] and by class [R, W, K]. Raises
    ArithmeticError, with the width, for a loss that is not finite.
    """
    histories, parameters = [], []
    for place, width in enumerate(widths):
        model = build(width)
        parameters.append(parameter_count(model))
        try:
            history = optimise(
                model, data, protocol, streams, step=step,
                progress=part_of(progress, place, len(widths)),
            )  # fmt: skip
        except NonFiniteLoss as error:
            raise ArithmeticError(f"width {width}, {error}") from None
        histories.append(history)
    return stacked(histories, width=widths, parameters=parameters)


def part_of(
    progress: Callable[[int, int], None] | None, part: int, parts: int
) -> Callable[[int, int], None] | None:
    """Return what reports the progress of one of several equal parts as the whole's."""
    if progress is None:
        return None
    return lambda step, steps: progress(part * steps + step, parts * steps)
