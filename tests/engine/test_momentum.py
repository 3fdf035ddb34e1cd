"""The written-out gradients against autograd and the engine's own training."""

import numpy as np
import pytest
import torch
from torch.nn import functional

from scaling_down.engine.data import Data
from scaling_down.engine.layers import parameter_count
from scaling_down.engine.models.mlp import MLP
from scaling_down.engine.momentum import (
    MomentumStep,
    cross_entropy,
    train_with_momentum,
)
from scaling_down.engine.process import prepare
from scaling_down.engine.streams import Streams
from scaling_down.engine.training import NonFiniteLoss, Protocol, optimise

SGD = {
    "optimizer": "sgd",
    "learning_rate": 0.05,
    "momentum": 0.9,
    "steps": 17,
    "batch_size": 25,
    "batch_order": "shuffled",
    "evaluate_every": 5,
}


@pytest.fixture(autouse=True)
def process():
    """Train as a job does, and leave the process as it was."""
    prepare("cpu")
    yield
    torch.set_flush_denormal(False)


def data_of(replicas, own_samples=False):
    """Samples of 6 inputs and 3 classes; each replica has labels of its own."""
    owners = replicas if own_samples else (77,)
    draws = [np.random.default_rng(o).normal(size=(2, 60, 6)) for o in owners]
    x, x_test = np.stack(draws, 1)
    labels = np.stack([np.random.default_rng(r).integers(3, size=60) for r in replicas])
    return Data.from_arrays(x, labels, x_test, labels)


def train(how, replicas=(0, 4, 9), hidden=(7, 21), own_samples=False, **changes):
    """Return the history and the trained parameters, as arrays [R, ...]."""
    streams = Streams(1, "momentum", replicas)
    model = MLP(streams, 6, hidden, 3)
    protocol = Protocol(**SGD | changes)
    history = how(model, data_of(replicas, own_samples), protocol, streams)
    assert_padding_is_zero(model)
    return history | {n: p.numpy() for n, p in model.plain_parameters().items()}


def assert_padding_is_zero(model):
    stored = sum(p[: model.replicas].count_nonzero() for p in model.parameters())
    assert stored == model.replicas * parameter_count(model)


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"hidden": (1,)},
        {"hidden": (16, 33, 2)},
        {"own_samples": True},
        {"momentum": 0.0},
        {"batch_size": None},
        {"batch_size": 37, "batch_order": "sequential"},
        {"steps": 0},
        {"replicas": (5,)},
    ],
    ids=str,
)
def test_agrees_with_the_engine_up_to_rounding(changes):
    expected = train(optimise, **changes)
    found = train(train_with_momentum, **changes)
    assert found.keys() == expected.keys()
    for name, values in expected.items():
        assert found[name].dtype == values.dtype
        np.testing.assert_allclose(found[name], values, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("own_samples", [False, True])
@pytest.mark.parametrize("hidden", [(2, 2), (9, 9), (61, 61), (300, 300)])
def test_a_replica_has_the_same_bits_in_any_group_and_place(hidden, own_samples):
    settings = {"hidden": hidden, "own_samples": own_samples}
    alone = train(train_with_momentum, (4,), **settings)
    for group in ((4, 1), (0, 9, 4), (7, 4, 6, 5, 3)):
        together = train(train_with_momentum, group, **settings)
        for name in alone.keys() - {"step"}:
            own = together[name][group.index(4)]
            np.testing.assert_array_equal(
                own, alone[name][0], err_msg=f"{group} {name}"
            )
        assert len(np.unique(together["train_loss"][:, -1])) == len(group)


def test_loss_and_gradient_are_those_of_pytorch():
    rng = torch.Generator().manual_seed(0)
    logits = torch.randn(
        3, 8, 5, generator=rng, dtype=torch.float64, requires_grad=True
    )
    y = torch.randint(5, (3, 8), generator=rng)
    expected = torch.stack(
        [functional.cross_entropy(*member) for member in zip(logits, y, strict=True)]
    )
    expected.sum().backward()
    losses, grad = cross_entropy(logits.detach(), y)
    torch.testing.assert_close(losses, expected.detach())
    torch.testing.assert_close(grad, logits.grad)


def test_a_step_returns_the_losses_before_it():
    history = train(train_with_momentum, batch_size=None, evaluate_every=1, steps=4)
    streams = Streams(1, "momentum", (0, 4, 9))
    update = MomentumStep(MLP(streams, 6, (7, 21), 3), Protocol(**SGD))
    data = data_of(streams.replicas)
    losses = [update(data.x, data.y).numpy() for _ in range(5)]
    np.testing.assert_allclose(np.stack(losses, 1), history["train_loss"], rtol=1e-5)


def test_a_lone_replica_has_one_loss():
    streams = Streams(1, "momentum", (3,))
    update = MomentumStep(MLP(streams, 6, (7,), 3), Protocol(**SGD))
    data = data_of(streams.replicas)
    assert update(data.x, data.y).shape == (1,)


def test_progress_goes_to_the_last_step():
    seen = []
    train(
        lambda *args: train_with_momentum(
            *args, progress=lambda *now: seen.append(now)
        ),
        steps=12,
    )
    assert seen == [(5, 12), (10, 12), (12, 12)]


@pytest.mark.parametrize("every", [1, 60])
def test_the_first_loss_that_is_not_finite_has_its_replica_and_step(every):
    losses = {}
    for how in (optimise, train_with_momentum):
        with pytest.raises(NonFiniteLoss) as caught:
            train(how, learning_rate=1e30, steps=60, evaluate_every=every)
        losses[how] = (caught.value.replica, caught.value.step)
    assert losses[optimise] == losses[train_with_momentum]
    assert 0 < losses[optimise][1] < 5


def test_a_broken_network_is_seen_when_it_is_evaluated():
    def broken(model, *args):
        with torch.no_grad():
            model.layers[0].bias[1] = torch.nan
        return train_with_momentum(model, *args)

    with pytest.raises(NonFiniteLoss, match=r"replica 4.*step 0"):
        train(broken, steps=0)


@pytest.mark.parametrize(
    "changes",
    [
        {"optimizer": "adam"},
        {"loss": "mse"},
        {"weight_decay": 0.1},
        {"learning_rate_schedule": "cosine"},
    ],
    ids=str,
)
def test_other_methods_are_refused(changes):
    with pytest.raises(ValueError, match="not plain SGD with momentum"):
        train(train_with_momentum, **changes)


def test_samples_of_other_replicas_are_refused():
    streams = Streams(1, "momentum", (0, 1))
    model = MLP(streams, 6, (7,), 3)
    with pytest.raises(ValueError, match="3 replicas cannot serve 2"):
        train_with_momentum(model, data_of((0, 1, 2)), Protocol(**SGD), streams)
