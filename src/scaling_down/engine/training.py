"""The optimisation loop that trains all replicas of a condition together."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import torch
from torch import Tensor, nn

from scaling_down.engine.batches import batches
from scaling_down.engine.data import Data
from scaling_down.engine.evaluation import accuracy_by_class, evaluate
from scaling_down.engine.history import METRICS, POPULATION, History, repeated
from scaling_down.engine.masks import Masks
from scaling_down.engine.protocol import Protocol
from scaling_down.engine.steps import StepFactory
from scaling_down.engine.steps.autograd import AutogradStep
from scaling_down.engine.streams import Streams

_STEPS_BETWEEN_LOOKS = 50


class NonFiniteLoss(ArithmeticError):  # noqa: N818
    """A replica's loss, after `step` optimiser steps, is infinite or not a number."""

    def __init__(self, replica: int, step: int) -> None:
        super().__init__(replica, step)
        self.replica, self.step = replica, step

    def __str__(self) -> str:
        return f"replica {self.replica}: the loss is not finite at step {self.step}"


def optimise(
    model: nn.Module,
    data: Data,
    protocol: Protocol,
    streams: Streams,
    *,
    step: StepFactory = AutogradStep,
    masks: Masks | None = None,
    observe: Mapping[int, Callable[[nn.Module], None]] | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> History:
    """Train the replicas of `model`, in place, and return what they went through.

    The model moves to the data's device.  `step` makes what takes the steps.  `masks`
    [R, n] by layer set weights to zero and keep them there; `observe[step]` is called
    with the model after that many steps, 0 and the last included; `progress(step,
    steps)` once in a while.

    Returns `step` [R, T] int64 (0, every `evaluate_every` steps, and the last one) and
    `train_loss`, `train_accuracy`, `test_loss`, `test_accuracy` [R, T] float64, over
    the whole training and test sets; accuracies are fractions.  Where the data have
    fresh samples, also the final networks' accuracy on these,
    `test_accuracy_population` [R], and by class, `class_accuracy_population` [R, K].
    Raises NonFiniteLoss for the first step with such a loss, and ValueError for masks
    or data that do not fit the model.
    """
    data.check_replicas(len(streams.replicas))
    model.to(data.x.device)
    update = step(model, protocol, masks)
    watch = _Watch(streams, data.x.device)
    recorder = _Recorder(model, data, protocol, watch)
    observe = observe or {}
    order = batches(data.x, data.y, protocol.batch_size, protocol.batch_order, streams)
    for number in range(protocol.steps + 1):
        looked_at = recorder.is_due(number) or number in observe
        if looked_at:
            watch.look()
            update.write_back()
        if recorder.is_due(number):
            recorder.record(number)
        if number in observe:
            observe[number](model)
        last = number == protocol.steps
        if progress and (number % _STEPS_BETWEEN_LOOKS == 0 or last):
            progress(number, protocol.steps)
        if not last:
            watch.note(number, update(number, *next(order)))
    return recorder.history() | _population(model, data)


def _population(model: nn.Module, data: Data) -> History:
    """Return what fresh samples say of the final networks."""
    if data.fresh is None:
        return {}
    return dict(zip(POPULATION, accuracy_by_class(model, data.fresh), strict=True))


class _Watch:
    """Keeps the losses of the latest steps, and looks at them once in a while.

    Looking at each at once would make a GPU wait in every step.
    """

    def __init__(self, streams: Streams, device: torch.device) -> None:
        self.replicas = streams.replicas
        shape = (_STEPS_BETWEEN_LOOKS, len(self.replicas))
        self.losses = torch.zeros(shape, device=device)
        self.first, self.count = 0, 0

    def note(self, step: int, losses: Tensor) -> None:
        if self.count == 0:
            self.first = step
        self.losses[self.count] = losses
        self.count += 1
        if self.count == len(self.losses):
            self.look()

    def look(self) -> None:
        """Raise NonFiniteLoss for the first such loss since the last look."""
        losses = self.losses[: self.count].cpu().numpy()
        self.check(self.first, losses)
        self.count = 0

    def check(self, first: int, losses: np.ndarray) -> None:
        """Raise NonFiniteLoss for the first such entry of losses [steps, R]."""
        bad = np.argwhere(~np.isfinite(losses))
        if len(bad):
            raise NonFiniteLoss(self.replicas[bad[0, 1]], first + int(bad[0, 0]))


class _Recorder:
    """Evaluates at the due steps and collects the history."""

    def __init__(
        self, model: nn.Module, data: Data, protocol: Protocol, watch: _Watch
    ) -> None:
        self.model, self.data, self.protocol, self.watch = model, data, protocol, watch
        self.steps: list[int] = []
        self.rows: list[tuple[np.ndarray, ...]] = []

    def is_due(self, step: int) -> bool:
        return step % self.protocol.evaluate_every == 0 or step == self.protocol.steps

    def record(self, step: int) -> None:
        data, loss = self.data, self.protocol.loss
        train = evaluate(self.model, data.x, data.y, loss)
        test = evaluate(self.model, data.x_test, data.y_test, loss)
        self.watch.check(step, np.stack([train[0] + test[0]]))
        self.steps.append(step)
        self.rows.append((*train, *test))

    def history(self) -> History:
        columns = zip(*self.rows, strict=True)
        curves = {
            name: np.stack(column, 1)
            for name, column in zip(METRICS, columns, strict=True)
        }
        steps = np.array(self.steps, dtype=np.int64)
        return {"step": repeated(steps, len(self.watch.replicas)), **curves}
