"""The random numbers of a sample, and the chain of steps that uses them."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from . import transforms
from .settings import DatasetSettings
from .templates import TEMPLATE_POINTS


class Draws(NamedTuple):
    """The random numbers of N signals of length L, before any scaling.

    `uniform` [N, 3] decides padding, scale and shear, `shift` [N] the translation,
    `normal` [N, 2, L] the correlated and the independent noise.
    """

    uniform: np.ndarray
    shift: np.ndarray
    normal: np.ndarray

    def row(self, index: int) -> "Draws":
        """Return the draws of one signal, without the axis N."""
        return Draws(*(field[index] for field in self))


def draw(rng: np.random.RandomState, count: int, settings: DatasetSettings) -> Draws:
    """Draw for `count` signals, in the order of the published random stream.

    The stream interleaves three kinds of draw, so it has to be read a signal at a
    time. One call for both noises is the same stream as a call for each.
    """
    uniform_draw, normal_draw = rng.random_sample, rng.standard_normal
    uniform = np.empty((count, 3))
    shift = np.empty(count, dtype=np.int64)
    normal = np.empty((count, 2 * settings.full_length))
    for i in range(count):
        padding, scale = uniform_draw(), uniform_draw()
        shift[i] = rng.randint(settings.max_translation)
        normal[i] = normal_draw(normal.shape[1])
        uniform[i] = padding, scale, uniform_draw()
    return Draws(uniform, shift, normal.reshape(count, 2, -1))


def draw_unpublished(
    rng: np.random.Generator, count: int, settings: DatasetSettings
) -> Draws:
    """Draw for `count` signals, all at once: no published stream is to be met."""
    uniform = rng.random((count, 3))
    shift = rng.integers(settings.max_translation, size=count)
    return Draws(uniform, shift, rng.normal(size=(count, 2, settings.full_length)))


def transform(
    x: np.ndarray, draws: Draws, settings: DatasetSettings
) -> Iterator[tuple[str, np.ndarray]]:
    """Yield the name of each step and what it makes of the templates `x` [N, 12].

    The last array, [N, final_seq_length], is not standardised yet.
    """
    stretch, factor, tilt = draws.uniform.T
    low, high = settings.padding
    amounts = low + (stretch * (high - low + 1)).astype(np.int64)
    yield "template", x
    x = transforms.pad(x, amounts)
    yield "pad", x
    x = transforms.dilate(x, TEMPLATE_POINTS + amounts, settings.full_length)
    yield "dilate", x
    x = transforms.scale(x, 1.0 + settings.scale_coeff * (factor - 0.5))
    yield "scale", x
    x = transforms.translate(x, draws.shift)
    yield "translate", x
    noise = transforms.correlate(settings.corr_noise_scale * draws.normal[:, 0])
    x = transforms.fill_padding(x, noise)
    yield "correlated_noise", x
    x = x + settings.iid_noise_scale * draws.normal[:, 1]
    yield "iid_noise", x
    x = transforms.shear(x, settings.shear_scale * (tilt - 0.5))
    yield "shear", x
    yield "subsample", transforms.resample(x, settings.final_seq_length)
