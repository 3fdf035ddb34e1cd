"""Activations, slopes and tables, against autograd and direct evaluation."""

import numpy as np
import pytest
import torch
from small_metalearning import GRID
from torch.nn import functional

from scaling_down.engine.unrolled import kernels
from scaling_down.experiments.metalearn_activation.activations import (
    KNOWN,
    Gains,
    Learned,
    coefficients,
)

PYTORCH = {
    "relu": torch.relu, "elu": functional.elu, "swish": functional.silu,
    "tanh": torch.tanh, "softplus": functional.softplus, "sigmoid": torch.sigmoid,
    "sin": torch.sin,
}  # fmt: skip
PAPERS = Learned((100,), 0.2)


def generator(part):
    return np.random.default_rng(len(part))


def points(count=999, dtype=torch.float64):
    rng = np.random.default_rng(2)
    return torch.from_numpy(rng.uniform(-7.9, 7.9, count)).to(dtype)


def with_autograd(function, x):
    x = x.clone().requires_grad_()
    value = function(x)
    (slope,) = torch.autograd.grad(value.sum(), x)
    return value.detach(), slope


def network(learned, parameters, x, noise=0.0):
    """Evaluate ELU and the network on x, as the notebook does: noise after the tanh."""
    *hidden, last = learned.layers(parameters)
    units = x[:, None]
    for number, layer in enumerate(hidden):
        units = torch.tanh(units @ layer[:-1] + layer[-1])
        units = units + (noise if number == len(hidden) - 1 else 0.0)
    return functional.elu(x) + learned.share * (units @ last[:-1] + last[-1])[:, 0]


def assert_close(found, expected, tolerance=1e-9):
    for one, other in zip(found, expected, strict=True):
        torch.testing.assert_close(one, other, rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("shape", KNOWN)
def test_known_shapes_and_slopes_are_pytorch_s(shape):
    assert_close(KNOWN[shape](points()), with_autograd(PYTORCH[shape], points()))


@pytest.mark.parametrize("shape", ["relu", "elu"])
def test_a_zero_s_sign_is_the_side_of_the_kink(shape):
    _, (left, right) = KNOWN[shape](torch.tensor([-0.0, 0.0], dtype=torch.float64))
    assert (left, right) == {"relu": (0, 1), "elu": (1, 1)}[shape]


@pytest.mark.parametrize("gains", [(1.0, 1.0), (0.5, 2.0), (-1.5, 0.7)])
@pytest.mark.parametrize("shape", ["relu", "swish"])
def test_gains_scale_input_and_output(shape, gains):
    parameters = torch.tensor(gains, dtype=torch.float64)
    into, out = gains
    expected = with_autograd(lambda x: out * PYTORCH[shape](into * x), points())
    assert_close(Gains(shape)(parameters, points()), expected)


@pytest.mark.parametrize("hidden", [(7,), (100,), (6, 5)])
def test_the_learned_function_is_the_network_s(hidden):
    learned = Learned(hidden, 0.2)
    parameters = learned.initial(generator)
    expected = with_autograd(lambda x: network(learned, parameters, x), points())
    assert_close(learned(parameters, points()), expected)


@pytest.mark.parametrize("hidden", [(7,), (6, 5)])
def test_hidden_noise_adds_a_constant_to_the_learned_function(hidden):
    learned = Learned(hidden, 0.2)
    parameters = learned.initial(generator)
    noise = torch.from_numpy(generator("noise").uniform(-1, 1, (3, hidden[-1])))
    value, slope = learned(parameters, points())
    for drawn, offset in zip(noise, learned.offsets(parameters, noise), strict=True):
        noisy = with_autograd(
            lambda x, drawn=drawn: network(learned, parameters, x, drawn), points()
        )
        assert_close((value + offset, slope), noisy)
        assert abs(offset) > 1e-3


def test_initial_parameters_are_within_pytorch_s_bounds():
    first, last = PAPERS.layers(PAPERS.initial(generator))
    assert first.shape == (2, 100)
    assert last.shape == (101, 1)
    assert 0.95 < first.abs().max() <= 1
    assert 0.095 < last.abs().max() <= 0.1


def test_the_paper_s_table_agrees_with_single_precision_evaluation():
    """Value and slope differ no more than single precision itself does."""
    parameters = 3 * PAPERS.initial(generator)  # what is learned is steeper
    table = coefficients(PAPERS, parameters, GRID).float().numpy()
    x = points(5000, torch.float32)
    value, slope = (np.empty((1, len(x)), np.float32) for _ in range(2))
    kernels.activate(
        x[None].numpy(), np.zeros(len(x), np.float32), table,
        np.float32(GRID.resolution), value, slope,
    )  # fmt: skip
    true = PAPERS(parameters, x.double())
    direct = with_autograd(lambda x: network(PAPERS, parameters.float(), x), x)
    for found, single, exact in zip((value, slope), direct, true, strict=True):
        error = np.abs(found[0] - exact.numpy()).max()
        rounding = (single.double() - exact).abs().max()
        assert error < 2e-6
        assert error < 2 * rounding
