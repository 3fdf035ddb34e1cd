"""The MNIST-1D dataset: ten hand-made templates, stretched, shifted and made noisy.

This package stands alone: it needs only numpy and scipy.

>>> from scaling_down.dataset import make_dataset
>>> data = make_dataset(num_samples=1000, seed=7)
>>> data["x"].shape, data["x_test"].shape
((800, 40), (200, 40))

`make_dataset` draws the published random stream, so its defaults give the
published dataset. `fresh_samples` makes more that are like it,
`transformation_chain` shows the same samples after each step.
"""

from .generate import Dataset, fresh_samples, make_dataset, transformation_chain
from .settings import DatasetSettings
from .storage import load_dataset, save_dataset
from .templates import Templates, digit_templates

__all__ = [
    "Dataset",
    "DatasetSettings",
    "Templates",
    "digit_templates",
    "fresh_samples",
    "load_dataset",
    "make_dataset",
    "save_dataset",
    "transformation_chain",
]
