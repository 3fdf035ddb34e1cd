"""Products with sparse matrices, compiled: a batch of samples through a masked network.

A matrix is used row by row in both directions, by outputs on the way forward and by
inputs on the way back, so that each row of results is written by one loop and nothing
is scattered.  Activations are [features, samples]: the loop over samples is the inner
one, without gaps, and becomes vector instructions, while the indices of a weight are
read once for all samples.  Four weights share a pass over the samples, which saves
three of four loads and stores of the result; eight gained little more.  The arrays
are indexed as `x[i, t]`, since a view of a row would be made anew for each weight.

A tile of samples is what the second-level cache holds: the rows of a tile are met by
many weights.  On the way back a row of the outputs' gradient serves two products, the
gradient of the inputs and that of the weights, while it is at hand: half the traffic
between the caches, which is what these loops wait for.

A bias is the weight of an input that is one in every sample.  Samples that pad a tile
have no gradient at the logits, so that they count for nothing.

The order of a sum is the compiler's ("reassoc"; "contract" lets it fuse a product and
an addition).  It is a function of the instruction set alone, which
`engine.process.PORTABLE` pins: with AVX-512 the gradients of weights round otherwise
than with AVX2, nothing else does.  Compiled code is not kept on disk: it would be stale
or unwritable in some place for the sake of a few seconds a job.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple, TypeVar, cast

import numba
import numpy as np

Kernel = TypeVar("Kernel", bound=Callable[..., Any])


def _compiled(kernel: Kernel) -> Kernel:
    """Compile a kernel; to type checkers it stays the function that it is."""
    compiler = numba.njit(
        nogil=True, error_model="numpy", fastmath={"reassoc", "contract"}
    )
    return cast(Kernel, compiler(kernel))


_ZERO = np.float32(0)


class Layer(NamedTuple):
    """The weights of a layer of one replica that matter, and where they belong.

    `weights` [n] float32 lie in the order of their inputs, `gradients` [n] beside
    them.  The weights of input j are those from `input_starts[j]` up to
    `input_starts[j + 1]`, and lead to the outputs `targets`.  Those of output i are
    `weights[places[k]]` with k from `output_starts[i]` up to `output_starts[i + 1]`,
    and come from the inputs `sources[k]`.  All indices are int32.
    """

    weights: np.ndarray
    gradients: np.ndarray
    input_starts: np.ndarray
    targets: np.ndarray
    output_starts: np.ndarray
    sources: np.ndarray
    places: np.ndarray


@_compiled
def lay_out(
    x: np.ndarray, y: np.ndarray, tiles: np.ndarray, labels: np.ndarray
) -> None:
    """Lay samples out in tiles, their features as rows.

    From `x` [B, D or more] and `y` [B] to `tiles` [T, D + 1, W], whose last row is
    left as it is, and `labels` [T, K, W]: -1 / B at each sample's class, else 0.
    Raises IndexError for a label that is no class.
    """
    classes, width = labels.shape[1:]
    labels[:] = 0
    for sample in range(len(x)):
        if not 0 <= y[sample] < classes:
            raise IndexError("a label is not one of the classes")
        tile, t = divmod(sample, width)
        for i in range(tiles.shape[1] - 1):
            tiles[tile, i, t] = x[sample, i]
        labels[tile, y[sample], t] = -1 / len(x)


@_compiled
def forward(
    first: Layer,
    second: Layer,
    third: Layer,
    x: np.ndarray,
    h1: np.ndarray,
    a2: np.ndarray,
    h2: np.ndarray,
    logits: np.ndarray,
    scratch: np.ndarray,
) -> None:
    """Run the residual network on all tiles, arrays [T, units, W].

    h1 = relu(W1 x), a2 = relu(W2 h1), h2 = h1 + a2, logits = W3 h2; the last rows of
    `x`, `h1` and `h2` become ones, the inputs of the biases.  `scratch` [units, W]
    holds what a ReLU is applied to.
    """
    for tile in range(len(x)):
        x[tile, -1] = h1[tile, -1] = h2[tile, -1] = 1
        _multiply(first, x[tile], scratch)
        _rectify(scratch, h1[tile])
        _multiply(second, h1[tile], scratch)
        _rectify(scratch, a2[tile])
        _add(h1[tile], a2[tile], h2[tile])
        _multiply(third, h2[tile], logits[tile])


@_compiled
def backward(
    first: Layer,
    second: Layer,
    third: Layer,
    x: np.ndarray,
    h1: np.ndarray,
    a2: np.ndarray,
    h2: np.ndarray,
    grad: np.ndarray,
    scratch: np.ndarray,
) -> None:
    """Set the gradients of all weights, summed over tiles.

    `grad` [T, K, W] is that of the logits, the other arrays are as `forward` left
    them.  `a2` and `h1` become the gradients of the inputs of their ReLUs; `scratch`
    [units + 1, W] holds the gradient of h2 and then that of h1.
    """
    first.gradients[:] = 0
    second.gradients[:] = 0
    third.gradients[:] = 0
    for tile in range(len(x)):
        scratch[:] = 0
        _multiply_back(third, grad[tile], h2[tile], scratch)
        _through_relu(scratch, a2[tile])
        _multiply_back(second, a2[tile], h1[tile], scratch)
        _through_relu(scratch, h1[tile])
        _weight_gradients(first, h1[tile], x[tile])


@_compiled
def _multiply(layer: Layer, x: np.ndarray, out: np.ndarray) -> None:
    """Set out = W x, [outputs, W] from [inputs, W]."""
    weights, sources, places = layer.weights, layer.sources, layer.places
    width = x.shape[1]
    for i in range(len(layer.output_starts) - 1):
        k, stop = layer.output_starts[i], layer.output_starts[i + 1]
        for t in range(width):
            out[i, t] = 0
        while k + 4 <= stop:
            a, b, c, d = sources[k], sources[k + 1], sources[k + 2], sources[k + 3]
            wa, wb = weights[places[k]], weights[places[k + 1]]
            wc, wd = weights[places[k + 2]], weights[places[k + 3]]
            for t in range(width):
                out[i, t] += wa * x[a, t] + wb * x[b, t] + wc * x[c, t] + wd * x[d, t]
            k += 4
        while k < stop:
            a, wa = sources[k], weights[places[k]]
            for t in range(width):
                out[i, t] += wa * x[a, t]
            k += 1


@_compiled
def _multiply_back(
    layer: Layer, grad: np.ndarray, x: np.ndarray, out: np.ndarray
) -> None:
    """Add W' grad to `out`, [inputs, W], and grad x' to the weights' gradients.

    `grad` [outputs, W] is the gradient of the outputs, `x` [inputs, W] the inputs.
    """
    weights, gradients, targets = layer.weights, layer.gradients, layer.targets
    width = x.shape[1]
    for j in range(len(layer.input_starts) - 1):
        k, stop = layer.input_starts[j], layer.input_starts[j + 1]
        while k + 4 <= stop:
            a, b, c, d = targets[k], targets[k + 1], targets[k + 2], targets[k + 3]
            wa, wb, wc, wd = weights[k], weights[k + 1], weights[k + 2], weights[k + 3]
            sa = sb = sc = sd = _ZERO
            for t in range(width):
                ga, gb, gc, gd = grad[a, t], grad[b, t], grad[c, t], grad[d, t]
                out[j, t] += wa * ga + wb * gb + wc * gc + wd * gd
                sa += ga * x[j, t]
                sb += gb * x[j, t]
                sc += gc * x[j, t]
                sd += gd * x[j, t]
            gradients[k] += sa
            gradients[k + 1] += sb
            gradients[k + 2] += sc
            gradients[k + 3] += sd
            k += 4
        while k < stop:
            a, wa, sa = targets[k], weights[k], _ZERO
            for t in range(width):
                out[j, t] += wa * grad[a, t]
                sa += grad[a, t] * x[j, t]
            gradients[k] += sa
            k += 1


@_compiled
def _weight_gradients(layer: Layer, grad: np.ndarray, x: np.ndarray) -> None:
    """Add grad x' to the weights' gradients: for inputs that need none themselves.

    By outputs, not by inputs, since the few inputs of the network stay in the
    first-level cache.
    """
    gradients, sources, places = layer.gradients, layer.sources, layer.places
    width = x.shape[1]
    for i in range(len(layer.output_starts) - 1):
        k, stop = layer.output_starts[i], layer.output_starts[i + 1]
        while k + 2 <= stop:
            a, b, sa, sb = sources[k], sources[k + 1], _ZERO, _ZERO
            for t in range(width):
                sa += grad[i, t] * x[a, t]
                sb += grad[i, t] * x[b, t]
            gradients[places[k]] += sa
            gradients[places[k + 1]] += sb
            k += 2
        if k < stop:
            a, sa = sources[k], _ZERO
            for t in range(width):
                sa += grad[i, t] * x[a, t]
            gradients[places[k]] += sa


@_compiled
def _rectify(x: np.ndarray, out: np.ndarray) -> None:
    """Set the first rows of `out` to the ReLU of x; what is not a number stays so.

    Not in place: storing negative entries alone would not become vectors.
    """
    for i in range(len(x)):
        for t in range(x.shape[1]):
            value = x[i, t]
            out[i, t] = _ZERO if value < 0 else value


@_compiled
def _add(h1: np.ndarray, a2: np.ndarray, h2: np.ndarray) -> None:
    for i in range(len(a2)):
        for t in range(a2.shape[1]):
            h2[i, t] = h1[i, t] + a2[i, t]


@_compiled
def _through_relu(grad: np.ndarray, activations: np.ndarray) -> None:
    """Turn the outputs of a ReLU into the gradient of its inputs.

    In place, and in an array that is read at the same time in the same entry only:
    with a third array that overlaps one of them the loop would not become vectors.
    """
    for i in range(len(activations)):
        for t in range(activations.shape[1]):
            value, active = grad[i, t], activations[i, t] > 0
            activations[i, t] = value if active else _ZERO
