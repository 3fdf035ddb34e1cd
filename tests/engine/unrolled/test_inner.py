"""The gradient through all steps, against autograd and finite differences."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch.nn import functional

from scaling_down.engine.unrolled.inner import (
    Network,
    Problem,
    RMSProp,
    Table,
    Training,
)
from scaling_down.engine.unrolled.tables import Grid, cubic_coefficients

NETWORK, RULE = Network(5, 7, 3), RMSProp(0.05, 0.4)
STEPS, BATCH = 6, 8
GRID = Grid(reach=8, resolution=64)
LOSS_WEIGHTS = torch.tensor([0.0, 0.0, 0.1, 0.2, 0.3, 0.4], dtype=torch.float64)


def problem(seed=0, dtype=torch.float64):
    rng = np.random.default_rng(seed)
    arrays = (
        rng.normal(size=NETWORK.size) / 2,
        rng.normal(size=(STEPS, BATCH, NETWORK.inputs)),
        rng.uniform(-0.1, 0.1, (STEPS, NETWORK.hidden)),
    )
    weights, x, noise = (torch.from_numpy(a).to(dtype) for a in arrays)
    labels = rng.integers(NETWORK.classes, size=(STEPS, BATCH))
    return Problem(weights, x, torch.from_numpy(labels), noise)


def swish_table(dtype=torch.float64):
    ends = GRID.ends()
    gate = ends.sigmoid()
    slope = gate + ends * gate * (1 - gate)
    coefficients = cubic_coefficients(ends * gate, slope, GRID)
    return Table(coefficients.to(dtype), GRID.resolution)


def trained(problem, table, dtype=torch.float64):
    training = Training(NETWORK, STEPS, BATCH, dtype)
    training.run(problem, table, RULE)
    return training


def by_autograd(problem, activation):
    """Return the losses of a plain loop, and their gradients at weights and noise."""
    start = problem.weights.clone().requires_grad_()
    noise = problem.noise.clone().requires_grad_()
    weights, squares, losses = start, torch.ones_like(start), []
    for x, y, drawn in zip(problem.x, problem.y, noise, strict=True):
        w1, b1, w2, b2 = NETWORK.split(weights)
        logits = (activation(x @ w1 + b1) + drawn) @ w2 + b2
        loss = functional.cross_entropy(logits, y)
        (g,) = torch.autograd.grad(loss, weights, create_graph=True)
        squares = squares * RULE.decay + g**2 * (1 - RULE.decay)
        step = g / (squares.sqrt() + RULE.epsilon)
        weights = weights - RULE.learning_rate * step
        losses.append(loss)
    losses = torch.stack(losses)
    total = (losses * LOSS_WEIGHTS).sum()
    return losses.detach(), *torch.autograd.grad(total, (start, noise))


def test_losses_and_gradients_are_autograd_s():
    training = trained(problem(), swish_table())
    found = training.back(LOSS_WEIGHTS)
    losses, weights, noise = by_autograd(problem(), functional.silu)
    torch.testing.assert_close(training.losses, losses, rtol=0, atol=1e-8)
    torch.testing.assert_close(found.weights, weights, rtol=1e-5, atol=1e-6)
    torch.testing.assert_close(found.noise, noise, rtol=1e-5, atol=1e-6)
    assert training.outside == 0


def weighted_loss(problem, table):
    return float((trained(problem, table).losses * LOSS_WEIGHTS).sum())


def difference(function, size=1e-5):
    return (function(size) - function(-size)) / (2 * size)


def test_the_gradient_is_that_of_finite_differences():
    """Along random directions of coefficients, noise and weights, and all at once."""
    start, table = problem(), swish_table()
    gradients = trained(start, table).back(LOSS_WEIGHTS)
    rng = torch.Generator().manual_seed(0)

    def normal(like):
        return torch.randn(like.shape, generator=rng, dtype=torch.float64)

    # A random table would have slopes of 64 times its values, and jumps.
    x = GRID.ends()
    change = cubic_coefficients((3 * x).sin(), 3 * (3 * x).cos(), GRID)
    along = {
        "coefficients": change, "noise": normal(start.noise),
        "weights": normal(start.weights),
    }  # fmt: skip
    for chosen in (*along, "all"):
        scale = {n: float(chosen in (n, "all")) for n in along}

        def moved(size, scale=scale):
            step = {n: size * scale[n] * along[n] for n in along}
            return weighted_loss(
                replace(
                    start,
                    noise=start.noise + step["noise"],
                    weights=start.weights + step["weights"],
                ),
                replace(table, coefficients=table.coefficients + step["coefficients"]),
            )

        expected = difference(moved)
        found = sum(
            scale[n] * float((getattr(gradients, n) * along[n]).sum()) for n in along
        )
        assert abs(expected) > 1e-2
        assert found == pytest.approx(expected, rel=1e-6), chosen


def test_single_precision_agrees_to_its_rounding():
    double = trained(problem(), swish_table())
    single = trained(
        problem(dtype=torch.float32), swish_table(torch.float32), torch.float32
    )
    torch.testing.assert_close(single.losses.double(), double.losses, rtol=1e-5, atol=0)
    found, expected = (t.back(LOSS_WEIGHTS) for t in (single, double))
    for name in ("coefficients", "noise", "weights"):
        values, true = getattr(found, name), getattr(expected, name)
        scale = true.abs().max()
        torch.testing.assert_close(
            values.double() / scale, true / scale, rtol=0, atol=2e-5
        )


def test_a_second_run_leaves_nothing_of_the_first():
    training = trained(problem(1), swish_table())
    training.back(LOSS_WEIGHTS)
    training.run(problem(), swish_table(), RULE)
    again, fresh = training, trained(problem(), swish_table())
    assert torch.equal(again.losses, fresh.losses)
    found, expected = again.back(LOSS_WEIGHTS), fresh.back(LOSS_WEIGHTS)
    assert torch.equal(found.coefficients, expected.coefficients)
    assert not torch.equal(fresh.losses, trained(problem(1), swish_table()).losses)


def test_logits_are_those_of_the_trained_network():
    training = trained(problem(), swish_table())
    w1, b1, w2, b2 = NETWORK.split(training.weights[-1])
    x, noise = problem(3).x[0], problem(3).noise[0]
    expected = (functional.silu(x @ w1 + b1) + noise) @ w2 + b2
    torch.testing.assert_close(training.logits(x, noise), expected, rtol=0, atol=1e-8)


def test_a_loss_that_is_not_finite_names_the_step():
    broken = problem()
    broken.x[2, 0, 0] = float("nan")
    with pytest.raises(ArithmeticError, match="inner step 2"):
        trained(broken, swish_table())
