"""Make a dataset."""

import numpy as np

from scaling_down.dataset import make_dataset
from scaling_down.experiments.contract import Arrays, Job


def compute(job: Job) -> Arrays:
    """Return x [N, D], y [N], x_test [M, D], y_test [M] and t [D]."""
    dataset = make_dataset(**job.settings)
    arrays = {name: dataset[name] for name in ("x", "x_test", "t")}
    labels = {name: dataset[name].astype(np.int64) for name in ("y", "y_test")}
    return {**arrays, **labels}
