"""Train at each rate of a grid, and look at the losses at several horizons."""

import numpy as np
import torch

from scaling_down.experiments.contract import Arrays, Job
from scaling_down.experiments.metalearn_lr.inner import InnerTraining
from scaling_down.experiments.metalearn_lr.settings import Grid, rates_of


def compute(job: Job[Grid]) -> Arrays:
    """Return losses at each horizon H and rate K, each [R, H, K].

    They are those of `metalearn`: `mean_loss` over the inner steps, `final_loss` of
    the last batch, and `train_loss` over all training samples after the last step.
    """
    settings, inner = job.settings, InnerTraining.of(job)
    rates = torch.tensor(
        rates_of(settings.grid), dtype=torch.float32, device=job.device
    )
    sgd, order = inner.begin(rates.repeat(len(job.streams.replicas), 1))
    total = torch.zeros(sgd.shape, dtype=torch.float64, device=job.device)
    seen: dict[int, tuple[np.ndarray, ...]] = {}
    for step in range(1, max(settings.horizons) + 1):
        losses, _ = sgd.step(*next(order))
        total += losses
        if step in settings.horizons:
            row = total / step, losses.double(), inner.train_loss(sgd)
            seen[step] = tuple(part.cpu().numpy() for part in row)
            job.progress(step, max(settings.horizons))
    columns = zip(*(seen[horizon] for horizon in settings.horizons), strict=True)
    names = "mean_loss", "final_loss", "train_loss"
    return {
        name: np.stack(column, 1) for name, column in zip(names, columns, strict=True)
    }
