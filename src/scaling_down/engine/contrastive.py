"""Contrastive learning: two views of each sample are brought together (SimCLR)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from scaling_down.engine.augmentations import Augmentations, Augmenter
from scaling_down.engine.evaluation import SAMPLES_AT_ONCE
from scaling_down.engine.layers import widen
from scaling_down.engine.models.simclr import SimCLR
from scaling_down.engine.streams import Streams
from scaling_down.engine.training import NonFiniteLoss

ContrastiveLoss = Literal["one_sided", "two_sided"]


@dataclass(frozen=True, kw_only=True)
class Contrast:
    """How a network learns to tell samples apart; an epoch meets each of them once.

    Adam at a constant rate.  Samples that do not fill a last batch are left out of an
    epoch.
    """

    learning_rate: float
    epochs: int
    batch_size: int
    temperature: float
    loss: ContrastiveLoss
    augmentations: Augmentations


def info_nce(
    first: Tensor, second: Tensor, temperature: float, loss: ContrastiveLoss
) -> Tensor:
    """Return the mean InfoNCE of each member in nats, [members].

    From the outputs of two views of a batch, [members, B, width] each.  Scores are
    cosines over the temperature.  "one_sided" asks which of the B second views belongs
    to each first view, as the paper's notebook does; "two_sided" is its mean with the
    same question the other way round.
    """
    scores = torch.bmm(
        functional.normalize(first, dim=2), functional.normalize(second, dim=2).mT
    )
    scores = scores / temperature
    log_p = _log_p_of_pairs(scores)
    if loss == "two_sided":
        log_p = (log_p + _log_p_of_pairs(scores.mT)) / 2
    return -log_p.mean(1)


def _log_p_of_pairs(scores: Tensor) -> Tensor:
    return torch.log_softmax(scores, 2).diagonal(dim1=1, dim2=2)


def contrast(
    model: SimCLR,
    x: np.ndarray,
    settings: Contrast,
    streams: Streams,
    device: torch.device | str = "cpu",
    progress: Callable[[int, int], None] | None = None,
) -> np.ndarray:
    """Train the replicas of `model`, in place, on samples [N, D] that they share.

    Returns the mean loss of each epoch, [R, epochs] float64, in nats.  The order of
    the samples is drawn anew for every epoch and replica.  `progress(epoch, epochs)`
    is called before each.  Raises NonFiniteLoss for the first step with such a loss.
    """
    model.to(device)
    samples = torch.from_numpy(x.astype(np.float32)).to(device)
    size = min(settings.batch_size, len(x))
    optimizer = torch.optim.Adam(
        model.parameters(), lr=settings.learning_rate, fused=True
    )
    orders = streams.generators("batch-order")
    augmenter = Augmenter(settings.augmentations, streams)
    history = np.empty((len(streams.replicas), settings.epochs))
    for epoch in range(settings.epochs):
        if progress:
            progress(epoch, settings.epochs)
        order = torch.from_numpy(np.stack([g.permutation(len(x)) for g in orders]))
        shuffled = samples[order.to(device)]
        views = [widen(augmenter.view(shuffled)) for _ in range(2)]
        losses = []
        for start in range(0, len(x) - size + 1, size):
            pair = [view[:, start : start + size] for view in views]
            losses.append(_step(model, pair, settings, optimizer))
        by_step = torch.stack(losses).cpu().numpy()
        _check_finite(by_step, epoch * len(losses), streams)
        history[:, epoch] = [row.mean() for row in by_step.T.astype(np.float64)]
    return history


def _step(
    model: SimCLR,
    pair: list[Tensor],
    settings: Contrast,
    optimizer: torch.optim.Optimizer,
) -> Tensor:
    """Take a step on two views of a batch; return the losses before it, [R]."""
    outputs = model.stacked_logits(torch.cat(pair, 1))
    first, second = outputs.chunk(2, 1)
    losses = info_nce(first, second, settings.temperature, settings.loss)
    losses = losses[: model.replicas]
    optimizer.zero_grad(set_to_none=True)
    losses.sum().backward()
    optimizer.step()
    return losses.detach()


def _check_finite(losses: np.ndarray, first: int, streams: Streams) -> None:
    """Raise NonFiniteLoss for the first such entry of losses [steps, R]."""
    bad = np.argwhere(~np.isfinite(losses))
    if len(bad):
        step, replica = bad[0]
        raise NonFiniteLoss(streams.replicas[replica], first + int(step))


def features(model: SimCLR, x: np.ndarray) -> list[np.ndarray]:
    """Return the features of every layer, [R, N, width] float32, of samples [N, D]."""
    device = next(model.parameters()).device
    samples = widen(torch.from_numpy(x.astype(np.float32))[None].to(device))
    parts = []
    with torch.inference_mode():
        for part in samples.split(SAMPLES_AT_ONCE, dim=1):
            parts.append([layer.cpu().numpy() for layer in model.layers(part)])
    return [np.concatenate(layer, axis=1) for layer in zip(*parts, strict=True)]
