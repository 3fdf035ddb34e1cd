"""What trainings leave behind: arrays with the replica as axis 0."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

History = dict[str, np.ndarray]
METRICS = ("train_loss", "train_accuracy", "test_loss", "test_accuracy")
"""What is recorded along the way."""
POPULATION = ("test_accuracy_population", "class_accuracy_population")
"""What is recorded of the final networks, where there are fresh samples."""


def stacked(histories: Sequence[History], **constants: Sequence[float]) -> History:
    """Return the histories of several widths or rounds as one.

    `step` [R, T] is that of the first, the metrics [R, T] of each become [R, W, T], and
    what is known of final networks, [R] and [R, K], becomes [R, W] and [R, W, K].
    `constants` have an entry for each history; they become [R, W].
    """
    first = histories[0]
    step = first["step"]
    metrics = [name for name in (*METRICS, *POPULATION) if name in first]
    return {
        **{name: repeated(values, len(step)) for name, values in constants.items()},
        "step": step,
        **{name: np.stack([h[name] for h in histories], axis=1) for name in metrics},
    }


def repeated(values: Sequence[float] | np.ndarray, replicas: int) -> np.ndarray:
    """Return values [W] that all replicas share as [R, W]."""
    return np.repeat(np.asarray(values)[None], replicas, axis=0)
