"""The order in which replicas meet their training samples."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

import numpy as np
import torch
from torch import Tensor

from scaling_down.engine.streams import Streams

BatchOrder = Literal["sequential", "shuffled"]


def batches(
    x: Tensor, y: Tensor, batch_size: int | None, order: BatchOrder, streams: Streams
) -> Iterator[tuple[Tensor, Tensor]]:
    """Yield batches without end: x [1 or R, B, D] and y [1 or R, B].

    `x` [1 or R, N, D] and `y` [1 or R, N] are the training samples; a batch size of
    None means all of them.  An epoch passes over every sample once; its last batch
    is short when the size does not divide N.  "sequential" keeps the samples' order,
    as the reference repository does; "shuffled" draws a new permutation an epoch
    for each replica, from its stream "batch-order".
    """
    samples = x.shape[1]
    size = min(batch_size or samples, samples)
    if size == samples:
        while True:
            yield x, y
    parts = [slice(start, start + size) for start in range(0, samples, size)]
    generators = streams.generators("batch-order")
    while True:
        if order == "shuffled":
            orders = np.stack([g.permutation(samples) for g in generators])
            index = torch.from_numpy(orders).to(x.device)
        for part in parts:
            if order == "sequential":
                yield x[:, part], y[:, part]
            else:
                yield _take(x, index[:, part]), _take(y, index[:, part])


def _take(values: Tensor, index: Tensor) -> Tensor:
    """Take samples [R, B] for each replica out of [1 or R, N, ...]."""
    if len(values) > 1:
        starts = torch.arange(len(values), device=index.device) * values.shape[1]
        index = index + starts[:, None]
    taken = values.flatten(0, 1).index_select(0, index.flatten())
    return taken.unflatten(0, index.shape)
