"""The pooled network and its step against plain modules, autograd and other groups."""

from itertools import islice

import numpy as np
import pytest
import torch
from torch.nn import functional

from scaling_down.engine.batches import batches
from scaling_down.engine.data import Data
from scaling_down.engine.layers import parameter_count
from scaling_down.engine.models.pooled_cnn import PooledCNN
from scaling_down.engine.plain import plain
from scaling_down.engine.process import prepare
from scaling_down.engine.protocol import Protocol
from scaling_down.engine.steps.autograd import AutogradStep
from scaling_down.engine.steps.pooled import PooledStep
from scaling_down.engine.streams import Streams

NETWORKS = [
    ("none", "all"),
    ("stride", "all"),
    ("max", "all"),
    ("average", "all"),
    ("l2", "all"),
    ("blur", "all"),
    ("none", "global_average"),
    ("none", "window_average"),
    ("none", "window_first"),
    ("l2", "global_average"),
]
ADAM = {
    "optimizer": "adam",
    "learning_rate": 0.01,
    "steps": 30,
    "batch_size": 37,
    "batch_order": "shuffled",
    "evaluate_every": 50,
}
SAMPLES = 100  # batches of 37, 37 and 26
each_network = pytest.mark.parametrize(("pooling", "head"), NETWORKS)


@pytest.fixture(autouse=True)
def process():
    """Train as a job does, and leave the process as it was."""
    prepare("cpu")
    yield
    torch.set_flush_denormal(False)


def train(step, pooling, head, replicas=(0, 4, 9), own_samples=True, **changes):
    """Return the losses before each step and the trained parameters, [R, ...]."""
    protocol = Protocol(**ADAM | changes)
    streams = Streams(1, "pooled", replicas)
    model = PooledCNN(streams, pooling, head, channels=5)
    rngs = [np.random.default_rng(r) for r in (replicas if own_samples else (77,))]
    x = np.stack([rng.normal(size=(SAMPLES, 40)) for rng in rngs])
    y = np.stack([rng.integers(10, size=SAMPLES) for rng in rngs])
    data = Data.from_arrays(x, y, x, y)
    update = step(model, protocol)
    order = batches(data.x, data.y, protocol.batch_size, protocol.batch_order, streams)
    losses = [update(n, *b) for n, b in enumerate(islice(order, protocol.steps))]
    stored = sum(p[: model.replicas].count_nonzero() for p in model.parameters())
    assert stored == model.replicas * parameter_count(model)
    return {"loss": torch.stack(losses, 1).numpy()} | {
        name: p.numpy() for name, p in model.plain_parameters().items()
    }


@each_network
def test_logits_are_those_of_plain_modules(pooling, head):
    model = PooledCNN(Streams(7, "models", (2, 5)), pooling, head).double()
    x = torch.randn(2, 9, 40, dtype=torch.float64)
    for replica in range(2):
        expected = plain(model, replica).double()(x[replica])
        torch.testing.assert_close(model(x)[replica], expected)
    torch.testing.assert_close(model(x[:1])[0], model(x)[0])
    assert torch.equal(model(functional.pad(x, (0, 8), value=3.0)), model(x))


@pytest.mark.parametrize(
    ("pooling", "head", "in_the_head"),
    [
        ("none", "all", 8_010),
        ("stride", "all", 2_010),
        ("max", "all", 2_010),
        ("none", "window_average", 2_010),
        ("none", "window_first", 2_010),
        ("none", "global_average", 210),
    ],
)
def test_parameters_are_those_of_the_paper(pooling, head, in_the_head):
    model = PooledCNN(Streams(7, "models", (0, 1)), pooling, head)
    assert parameter_count(model) == 80 + 1_220 + in_the_head
    assert model.linear.size == in_the_head


def test_positions_that_cannot_be_pooled_are_refused():
    with pytest.raises(ValueError, match="29 positions are no multiple of 4"):
        PooledCNN(Streams(7, "models", (0,)), "max", inputs=29)


@each_network
def test_gradients_are_those_of_plain_modules(pooling, head):
    """In double precision; a step of rate 1 of plain SGD shows the gradient."""
    model = PooledCNN(Streams(7, "models", (0, 1)), pooling, head, channels=6).double()
    modules = [plain(model, r).double() for r in range(2)]
    rng = torch.Generator().manual_seed(0)
    x = torch.randn(2, 9, 40, generator=rng, dtype=torch.float64)
    y = torch.randint(10, (2, 9), generator=rng)
    changes = {"optimizer": "sgd", "learning_rate": 1.0}
    losses = PooledStep(model, Protocol(**ADAM | changes))(0, x, y)
    for r, module in enumerate(modules):
        loss = functional.cross_entropy(module(x[r]), y[r])
        loss.backward()
        torch.testing.assert_close(losses[r], loss.detach(), rtol=1e-9, atol=1e-9)
        for name, p in module.named_parameters():
            stepped = model.plain_parameters()[name][r]
            expected = (p - p.grad).detach()
            torch.testing.assert_close(stepped, expected, rtol=1e-9, atol=1e-9)


@each_network
def test_steps_agree_with_autograd_up_to_rounding(pooling, head):
    # At rate 0.01 Adam's first steps divide near-zero gradients by themselves.
    changes = {"optimizer": "sgd", "learning_rate": 0.05, "momentum": 0.9}
    expected = train(AutogradStep, pooling, head, **changes)
    found = train(PooledStep, pooling, head, **changes)
    for name, values in expected.items():
        np.testing.assert_allclose(found[name], values, rtol=1e-3, atol=2e-5)


def test_a_step_of_adam_is_that_of_autograd():
    expected = train(AutogradStep, "max", "all", weight_decay=0.01)
    found = train(PooledStep, "max", "all", weight_decay=0.01)
    np.testing.assert_allclose(found["loss"], expected["loss"], rtol=2e-3)


@each_network
@pytest.mark.parametrize("own_samples", [False, True])
def test_a_replica_has_the_same_bits_in_any_group_and_place(pooling, head, own_samples):
    settings = {"own_samples": own_samples, "steps": 6}
    for step in (PooledStep, AutogradStep):
        alone = train(step, pooling, head, replicas=(4,), **settings)
        for group in ((4, 1), (0, 9, 4)):
            together = train(step, pooling, head, replicas=group, **settings)
            for name, values in together.items():
                own = values[group.index(4)]
                np.testing.assert_array_equal(own, alone[name][0], err_msg=name)
            assert len(np.unique(together["loss"][:, -1])) == len(group)


def test_inputs_that_are_zero_leave_l2_pooling_finite():
    """Where both of a pair are zero the root has no slope, and passes no gradient."""
    model = PooledCNN(Streams(1, "pooled", (0, 1)), "l2", channels=4)
    with torch.no_grad():
        model.conv1.bias.fill_(-1)
    update = PooledStep(model, Protocol(**ADAM))
    for number in range(3):
        x, y = torch.zeros(1, 8, 40), torch.randint(10, (1, 8))
        assert update(number, x, y).isfinite().all()
    assert all(p.isfinite().all() for p in model.parameters())


def test_another_loss_and_masks_are_refused():
    model = PooledCNN(Streams(1, "pooled", (0, 1)), "max")
    with pytest.raises(ValueError, match="not the cross-entropy"):
        PooledStep(model, Protocol(**ADAM | {"loss": "mse"}))
    with pytest.raises(ValueError, match="takes no masks"):
        PooledStep(model, Protocol(**ADAM), {"linear": torch.ones(2, 2)})
