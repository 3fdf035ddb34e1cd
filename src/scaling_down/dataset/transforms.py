"""The steps from a template to a sample (paper section 3, "transformations").

Every function takes one signal a row and returns a new array. N is the number of
signals, L a length. What is random in a step is an argument, one value a row.
"""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

# Keeps a template's own zeros apart from the padding, which is exactly zero.
OFFSET = 1e-8
SMOOTHING = 2.0


def pad(x: np.ndarray, amounts: np.ndarray) -> np.ndarray:
    """Put `amounts[i]` zeros after row i of `x` [N, P].

    Rows end at different places: the result is [N, P + max(amounts)], with nan
    beyond the end of a row.
    """
    tail = np.arange(amounts.max(initial=0)) < amounts[:, None]
    return np.hstack([x + OFFSET, np.where(tail, 0.0, np.nan)])


def resample(x: np.ndarray, length: int) -> np.ndarray:
    """Interpolate the rows of `x` [N, L >= 2] linearly onto `length` equal steps."""
    old = np.linspace(0.0, 1.0, x.shape[1])
    new = np.linspace(0.0, 1.0, length)
    left = np.minimum(np.searchsorted(old, new, side="right") - 1, len(old) - 2)
    start = x[:, left]
    slope = (x[:, left + 1] - start) / (old[left + 1] - old[left])
    resampled = slope * (new - old[left]) + start
    # Rounding must not lift a zero at the end off zero: zero means padding.
    resampled[:, new == 1.0] = x[:, -1:]
    return resampled


def dilate(padded: np.ndarray, lengths: np.ndarray, length: int) -> np.ndarray:
    """Stretch the first `lengths[i]` values of row i of `padded` to `length`.

    The less a row was padded, the wider its digit becomes. Returns [N, length].
    """
    dilated = np.empty((len(padded), length))
    for own in np.unique(lengths):
        rows = lengths == own
        dilated[rows] = resample(padded[rows, :own], length)
    return dilated


def scale(x: np.ndarray, factors: np.ndarray) -> np.ndarray:
    """Multiply row i of `x` [N, L] by `factors[i]`."""
    return x * factors[:, None]


def translate(x: np.ndarray, shifts: np.ndarray) -> np.ndarray:
    """Shift row i of `x` [N, L] to the right by `shifts[i]`, end around to start.

    A shift of L or more leaves the row as it is, which is upstream's rule.
    """
    length = x.shape[1]
    first = np.where(shifts < length, length - shifts, 0)
    windows = sliding_window_view(np.hstack([x, x]), length, axis=1)
    return windows[np.arange(len(x)), first]


def correlate(noise: np.ndarray) -> np.ndarray:
    """Smooth the rows of `noise` [N, L] by a Gaussian filter of width 2."""
    # Imported here: settings are checked in every call of the workflow, and SciPy
    # takes longer to import than all the rest.
    from scipy.ndimage import gaussian_filter1d

    return gaussian_filter1d(noise, SMOOTHING, axis=1)


def fill_padding(x: np.ndarray, noise: np.ndarray) -> np.ndarray:
    """Put `noise` where the signals `x`, both [N, L], are exactly zero."""
    return np.where(x == 0.0, noise, x)


def shear(x: np.ndarray, slopes: np.ndarray) -> np.ndarray:
    """Subtract from row i of `x` [N, L] a line that rises by `slopes[i]`."""
    return x - slopes[:, None] * np.linspace(-0.5, 0.5, x.shape[1])
