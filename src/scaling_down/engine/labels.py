"""Labels of which a share is random."""

import numpy as np

from scaling_down.engine.streams import Streams


def noisy_labels(
    streams: Streams, labels: np.ndarray, rate: float, classes: int
) -> np.ndarray:
    """Return each replica's labels, [R, N] int64.

    `labels` is [N] or [R, N]. With probability `rate`, each on its own, a label is
    replaced by one drawn uniformly from all `classes`, the true one among them: as
    in the published notebook, a rate of 15 % makes 13.5 % of ten classes wrong; a
    rate of 1 makes all labels random. The draws come from a replica's stream
    "label-noise" alone, so that every width and every loss meets the same labels.
    """
    replicas = len(streams.replicas)
    noisy = np.broadcast_to(labels, (replicas, labels.shape[-1])).astype(np.int64)
    for row, generator in zip(noisy, streams.generators("label-noise"), strict=True):
        replaced = generator.random(len(row)) < rate
        drawn = generator.integers(classes, size=len(row))
        row[replaced] = drawn[replaced]
    return noisy
