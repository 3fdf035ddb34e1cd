"""The optimisation loop that trains all replicas of a condition together."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
import torch
from torch import Tensor, nn

from scaling_down.engine import masks as masking
from scaling_down.engine.batches import BatchOrder, batches
from scaling_down.engine.data import Data
from scaling_down.engine.evaluation import evaluate
from scaling_down.engine.losses import Loss, sample_losses
from scaling_down.engine.streams import Streams

History = dict[str, np.ndarray]
METRICS = ("train_loss", "train_accuracy", "test_loss", "test_accuracy")
_STEPS_BETWEEN_LOOKS = 50


@dataclass(frozen=True, kw_only=True)
class Protocol:
    """How a model is trained; a step is one update of the optimiser.

    `batch_size` None is the full batch.  The cosine schedule falls from
    `learning_rate` to zero over `steps`.  `weight_decay` is an L2 penalty, added to
    the gradient.  `momentum` is for "sgd" alone.
    """

    optimizer: Literal["adam", "sgd"]
    learning_rate: float
    steps: int
    batch_size: int | None
    batch_order: BatchOrder
    evaluate_every: int
    loss: Loss = "cross_entropy"
    momentum: float = 0.0
    weight_decay: float = 0.0
    learning_rate_schedule: Literal["constant", "cosine"] = "constant"


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
    masks: masking.Masks | None = None,
    observe: Mapping[int, Callable[[nn.Module], None]] | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> History:
    """Train the replicas of `model`, in place, and return what they went through.

    The model moves to the data's device.  `masks` [R, n] by layer set weights to
    zero and keep them there; `observe[step]` is called with the model after that
    many steps, 0 and the last included; `progress(step, steps)` once in a while.

    Returns `step` [T] int64 (0, every `evaluate_every` steps, and the last one) and
    `train_loss`, `train_accuracy`, `test_loss`, `test_accuracy` [R, T] float64, over
    the whole training and test sets; accuracies are fractions.  Raises NonFiniteLoss
    for the first step with such a loss, and ValueError for masks or data that do
    not fit the model.
    """
    data.check_replicas(len(streams.replicas))
    model.to(data.x.device)
    update = TrainingStep(model, protocol, masks)
    watch = _Watch(streams, data.x.device)
    recorder = _Recorder(model, data, protocol, watch)
    observe = observe or {}
    order = batches(data.x, data.y, protocol.batch_size, protocol.batch_order, streams)
    for step in range(protocol.steps + 1):
        if recorder.is_due(step):
            recorder.record(step)
        if step in observe:
            watch.look()
            observe[step](model)
        if progress and (step % _STEPS_BETWEEN_LOOKS == 0 or step == protocol.steps):
            progress(step, protocol.steps)
        if step < protocol.steps:
            watch.note(step, update(step, *next(order)))
    return recorder.history()


class TrainingStep:
    """One step of the optimiser for every replica; masks hold from the start."""

    def __init__(
        self, model: nn.Module, protocol: Protocol, masks: masking.Masks | None = None
    ) -> None:
        masking.apply(model, masks or {})
        pairs = masking.parameter_masks(model, masks or {})
        self.model, self.protocol = model, protocol
        self.parameters = [parameter for parameter, _ in pairs]
        self.masks = [mask for _, mask in pairs]
        self.optimizer = _optimizer(model, protocol)

    def __call__(self, step: int, x: Tensor, y: Tensor) -> Tensor:
        """Take a step; return the loss of each replica before it, [R]."""
        losses = sample_losses(self.model(x), y, self.protocol.loss).mean(1)
        self.optimizer.zero_grad(set_to_none=True)
        losses.sum().backward()
        if self.masks:
            gradients = [parameter.grad for parameter in self.parameters]
            torch._foreach_mul_(gradients, self.masks)
        for group in self.optimizer.param_groups:
            group["lr"] = _learning_rate(self.protocol, step)
        self.optimizer.step()
        return losses.detach()


def _optimizer(model: nn.Module, protocol: Protocol) -> torch.optim.Optimizer:
    common = {
        "lr": protocol.learning_rate,
        "weight_decay": protocol.weight_decay,
        "fused": True,
    }
    if protocol.optimizer == "adam":
        return torch.optim.Adam(model.parameters(), **common)
    return torch.optim.SGD(model.parameters(), momentum=protocol.momentum, **common)


def _learning_rate(protocol: Protocol, step: int) -> float:
    if protocol.learning_rate_schedule == "constant":
        return protocol.learning_rate
    share_done = step / protocol.steps
    return protocol.learning_rate * 0.5 * (1 + math.cos(math.pi * share_done))


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
        self.watch.look()
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
        return {"step": np.array(self.steps, dtype=np.int64), **curves}
