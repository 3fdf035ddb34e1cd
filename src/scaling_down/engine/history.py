"""What trainings leave behind: arrays with the replica as axis 0."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

History = dict[str, np.ndarray]
METRICS = ("train_loss", "train_accuracy", "test_loss", "test_accuracy")


def stacked(histories: Sequence[History], **constants: Sequence[float]) -> History:
    """Return the histories of several widths or rounds as one.

    `step` [R, T] is that of the first, the metrics [R, T] of each become [R, W, T].
    `constants` have an entry for each history; they become [R, W].
    """
    step = histories[0]["step"]
    return {
        **{name: repeated(values, len(step)) for name, values in constants.items()},
        "step": step,
        **{name: np.stack([h[name] for h in histories], axis=1) for name in METRICS},
    }


def repeated(values: Sequence[float] | np.ndarray, replicas: int) -> np.ndarray:
    """Return values [W] that all replicas share as [R, W]."""
    return np.repeat(np.asarray(values)[None], replicas, axis=0)
