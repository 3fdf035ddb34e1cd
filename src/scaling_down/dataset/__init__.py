"""The MNIST-1D dataset: ten hand-made templates, stretched, shifted and made noisy.

This package stands alone: it needs only numpy and scipy.

>>> from scaling_down.dataset import make_dataset
>>> data = make_dataset(num_samples=1000, seed=7)
>>> data["x"].shape, data["x_test"].shape
((800, 40), (200, 40))

`make_dataset` draws the published random stream, so its defaults give the
published dataset. `fresh_samples` makes more that are like it,
`transformation_chain` shows the same samples after each step, `noise_free_twin` the
samples without noise. `get_dataset_args`, `get_dataset` and `get_templates` are for
code that was written for the package `mnist1d`.

Further modules want more than numpy and scipy: `pytorch` has a torch Dataset, `parquet`
writes with pyarrow. `python -m scaling_down.dataset` makes a file.
"""

from .args import DatasetArgs, get_dataset_args
from .generate import Dataset, fresh_samples, transformation_chain
from .settings import DatasetSettings
from .storage import load_dataset, save_dataset
from .templates import Templates, digit_templates
from .upstream import get_dataset, get_templates, make_dataset, noise_free_twin

__all__ = [
    "Dataset",
    "DatasetArgs",
    "DatasetSettings",
    "Templates",
    "digit_templates",
    "fresh_samples",
    "get_dataset",
    "get_dataset_args",
    "get_templates",
    "load_dataset",
    "make_dataset",
    "noise_free_twin",
    "save_dataset",
    "transformation_chain",
]
