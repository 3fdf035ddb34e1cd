"""The two losses of the paper, sample by sample."""

from __future__ import annotations

from typing import Literal

from torch import Tensor
from torch.nn import functional

Loss = Literal["cross_entropy", "mse"]


def sample_losses(logits: Tensor, y: Tensor, loss: Loss) -> Tensor:
    """Return each sample's loss, [R, B], from logits [R, B, K] and labels [R or 1, B].

    "cross_entropy" is the negative log-likelihood in nats; "mse" the squared error
    against one-hot targets, averaged over the K outputs as torch.nn.MSELoss does.
    """
    labels = y.expand(logits.shape[:2])
    if loss == "cross_entropy":
        flat = functional.cross_entropy(
            logits.flatten(0, 1), labels.flatten(), reduction="none"
        )
        return flat.view(labels.shape)
    targets = functional.one_hot(labels, logits.shape[2]).to(logits.dtype)
    return (logits - targets).square().mean(2)
