"""The samples that replicas learn from, as tensors on the device."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import ArrayLike
from torch import Tensor

from scaling_down.engine.layers import widen


class Samples(NamedTuple):
    """Inputs x [1 or R, N, padded D] float32 and labels y [1 or R, N] int64."""

    x: Tensor
    y: Tensor


@dataclass(frozen=True)
class Data:
    """Training and test samples, each with a leading replica axis.

    `x` [1 or R, N, padded D] float32 and `y` [1 or R, N] int64 are for training,
    `x_test` [1 or R, M, padded D] and `y_test` [1 or R, M] for testing; `fresh` are
    many more samples, on which only the final networks are evaluated.  An axis of
    size 1 is shared by all replicas; inputs are padded with zeros to a multiple of
    16 columns, which the models know how to ignore.
    """

    x: Tensor
    y: Tensor
    x_test: Tensor
    y_test: Tensor
    fresh: Samples | None = None

    @classmethod
    def from_arrays(
        cls,
        x: ArrayLike,
        y: ArrayLike,
        x_test: ArrayLike,
        y_test: ArrayLike,
        device: torch.device | str = "cpu",
        *,
        fresh: tuple[ArrayLike, ArrayLike] | None = None,
    ) -> Data:
        """Build from arrays [N, D] and [N], or with a replica axis in front.

        Arrays with and without that axis may be mixed: labels with noise of their
        own for each replica may go with inputs that all share.  Raises ValueError
        where the numbers of samples or replicas do not match.
        """
        data = cls(
            *_samples("training", x, y, device),
            *_samples("test", x_test, y_test, device),
            fresh=_samples("fresh", *fresh, device) if fresh else None,
        )
        data.check_replicas(max(len(t) for t in (data.x, data.y)))
        return data

    def check_replicas(self, replicas: int) -> None:
        """Raise ValueError unless every tensor is for all, or for so many replicas."""
        for tensor in (self.x, self.y, self.x_test, self.y_test, *(self.fresh or ())):
            if len(tensor) not in (1, replicas):
                raise ValueError(
                    f"data for {len(tensor)} replicas cannot serve {replicas}"
                )


def _samples(
    part: str, x: ArrayLike, y: ArrayLike, device: torch.device | str
) -> Samples:
    samples = Samples(_inputs(x, device), _labels(y, device))
    inputs, labels = samples.x.shape[1], samples.y.shape[1]
    if inputs != labels:
        raise ValueError(f"{part} data: {inputs} samples, {labels} labels")
    return samples


def _inputs(array: ArrayLike, device: torch.device | str) -> Tensor:
    x = torch.from_numpy(np.array(array, dtype=np.float32)).to(device)
    return widen(x if x.dim() == 3 else x[None])


def _labels(array: ArrayLike, device: torch.device | str) -> Tensor:
    y = torch.from_numpy(np.array(array, dtype=np.int64)).to(device)
    return y if y.dim() == 2 else y[None]
