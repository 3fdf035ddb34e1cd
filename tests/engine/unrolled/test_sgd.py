"""The derivative through all steps, against differences, reverse mode and torch."""

import numpy as np
import pytest
import torch
from torch.nn import functional

from scaling_down.engine.layers import Linear
from scaling_down.engine.process import prepare
from scaling_down.engine.streams import Streams
from scaling_down.engine.unrolled.sgd import UnrolledSGD

STEPS, BATCH, INPUTS, CLASSES = 7, 9, 11, 4
RATES = [[0.7, 0.2], [0.4, 1.1], [0.5, 0.3]]


@pytest.fixture(autouse=True)
def process():
    """Train as a job does, and leave the process as it was."""
    prepare("cpu")
    yield
    torch.set_flush_denormal(False)


def samples(dtype=torch.float64):
    rng = torch.Generator().manual_seed(0)
    x = torch.randn(STEPS, 1, BATCH, INPUTS, generator=rng, dtype=torch.float64)
    return x.to(dtype), torch.randint(CLASSES, (STEPS, 1, BATCH), generator=rng)


def unrolled(rates, hidden=6, replicas=(0, 4, 9), dtype=torch.float64):
    """Return losses and derivatives, [STEPS, R, I], and what has been trained."""
    streams = Streams(1, "unrolled", replicas)
    rates = torch.tensor(rates, dtype=dtype)
    sgd = UnrolledSGD(streams, rates, INPUTS, hidden, CLASSES)
    pairs = [sgd.step(x, y) for x, y in zip(*samples(dtype), strict=True)]
    losses, slopes = (torch.stack(parts) for parts in zip(*pairs, strict=True))
    return losses, slopes, sgd


def plain_losses(rate, replica, hidden=6):
    """Return the losses [STEPS] of an ordinary loop that autograd can go through."""
    streams = Streams(1, "unrolled", (replica,))
    weights = []
    for name, ends in (("first", (INPUTS, hidden)), ("second", (hidden, CLASSES))):
        layer = Linear(streams, f"tanh.{name}", *ends)
        weights += [layer.plain_weight()[0].double(), layer.plain_bias()[0].double()]
    weights = [w.requires_grad_() for w in weights]
    losses = []
    for x, y in zip(*samples(), strict=True):
        h = functional.linear(x[0], *weights[:2]).tanh()
        losses.append(
            functional.cross_entropy(functional.linear(h, *weights[2:]), y[0])
        )
        grads = torch.autograd.grad(losses[-1], weights, create_graph=True)
        weights = [w - rate * g for w, g in zip(weights, grads, strict=True)]
    return torch.stack(losses)


# 16 hidden units fill their padded width: the one beside them begins another.
@pytest.mark.parametrize("hidden", [1, 6, 15, 16])
def test_losses_and_derivatives_are_those_of_reverse_mode(hidden):
    losses, slopes, _ = unrolled(RATES, hidden)
    for place, replica in enumerate((0, 4, 9)):
        for copy, value in enumerate(RATES[place]):
            rate = torch.tensor(value, dtype=torch.float64, requires_grad=True)
            expected = plain_losses(rate, replica, hidden)
            torch.testing.assert_close(losses[:, place, copy], expected.detach())
            (slope,) = torch.autograd.grad(expected.mean(), rate)
            found = slopes[:, place, copy].mean()
            torch.testing.assert_close(found, slope, rtol=1e-9, atol=1e-12)


def test_derivatives_are_those_of_finite_differences():
    _, slopes, _ = unrolled(RATES)
    width = 1e-5
    up, down = (
        unrolled((np.array(RATES) + sign * width).tolist())[0] for sign in (1, -1)
    )
    torch.testing.assert_close(slopes, (up - down) / (2 * width), rtol=1e-6, atol=1e-8)
    assert (slopes[0] == 0).all()
    assert (slopes[1:] != 0).all()


def test_losses_of_a_set_are_those_before_the_next_step():
    x, y = samples()
    _, _, sgd = unrolled(RATES)
    before = sgd.losses(x[0], y[0])
    torch.testing.assert_close(sgd.losses(x[0], y[0]), before, rtol=0, atol=0)
    torch.testing.assert_close(sgd.step(x[0], y[0])[0], before)


def test_a_replica_has_the_same_bits_in_any_group_and_beside_other_rates():
    losses, slopes, _ = unrolled(RATES, dtype=torch.float32)
    alone = unrolled([RATES[1]], replicas=(4,), dtype=torch.float32)
    wide = unrolled([[*RATES[1], 0.9]], replicas=(4,), dtype=torch.float32)
    for found in (alone, wide):
        assert torch.equal(found[0][:, 0, :2], losses[:, 1])
        assert torch.equal(found[1][:, 0, :2], slopes[:, 1])
    assert len(losses[-1].unique()) == 6


def test_columns_past_the_inputs_are_ignored():
    x, y = samples(torch.float32)
    streams, rates = Streams(1, "unrolled", (0, 1)), torch.ones(2, 2)
    both = [UnrolledSGD(streams, rates, INPUTS, 6, CLASSES) for _ in range(2)]
    for number in range(2):
        wide = functional.pad(x[number], (0, 5), value=3.0)
        assert torch.equal(
            both[0].step(x[number], y[number])[0], both[1].step(wide, y[number])[0]
        )


def test_a_lone_rate_is_refused():
    with pytest.raises(ValueError, match="two learning rates"):
        UnrolledSGD(Streams(1, "unrolled", (0,)), torch.ones(1, 1), 4, 3, 2)
