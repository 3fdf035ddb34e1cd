"""Datasets that the published generator makes of other templates or without noise.

The chain of steps is that of `steps.transform`, for templates of any number of points.
It is written a second time since the keys of trained runs follow the code of the first.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from . import transforms
from .generate import Dataset, stroke_axis
from .settings import DatasetSettings, number_up_to
from .steps import Draws, draw
from .templates import Templates

_LABELS = 2
"""Tells the stream of label noise from others with the same seed."""


def make_variant(
    settings: DatasetSettings, templates: Templates, noise_free: bool = False
) -> Dataset:
    """Make a dataset of `templates` as `make_dataset` does of the ten digits.

    Equal to upstream's `make_dataset(args, template)` up to rounding. With
    `noise_free` the same draws without both noises, in the unit of the noisy dataset:
    what is subtracted and divided by are the noisy samples' mean and deviation.

    Raises:
        ValueError: `num_samples` is too small for so many templates, or one of the
            two parts would be empty.
    """
    rng = np.random.RandomState(settings.seed)
    count = _samples_each(settings, templates)
    tiled = [np.tile(template, (count, 1)) for template in templates["x"]]
    draws = [draw(rng, count, settings) for _ in tiled]
    x = _all_signals(tiled, draws, settings)
    order = rng.permutation(len(x))
    positions = None
    if settings.shuffle_seq:
        positions = rng.permutation(settings.final_seq_length)
    x = _arranged(x, order, positions)
    mean, sd, is_flat = x.mean(), x.std(), x.min() == x.max()
    if is_flat or sd == 0.0:
        raise ValueError("all values are equal, so that they cannot be standardised")
    if noise_free:
        silent = replace(settings, corr_noise_scale=0, iid_noise_scale=0)
        x = _arranged(_all_signals(tiled, draws, silent), order, positions)
    return _split(
        np.ascontiguousarray((x - mean) / sd),
        np.repeat(templates["y"], count)[order],
        stroke_axis(templates["t"], settings) / sd,
        templates,
        settings,
    )


def checked_templates(template: Mapping[str, Any]) -> Templates:
    """Return own templates as arrays: `x` [K, P], `t` [P], `y` [K].

    Raises:
        ValueError: an array is missing or has another shape, a number is not finite,
            there are fewer than two points, or two templates have one label.
    """
    if missing := [name for name in "xty" if name not in template]:
        raise ValueError(f"the template has no {missing[0]!r}; it needs x, t and y")
    x, t = (np.asarray(template[name], dtype=np.float64) for name in "xt")
    y = np.asarray(template["y"])
    if (
        x.ndim != 2
        or x.shape[1] < 2
        or t.shape != x.shape[1:]
        or y.shape != x.shape[:1]
    ):
        raise ValueError(
            f"the template's x, t and y are {x.shape}, {t.shape} and {y.shape}, but"
            " must be (K, P), (P,) and (K,) with P of at least 2"
        )
    if not np.isfinite(x).all() or not np.isfinite(t).all():
        raise ValueError("the template's x and t must be finite numbers")
    if not np.issubdtype(y.dtype, np.integer) or len(np.unique(y)) < max(len(y), 1):
        raise ValueError("the template's y must be integers, all different")
    return Templates(x=x, t=t, y=y.astype(np.int64))


def of_classes(templates: Templates, classes: Sequence[int]) -> Templates:
    """Return the templates with the labels `classes`, in the order of the templates.

    Raises:
        ValueError: no class, a class twice, or one that there is not.
    """
    wanted = np.atleast_1d(np.asarray(classes))
    there = templates["y"].tolist()
    if not wanted.size or wanted.ndim > 1 or len(np.unique(wanted)) < wanted.size:
        raise ValueError(f"classes is {classes!r}, but must be labels, all different")
    if absent := [label for label in wanted.tolist() if label not in there]:
        raise ValueError(f"classes has {absent[0]!r}, but the labels are {there}")
    rows = np.isin(templates["y"], wanted)
    return Templates(x=templates["x"][rows], t=templates["t"], y=templates["y"][rows])


def with_label_noise(dataset: Dataset, share: float, seed: int) -> Dataset:
    """Return the dataset with a `share` of its training labels drawn anew.

    Each training label is redrawn with this probability, uniformly from all classes,
    its own included (paper, section 5.2). The draws are of a stream of their own;
    samples and test labels stay.

    Raises:
        ValueError: `share` is no number from 0 to 1.
    """
    share = number_up_to(1, "a number from 0 to 1")("label_noise", share)
    rng, count = np.random.default_rng([seed, _LABELS]), len(dataset["y"])
    is_redrawn = rng.random(count) < share
    redrawn = rng.choice(dataset["templates"]["y"], count)
    return {**dataset, "y": np.where(is_redrawn, redrawn, dataset["y"])}


def _samples_each(settings: DatasetSettings, templates: Templates) -> int:
    count = settings.num_samples // len(templates["y"])
    made = count * len(templates["y"])
    if not 0 < int(made * settings.train_split) < made:
        raise ValueError(
            f"num_samples is {settings.num_samples} and train_split"
            f" {settings.train_split}: with {len(templates['y'])} templates a part of"
            " the dataset would be empty"
        )
    return count


def _all_signals(
    templates: Sequence[np.ndarray], draws: Sequence[Draws], settings: DatasetSettings
) -> np.ndarray:
    pairs = zip(templates, draws, strict=True)
    return np.concatenate([_signals(x, drawn, settings) for x, drawn in pairs])


def _signals(x: np.ndarray, draws: Draws, settings: DatasetSettings) -> np.ndarray:
    """Return what the steps make of the templates `x` [N, P], [N, F]."""
    stretch, factor, tilt = draws.uniform.T
    low, high = settings.padding
    amounts = low + (stretch * (high - low + 1)).astype(np.int64)
    lengths = x.shape[1] + amounts
    x = transforms.dilate(transforms.pad(x, amounts), lengths, settings.full_length)
    x = transforms.scale(x, 1.0 + settings.scale_coeff * (factor - 0.5))
    x = transforms.translate(x, draws.shift)
    noise = transforms.correlate(settings.corr_noise_scale * draws.normal[:, 0])
    x = transforms.fill_padding(x, noise)
    x = x + settings.iid_noise_scale * draws.normal[:, 1]
    x = transforms.shear(x, settings.shear_scale * (tilt - 0.5))
    return transforms.resample(x, settings.final_seq_length)


def _arranged(
    x: np.ndarray, order: np.ndarray, positions: np.ndarray | None
) -> np.ndarray:
    # The index of positions leaves upstream's memory layout, on which the last bit
    # of a sum depends.
    return x[order] if positions is None else x[order][..., positions]


def _split(
    x: np.ndarray,
    y: np.ndarray,
    t: np.ndarray,
    templates: Templates,
    settings: DatasetSettings,
) -> Dataset:
    train = int(len(y) * settings.train_split)
    return Dataset(
        x=x[:train],
        y=y[:train],
        x_test=x[train:],
        y_test=y[train:],
        t=t,
        templates=templates,
    )
