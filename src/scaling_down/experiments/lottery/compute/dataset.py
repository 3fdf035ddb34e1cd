"""Make the dataset of the experiment."""

from scaling_down.experiments.dataset.compute import compute

__all__ = ["compute"]
