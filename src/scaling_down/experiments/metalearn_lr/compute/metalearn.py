"""Learn a learning rate by the gradient through all inner steps."""

import numpy as np
import torch

from scaling_down.experiments.contract import Arrays, Job
from scaling_down.experiments.metalearn_lr.inner import InnerTraining
from scaling_down.experiments.metalearn_lr.settings import Metalearning


def compute(job: Job[Metalearning]) -> Arrays:
    """Return `rate` and its losses after 0, 1, ... updates, each [R, updates + 1, I].

    I are the initial rates.  `mean_loss` is that over the inner steps, which the rate
    is learned on, `final_loss` that of the last batch before its step, and
    `train_loss` that over all training samples after the last step.  Raises
    ArithmeticError, with replica and update, for a rate that is not finite.
    """
    settings, inner = job.settings, InnerTraining.of(job)
    initial = torch.tensor(settings.initial_rates, device=job.device)
    rates = initial.repeat(len(job.streams.replicas), 1)
    rows = []
    for update in range(settings.outer_steps + 1):
        losses, slopes, train_loss = unrolled(inner, rates, settings.horizon)
        row = rates, losses.double().mean(0), losses[-1], train_loss
        rows.append([part.double().cpu().numpy() for part in row])
        gradient = slopes.mean(0)
        if settings.clamp is not None:
            gradient = gradient.clamp(-settings.clamp, settings.clamp)
        rates = rates - settings.outer_rate * gradient
        _refuse_infinite(rates, job.streams.replicas, update)
        job.progress(update, settings.outer_steps)
    names = "rate", "mean_loss", "final_loss", "train_loss"
    columns = zip(*rows, strict=True)
    return {
        name: np.stack(column, 1) for name, column in zip(names, columns, strict=True)
    }


def unrolled(
    inner: InnerTraining, rates: torch.Tensor, steps: int
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Train at rates [R, I] from the beginning.

    Returns the losses [steps, R, I], their derivatives by the rate, and the loss over
    all training samples at the end, [R, I].
    """
    sgd, order = inner.begin(rates)
    pairs = [sgd.step(*next(order)) for _ in range(steps)]
    losses, slopes = (torch.stack(parts) for parts in zip(*pairs, strict=True))
    return losses, slopes, inner.train_loss(sgd)


def _refuse_infinite(
    rates: torch.Tensor, replicas: tuple[int, ...], update: int
) -> None:
    finite = rates.isfinite().all(1).tolist()
    if not all(finite):
        replica = replicas[finite.index(False)]
        raise ArithmeticError(
            f"replica {replica}: the learning rate is not finite at update {update}"
        )
