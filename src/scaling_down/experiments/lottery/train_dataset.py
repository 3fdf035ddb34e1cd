"""Make the new dataset on which the tickets are trained again."""

from scaling_down.experiments.dataset.train import train

__all__ = ["train"]
