"""Piecewise cubics against the functions that they stand for."""

import math

import numpy as np
import pytest
import torch
from torch.nn import functional

from scaling_down.engine.unrolled import kernels
from scaling_down.engine.unrolled.tables import Grid, cubic_coefficients

GRID = Grid(reach=8, resolution=256)


def elu(x):
    left = torch.signbit(x)
    return torch.where(left, x.expm1(), x), torch.where(left, x.exp(), 1.0)


def tangent(x):
    return x.tanh(), 1 - x.tanh() ** 2


def table(function, grid=GRID, dtype=torch.float32):
    return cubic_coefficients(*function(grid.ends()), grid).to(dtype).numpy()


def look_up(x, coefficients, resolution=GRID.resolution):
    """Return value, slope and number outside of x [n]."""
    x = np.ascontiguousarray(x)[None]
    value, slope = np.empty_like(x), np.empty_like(x)
    outside = kernels.activate(
        x, np.zeros_like(x[0]), coefficients, x.dtype.type(resolution), value, slope
    )
    return value[0], slope[0], outside


def pulled_back(x, coefficients, value_bar, slope_bar, tangents):
    _, slope, _ = look_up(x, coefficients)
    x_bar, coefficients_bar = np.empty_like(x), np.zeros(coefficients.shape)
    kernels.pull_back(
        x[None], slope[None], tangents[None], slope_bar[None], value_bar[None],
        coefficients, x.dtype.type(GRID.resolution), x_bar[None], coefficients_bar,
    )  # fmt: skip
    return x_bar, coefficients_bar


def points(count=4000, dtype=np.float32):
    return np.random.default_rng(0).uniform(-7.9, 7.9, count).astype(dtype)


@pytest.mark.parametrize("function", [elu, tangent])
def test_value_and_slope_are_those_of_the_function_to_rounding(function):
    x = points()
    value, slope, outside = look_up(x, table(function))
    true, true_slope = (v.numpy() for v in function(torch.from_numpy(x).double()))
    assert outside == 0
    np.testing.assert_allclose(value, true, rtol=2e-7, atol=1e-7)
    np.testing.assert_allclose(slope, true_slope, rtol=2e-7, atol=1e-7)


@pytest.mark.parametrize("function", [functional.elu, torch.tanh])
def test_second_derivative_is_autograd_s(function):
    x = torch.from_numpy(points(dtype=np.float64)).requires_grad_()
    (slope,) = torch.autograd.grad(function(x).sum(), x, create_graph=True)
    (curvature,) = torch.autograd.grad(slope.sum(), x)
    known = {functional.elu: elu, torch.tanh: tangent}[function]
    zeros, ones = np.zeros(len(x)), np.ones(len(x))
    found, _ = pulled_back(
        x.detach().numpy(), table(known, dtype=torch.float64), zeros, ones, ones
    )
    # h^2 / 12 of the fourth derivative, which is 4 for tanh
    np.testing.assert_allclose(found, curvature.numpy(), rtol=0, atol=6e-6)


def test_gradients_of_coefficients_and_places_are_autograd_s():
    rng = np.random.default_rng(1)
    x, value_bar, slope_bar, tangents = rng.uniform(-7.9, 7.9, (4, 300))
    coefficients = rng.normal(size=(GRID.intervals, 4))
    found = pulled_back(x, coefficients, value_bar, slope_bar, tangents)
    place = torch.from_numpy(x).requires_grad_()
    free = torch.from_numpy(coefficients).requires_grad_()
    interval = torch.from_numpy(np.floor(x * 256).astype(int) + GRID.intervals // 2)
    t = place * 256 - torch.from_numpy(np.floor(x * 256))
    c = free[interval]
    value = (c * torch.stack([t**0, t, t**2, t**3], 1)).sum(1)
    slope = 256 * (c[:, 1] + 2 * c[:, 2] * t + 3 * c[:, 3] * t**2)
    bars = (torch.from_numpy(v) for v in (value_bar, slope_bar * tangents))
    total = sum(
        (bar * what).sum() for bar, what in zip(bars, (value, slope), strict=True)
    )
    expected = torch.autograd.grad(total, (place, free))
    for array, tensor in zip(found, expected, strict=True):
        np.testing.assert_allclose(array, tensor.numpy(), rtol=1e-9, atol=1e-9)


def test_a_kink_at_zero_is_kept():
    x = np.array([-1e-6, -1e-30, 0.0, 1e-30, 1e-6], np.float32)

    def relu(x):
        left = torch.signbit(x)
        return torch.where(left, 0.0, x), torch.where(left, 0.0, 1.0).double()

    value, slope, _ = look_up(x, table(relu))
    assert slope.tolist() == [0, 0, 1, 1, 1]
    np.testing.assert_allclose(value, np.maximum(x, 0), atol=1e-12)


def test_beyond_the_grid_tangents_go_on_and_are_counted():
    x = np.array([-1e9, -20, -8.5, 8.5, 20, 1e9, 0.3], np.float32)
    value, slope, outside = look_up(x, table(elu))
    assert outside == 6
    np.testing.assert_allclose(value[3:6], x[3:6], rtol=1e-6)
    np.testing.assert_allclose(slope[3:6], 1)
    np.testing.assert_allclose(value[:3] + 1, math.exp(-8) * (x[:3] + 9), rtol=1e-2)


def test_what_is_not_a_number_stays_so():
    value, _, outside = look_up(np.array([np.nan], np.float32), table(elu))
    assert np.isnan(value[0])
    assert outside == 1


@pytest.mark.parametrize(("reach", "resolution"), [(8, 100), (8, 0), (1, 1)])
def test_a_grid_that_would_not_be_exact_is_refused(reach, resolution):
    with pytest.raises(ValueError, match=r"power of two|four intervals"):
        Grid(reach, resolution)
