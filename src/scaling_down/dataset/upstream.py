"""The functions of the package `mnist1d`, under their names."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from . import generate
from .args import all_settings
from .generate import Dataset
from .settings import DatasetSettings
from .storage import ARRAYS, load_dataset, save_dataset
from .templates import Templates, digit_templates
from .variants import checked_templates, make_variant, of_classes, with_label_noise

PICKLES = {".pkl", ".pickle"}


def make_dataset(
    args: object | None = None,
    template: Mapping[str, Any] | None = None,
    **settings: Any,
) -> Dataset:
    """Make the MNIST-1D dataset; the defaults give the published one.

    `args` is an object such as `get_dataset_args` returns, `settings` are the same as
    keywords, and are laid over it: the fields of `DatasetSettings`, and
    `label_noise`, the share of training labels that are drawn anew, from all classes;
    `classes`, the digits to make, of which all `num_samples` are then.
    `template` replaces the ten digits: `x` [K, P], `t` [P], `y` [K].

    The same settings give the same dataset, equal to upstream's up to rounding;
    numpy's global generator is left alone. `num_samples` is rounded down to a
    multiple of the number of classes.

    Raises:
        ValueError: a setting is not legal.
        TypeError: there is no such setting; the nearest name is told.
    """
    given = all_settings(args, settings)
    label_noise = given.pop("label_noise", 0.0)
    classes = given.pop("classes", None)
    if template is None and classes is None:
        dataset = generate.make_dataset(**given)
    else:
        dataset = make_variant(DatasetSettings(**given), _templates(template, classes))
    seed = DatasetSettings(**given).seed
    return dataset if label_noise == 0 else with_label_noise(dataset, label_noise, seed)


def noise_free_twin(
    args: object | None = None,
    template: Mapping[str, Any] | None = None,
    **settings: Any,
) -> Dataset:
    """Make the samples of `make_dataset` without noise: the same draws otherwise.

    In the order and the unit of the noisy dataset, so that sample i less its twin i
    is its noise. Labels are the true ones, whatever `label_noise` is.

    Raises:
        ValueError, TypeError: as `make_dataset`.
    """
    given = all_settings(args, settings)
    given.pop("label_noise", None)
    templates = _templates(template, given.pop("classes", None))
    return make_variant(DatasetSettings(**given), templates, noise_free=True)


def get_dataset(
    args: object | None = None,
    path: str | Path | None = None,
    verbose: bool = True,
    download: bool = True,
    regenerate: bool = False,
    template: Mapping[str, Any] | None = None,
    **settings: Any,
) -> Dataset:
    """Return the dataset of these settings, kept in a file if `path` names one.

    A file that is there is read, and refused where it holds another dataset;
    `regenerate` writes it anew. It is an npz file: the ending `.pkl`, which calls of
    upstream have, becomes `.npz`, and no pickle is read. Without a path nothing is
    read or written. `download` is there for upstream's sake: the published dataset is
    what the defaults make, so that nothing is ever downloaded.

    Raises:
        ValueError: a setting is not legal, or the file is damaged or of other settings.
        TypeError: there is no such setting.
    """
    dataset = make_dataset(args, template, **settings)
    if path is None:
        return dataset
    path = Path(path)
    if path.suffix in PICKLES:
        path = path.with_suffix(".npz")
    if path.exists() and not regenerate:
        dataset, made = load_dataset(path), dataset
        if not _same(dataset, made):
            raise ValueError(
                f"{path} holds another dataset than these settings give: name another"
                " path, or write it anew with regenerate=True"
            )
    else:
        save_dataset(path, dataset)
    if verbose:
        print(f"MNIST-1D: {len(dataset['y']) + len(dataset['y_test'])} samples, {path}")
    return dataset


def get_templates() -> Templates:
    """Return the ten templates, under upstream's name."""
    return digit_templates()


def _templates(template: Mapping[str, Any] | None, classes: Any) -> Templates:
    templates = digit_templates() if template is None else checked_templates(template)
    return templates if classes is None else of_classes(templates, classes)


def _same(first: Dataset, second: Dataset) -> bool:
    return all(
        first[name].shape == second[name].shape
        and np.allclose(first[name], second[name], rtol=0, atol=1e-6)
        for name in ARRAYS
    )
