"""Compiled loops of unrolled training: look-ups in a table, and what follows them.

A table's intervals are of length 1 / resolution, a power of two, and 0 is a node: then
x * resolution, its floor and their difference are exact, in whatever precision x has.
Places beyond the table fall into its first or last interval, which are straight lines.

Sums are in the order in which they are written, so that the bits of a result depend on
nothing but the instruction set, see `engine.steps.kernels.INSTRUCTIONS`.
"""

from __future__ import annotations

from collections.abc import Callable
from math import floor, sqrt
from typing import Any, TypeVar, cast

import numba
import numpy as np

Kernel = TypeVar("Kernel", bound=Callable[..., Any])


def _compiled(kernel: Kernel) -> Kernel:
    """Compile a kernel; to type checkers it stays the function that it is."""
    compiler = numba.njit(nogil=True, error_model="numpy", fastmath={"contract"})
    return cast(Kernel, compiler(kernel))


@_compiled
def _interval(place: float, half: int) -> int:
    """Return the interval, of 2 * half, in which place = x * resolution lies.

    The comparison is such that what is not a number gets an interval, too.
    """
    below = floor(place)
    if not below > -half:
        return 0
    if below >= half:
        return 2 * half - 1
    return int(below) + half


@_compiled
def activate(
    x: np.ndarray, noise: np.ndarray, coefficients: np.ndarray, resolution: Any,
    value: np.ndarray, slope: np.ndarray,
) -> int:  # fmt: skip
    """Set value = f(x) + noise and slope = f'(x), both [B, H]; count what is outside.

    `x` is [B, H], `noise` [H], `coefficients` [N, 4] of the powers of the place
    within an interval.
    """
    half = len(coefficients) // 2
    outside = 0
    for b in range(x.shape[0]):
        for j in range(x.shape[1]):
            place = x[b, j] * resolution
            i = _interval(place, half)
            t = place - x.dtype.type(i - half)
            c0, c1 = coefficients[i, 0], coefficients[i, 1]
            c2, c3 = coefficients[i, 2], coefficients[i, 3]
            value[b, j] = ((c3 * t + c2) * t + c1) * t + c0 + noise[j]
            slope[b, j] = ((3 * c3 * t + 2 * c2) * t + c1) * resolution
            outside += i == 0 or i == 2 * half - 1
    return outside


@_compiled
def pull_back(
    x: np.ndarray, slope: np.ndarray, tangent: np.ndarray, slope_bar: np.ndarray,
    value_bar: np.ndarray, coefficients: np.ndarray, resolution: Any,
    x_bar: np.ndarray, coefficients_bar: np.ndarray,
) -> None:  # fmt: skip
    """Go back through f(x) and the derivative f'(x) tangent of a table.

    `value_bar` is the gradient of f(x), `slope_bar` that of f'(x) tangent, all
    [B, H]. Sets `x_bar` and adds to `coefficients_bar` [N, 4], in double precision.
    """
    half = len(coefficients) // 2
    for b in range(x.shape[0]):
        for j in range(x.shape[1]):
            place = x[b, j] * resolution
            i = _interval(place, half)
            t = place - x.dtype.type(i - half)
            curvature = 6 * coefficients[i, 3] * t + 2 * coefficients[i, 2]
            twice = slope_bar[b, j] * tangent[b, j] * resolution
            once = value_bar[b, j]
            x_bar[b, j] = once * slope[b, j] + twice * curvature * resolution
            coefficients_bar[i, 0] += once
            coefficients_bar[i, 1] += once * t + twice
            coefficients_bar[i, 2] += (once * t + 2 * twice) * t
            coefficients_bar[i, 3] += (once * t + 3 * twice) * t * t


@_compiled
def through_softmax(
    tangent: np.ndarray, loss_bar: np.ndarray, y: np.ndarray, weight: Any,
    out: np.ndarray,
) -> None:  # fmt: skip
    """Set out = the derivative of `loss_bar` along a tangent + weight * `loss_bar`.

    `loss_bar` [B, K] is the gradient of the mean cross-entropy at the logits, softmax
    less one-hot over B; `tangent` [B, K] that of the logits; `y` [B].
    """
    samples, classes = tangent.shape
    for b in range(samples):
        mean = tangent[b, y[b]]
        for k in range(classes):
            mean += samples * loss_bar[b, k] * tangent[b, k]
        for k in range(classes):
            hit = tangent.dtype.type(k == y[b]) / samples
            share = loss_bar[b, k] + hit
            out[b, k] = share * (tangent[b, k] - mean) + weight * loss_bar[b, k]


@_compiled
def rmsprop(
    weights: np.ndarray, squares: np.ndarray, gradient: np.ndarray, rate: Any,
    decay: Any, epsilon: Any, new_weights: np.ndarray, new_squares: np.ndarray,
) -> None:  # fmt: skip
    """Take a step of RMSProp, all arrays [P]."""
    for p in range(len(weights)):
        g = gradient[p]
        square = squares[p] * decay + g * g * (1 - decay)
        new_squares[p] = square
        new_weights[p] = weights[p] - rate * g / (sqrt(square) + epsilon)


@_compiled
def rmsprop_back(
    new_squares: np.ndarray, gradient: np.ndarray, rate: Any, decay: Any, epsilon: Any,
    weights_bar: np.ndarray, squares_bar: np.ndarray, gradient_bar: np.ndarray,
) -> None:  # fmt: skip
    """Go back through a step of RMSProp, all arrays [P].

    `weights_bar` and `squares_bar` are the gradients at the new state. Sets
    `gradient_bar`; `squares_bar` becomes that of the old state, and `weights_bar` is
    so already, but for what the old weights do to the gradient.
    """
    for p in range(len(gradient)):
        g, root = gradient[p], sqrt(new_squares[p])
        size = root + epsilon
        per_size = -rate * weights_bar[p] / size
        square_bar = squares_bar[p]
        if root > 0:
            square_bar -= per_size * g / (2 * size * root)
        gradient_bar[p] = per_size + 2 * (1 - decay) * square_bar * g
        squares_bar[p] = decay * square_bar
