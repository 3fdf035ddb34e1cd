"""One inner training with one activation, and how well it ends."""

from dataclasses import replace

import numpy as np
import torch
from torch import Tensor

from scaling_down.engine.unrolled.inner import RMSProp, Training
from scaling_down.experiments.contract import Arrays
from scaling_down.experiments.metalearn_activation.activations import (
    Activation,
    coefficients,
    single_table,
)
from scaling_down.experiments.metalearn_activation.problems import Drawn, Problems
from scaling_down.experiments.metalearn_activation.settings import GridSection, Inner


class InnerTraining:
    """Trainings of one activation on the problems of a replica, one by one."""

    def __init__(
        self, activation: Activation, problems: Problems, dataset: Arrays,
        inner: Inner, grid: GridSection,
    ) -> None:  # fmt: skip
        self.activation, self.inner, self.grid = activation, inner, grid
        self.training = Training(problems.network, inner.steps, inner.batch_size)
        first = slice(inner.test_samples)
        self.test = _tensors(dataset["x_test"][first], dataset["y_test"][first])
        self.loss_weights = torch.zeros(inner.steps)
        self.loss_weights[-inner.counted :] = 1 / inner.counted

    def run(
        self, parameters: Tensor, drawn: Drawn, learning_rate: float
    ) -> tuple[Tensor, Tensor]:
        """Train; return table [N, 4] and offsets [T + 1], differentiable."""
        table = coefficients(self.activation, parameters, self.grid)
        noise = drawn.activation_noise.double()
        offsets = self.activation.offsets(parameters, noise)
        shift = offsets.detach().float()[:, None]
        problem = replace(drawn.problem, noise=drawn.problem.noise + shift[:-1])
        rule = RMSProp(learning_rate, self.inner.decay)
        self.training.run(problem, single_table(table, self.grid), rule)
        self.test_noise = drawn.test_noise + shift[-1]
        return table, offsets

    def gradient(self, parameters: Tensor, drawn: Drawn) -> Tensor:
        """Train; return the gradient of the outer loss at the parameters, [P].

        The outer loss owes to the parameters what it owes to the table and to the
        offsets; from there the gradient goes through the activation once.
        """
        parameters = parameters.detach().requires_grad_()
        table, offsets = self.run(parameters, drawn, self.inner.learning_rate)
        owed = self.training.back(self.loss_weights)
        offsets_bar = torch.zeros_like(offsets)
        offsets_bar[:-1] = owed.noise.double().sum(1)
        results, bars = [table], [owed.coefficients]
        if offsets.requires_grad:
            results, bars = [*results, offsets], [*bars, offsets_bar]
        (gradient,) = torch.autograd.grad(results, parameters, bars)
        return gradient

    def outer_loss(self) -> float:
        """Return the mean of the last losses of the training that ran last."""
        return float(self.training.losses[-self.inner.counted :].double().mean())

    def test_accuracy(self) -> float:
        """Return the trained network's accuracy on the first test samples."""
        return self._accuracy(*self.test)

    def accuracy_on(self, x: np.ndarray, y: np.ndarray) -> float:
        """Return the trained network's accuracy on samples x [N, D] and y [N]."""
        return self._accuracy(*_tensors(x, y))

    def _accuracy(self, x: Tensor, y: Tensor) -> float:
        """Return the share of right answers; the test has noise."""
        answers = self.training.logits(x, self.test_noise).argmax(1)
        return float((answers == y).double().mean())

    def share_outside(self) -> float:
        """Return the share of pre-activations that lay beyond the table."""
        return self.training.outside / self.training.preactivations.numel()


def _tensors(x: np.ndarray, y: np.ndarray) -> tuple[Tensor, Tensor]:
    return torch.from_numpy(x).float(), torch.from_numpy(y)
