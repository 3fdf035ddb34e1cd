"""Make the dataset of the sweeps."""

from scaling_down.experiments.dataset.train import train

__all__ = ["train"]
