"""The finished dataset, and the chain that shows how it comes about."""

from collections.abc import Iterator
from typing import Any, NamedTuple, TypedDict

import numpy as np

from .settings import DatasetSettings, integer
from .steps import Draws, draw, draw_unpublished, transform
from .templates import NUM_CLASSES, Templates, digit_templates
from .transforms import resample

_FRESH = 1
"""Tells the stream of fresh samples from others with the same seed."""
_AT_ONCE = 1000
"""Fresh samples that are made at once, so that they stay in the cache."""


class Dataset(TypedDict):
    """A dataset with F values a sample.

    `x` [train, F] and `x_test` [test, F] are float64, `y` [train] and `y_test` [test]
    their int64 labels. `t` [F] is the second coordinate of a stroke, common to all
    samples and in the unit of x. `templates` is what the samples were made from.
    """

    x: np.ndarray
    y: np.ndarray
    x_test: np.ndarray
    y_test: np.ndarray
    t: np.ndarray
    templates: Templates


def make_dataset(**settings: Any) -> Dataset:
    """Make the MNIST-1D dataset; the defaults give the published one.

    `settings` are the fields of `DatasetSettings`. The same settings give the same
    dataset, equal to upstream's up to rounding; numpy's global generator is left
    alone. `num_samples` is rounded down to a multiple of ten.

    Raises:
        ValueError: a setting is not legal.
        TypeError: there is no such setting.
    """
    resolved = DatasetSettings(**settings)
    rng, templates = np.random.RandomState(resolved.seed), digit_templates()
    signals = np.concatenate([last for _, last in _digits(rng, templates, resolved)])
    final = _arrange(rng, signals, resolved)
    x = np.ascontiguousarray((final.x - final.mean) / final.sd)
    y = np.repeat(templates["y"], resolved.samples_per_class)[final.order]
    split = resolved.num_train
    return Dataset(
        x=x[:split],
        y=y[:split],
        x_test=x[split:],
        y_test=y[split:],
        t=stroke_axis(templates["t"], resolved) / final.sd,
        templates=templates,
    )


def fresh_samples(count: int, **settings: Any) -> tuple[np.ndarray, np.ndarray]:
    """Make samples that are like those of `make_dataset`, and none of them.

    They are drawn by the same generator from a stream of their own, and seen as the
    dataset of these settings is: its order of positions, its mean and its standard
    deviation. Returns x [count, F] float64 and y [count] int64, the digits in turn.

    Raises:
        ValueError: a setting is not legal, or `count` is not positive.
        TypeError: there is no such setting.
    """
    resolved = DatasetSettings(**settings)
    count = integer(1)("count", count)
    rng, templates = np.random.RandomState(resolved.seed), digit_templates()
    signals = np.concatenate([last for _, last in _digits(rng, templates, resolved)])
    seen = _arrange(rng, signals, resolved)
    digits = np.arange(count) % NUM_CLASSES
    fresh = np.random.default_rng([resolved.seed, _FRESH])
    x = np.empty((count, resolved.final_seq_length))
    for start in range(0, count, _AT_ONCE):
        part = slice(start, start + _AT_ONCE)
        chosen = templates["x"][digits[part]]
        draws = draw_unpublished(fresh, len(chosen), resolved)
        x[part] = _transformed(chosen, draws, resolved)
    return (x[:, seen.positions] - seen.mean) / seen.sd, templates["y"][digits]


def transformation_chain(sample: int = 0, **settings: Any) -> dict[str, np.ndarray]:
    """Follow one sample of each digit through the steps of `make_dataset`.

    Returns the steps in order, each an array [10, length], row d for digit d:
    template, pad, dilate, scale, translate, correlated_noise, iid_noise, shear,
    subsample, shuffle (only with `shuffle_seq`), standardise. Padded rows differ in
    length, and nan follows the end of a shorter one. The last step holds rows of the
    dataset that `make_dataset` returns for the same settings: `sample` is the number
    within the class, before the samples are shuffled.

    Raises:
        ValueError: a setting is not legal, or `sample` is out of range.
        TypeError: there is no such setting.
    """
    resolved = DatasetSettings(**settings)
    sample = integer(0, resolved.samples_per_class - 1)("sample", sample)
    rng, templates = np.random.RandomState(resolved.seed), digit_templates()
    rows, signals = [], []
    for draws, last in _digits(rng, templates, resolved):
        rows.append(draws.row(sample))
        signals.append(last)
    chosen = Draws(*(np.stack(field) for field in zip(*rows, strict=True)))
    chain = dict(transform(templates["x"], chosen, resolved))
    final = _arrange(rng, np.concatenate(signals), resolved)
    x = chain["subsample"][:, final.positions]
    if resolved.shuffle_seq:
        chain["shuffle"] = x
    chain["standardise"] = (x - final.mean) / final.sd
    return chain


class _Arranged(NamedTuple):
    """All N samples in their final order, x [N, F], not standardised yet.

    `order` [N] and `positions` [F] are the permutations that were applied, `mean` and
    `sd` those of x.
    """

    x: np.ndarray
    order: np.ndarray
    positions: np.ndarray
    mean: float
    sd: float


def _digits(
    rng: np.random.RandomState, templates: Templates, settings: DatasetSettings
) -> Iterator[tuple[Draws, np.ndarray]]:
    """Yield each digit's random numbers and its signals, [samples per class, F]."""
    count = settings.samples_per_class
    for template in templates["x"]:
        draws = draw(rng, count, settings)
        yield draws, _transformed(np.tile(template, (count, 1)), draws, settings)


def _transformed(x: np.ndarray, draws: Draws, settings: DatasetSettings) -> np.ndarray:
    """Return what the last step makes of the templates `x` [N, 12], [N, F]."""
    for _, last in transform(x, draws, settings):
        signals = last
    return signals


def _arrange(
    rng: np.random.RandomState, signals: np.ndarray, settings: DatasetSettings
) -> _Arranged:
    order = rng.permutation(NUM_CLASSES * settings.samples_per_class)
    positions = np.arange(settings.final_seq_length)
    x = signals[order]
    if settings.shuffle_seq:
        positions = rng.permutation(settings.final_seq_length)
        # This index leaves upstream's memory layout, on which the last bit of a
        # sum depends.
        x = x[..., positions]
    mean, sd = x.mean(), x.std()
    if x.min() == x.max() or sd == 0.0:
        raise ValueError(
            "scale_coeff, corr_noise_scale, iid_noise_scale and shear_scale are so "
            "small that all values are equal, but at least one must spread them"
        )
    return _Arranged(x, order, positions, mean, sd)


def stroke_axis(t: np.ndarray, settings: DatasetSettings) -> np.ndarray:
    """Return the heights `t` [P] of templates, at the F places of a sample."""
    full = resample(t[None], settings.full_length)
    return resample(full, settings.final_seq_length)[0]
