"""Loss and accuracy of every replica over a set of samples."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from scaling_down.engine.data import Samples
from scaling_down.engine.losses import Loss, sample_losses

# Fixed, so that no result depends on how many replicas are evaluated at once; small,
# so that what passes from layer to layer stays in the cache.
SAMPLES_AT_ONCE = 200


def evaluate(
    model: nn.Module, x: Tensor, y: Tensor, loss: Loss = "cross_entropy"
) -> tuple[np.ndarray, np.ndarray]:
    """Return each replica's mean loss and accuracy, two [R] float64 arrays.

    `x` is [1 or R, N, D], `y` [1 or R, N].  The accuracy is a fraction, from an exact
    count; the loss is averaged in double precision.
    """
    losses, hits = [], []
    with torch.inference_mode():
        for start in range(0, x.shape[1], SAMPLES_AT_ONCE):
            part = slice(start, start + SAMPLES_AT_ONCE)
            logits, labels = model(x[:, part]), y[:, part]
            losses.append(sample_losses(logits, labels, loss))
            hits.append((logits.argmax(2) == labels).sum(1))
    by_sample = torch.cat(losses, 1).double().cpu().numpy()
    count = torch.stack(hits).sum(0).cpu().numpy()
    # Row by row: a sum over two axes may pair its terms by the number of rows.
    return np.array([row.mean() for row in by_sample]), count / x.shape[1]


def accuracy_by_class(
    model: nn.Module, samples: Samples
) -> tuple[np.ndarray, np.ndarray]:
    """Return each replica's accuracy and that on each class, [R] and [R, K] float64.

    Fractions, from exact counts; NaN for a class without a sample.
    """
    hits, numbers = [], []
    with torch.inference_mode():
        for start in range(0, samples.x.shape[1], SAMPLES_AT_ONCE):
            part = slice(start, start + SAMPLES_AT_ONCE)
            logits, labels = model(samples.x[:, part]), samples.y[:, part]
            classes = functional.one_hot(labels, logits.shape[2])
            found = logits.argmax(2, keepdim=True) == labels[..., None]
            hits.append((classes * found).sum(1))
            numbers.append(classes.sum(1))
    right = torch.stack(hits).sum(0).cpu().numpy()
    number = torch.stack(numbers).sum(0).cpu().numpy()
    with np.errstate(invalid="ignore"):
        return right.sum(1) / number.sum(1), right / number
