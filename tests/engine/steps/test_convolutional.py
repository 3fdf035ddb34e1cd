"""The convolutional step against autograd, plain modules, and other groups."""

from itertools import islice

import numpy as np
import pytest
import torch
from torch.nn import functional

from scaling_down.engine.batches import batches
from scaling_down.engine.data import Data
from scaling_down.engine.layers import parameter_count
from scaling_down.engine.models.cnn import CNN
from scaling_down.engine.plain import plain
from scaling_down.engine.process import prepare
from scaling_down.engine.protocol import Protocol
from scaling_down.engine.steps.autograd import AutogradStep
from scaling_down.engine.steps.convolutional import ConvolutionalStep
from scaling_down.engine.streams import Streams

SGD = {
    "optimizer": "sgd",
    "learning_rate": 0.02,
    "momentum": 0.9,
    "steps": 50,
    "batch_size": 37,
    "batch_order": "shuffled",
    "evaluate_every": 50,
}
SAMPLES = 100  # batches of 37, 37 and 26


@pytest.fixture(autouse=True)
def process():
    """Train as a job does, and leave the process as it was."""
    prepare("cpu")
    yield
    torch.set_flush_denormal(False)


def data_of(replicas, inputs, classes, own_samples):
    """Each replica has labels of its own, and samples of its own if asked."""
    rngs = [np.random.default_rng(r) for r in replicas]
    y = np.stack([rng.integers(classes, size=SAMPLES) for rng in rngs])
    rngs = rngs if own_samples else [np.random.default_rng(77)]
    x = np.stack([rng.normal(size=(SAMPLES, inputs)) for rng in rngs])
    return Data.from_arrays(x, y, x, y)


def train(
    step,
    channels=7,
    replicas=(0, 4, 9),
    inputs=40,
    classes=10,
    own_samples=False,
    **changes,
):
    """Return the losses before each step and the trained parameters, [R, ...]."""
    protocol = Protocol(**SGD | changes)
    streams = Streams(1, "convolutional", replicas)
    model = CNN(streams, channels, inputs, classes)
    data = data_of(replicas, inputs, classes, own_samples)
    update = step(model, protocol)
    order = batches(data.x, data.y, protocol.batch_size, protocol.batch_order, streams)
    losses = [update(n, *b) for n, b in enumerate(islice(order, protocol.steps))]
    if step is ConvolutionalStep:
        update.write_back()
    assert_padding_is_zero(model)
    return {"loss": torch.stack(losses, 1).numpy()} | {
        name: p.numpy() for name, p in model.plain_parameters().items()
    }


def assert_padding_is_zero(model):
    stored = sum(p[: model.replicas].count_nonzero() for p in model.parameters())
    assert stored == model.replicas * parameter_count(model)


@pytest.mark.parametrize(
    "changes",
    [
        {"channels": 1},
        {"channels": 25},
        {"channels": 44},
        {"inputs": 29, "classes": 3},
        {"inputs": 48},
        {"own_samples": True},
        {"momentum": 0.0},
        {"batch_size": None},
        {"batch_size": 16, "batch_order": "sequential"},
        {"replicas": (5,)},
        {"replicas": (5,), "own_samples": True},
    ],
    ids=str,
)
def test_fifty_steps_agree_with_autograd_up_to_rounding(changes):
    expected = train(AutogradStep, **changes)
    found = train(ConvolutionalStep, **changes)
    assert found.keys() == expected.keys()
    for name, values in expected.items():
        assert found[name].dtype == values.dtype
        np.testing.assert_allclose(found[name], values, rtol=1e-4, atol=2e-6)


@pytest.mark.parametrize(
    ("channels", "inputs"), [(3, 40), (16, 29), (20, 33), (25, 48)]
)
def test_gradients_are_those_of_plain_modules(channels, inputs):
    """In double precision; a step of rate 1 without momentum shows the gradient."""
    model = CNN(Streams(7, "gradients", (0, 1)), channels, inputs, 10).double()
    modules = [plain(model, r).double() for r in range(2)]
    rng = torch.Generator().manual_seed(0)
    x = torch.randn(2, 9, inputs, generator=rng, dtype=torch.float64)
    y = torch.randint(10, (2, 9), generator=rng)
    update = ConvolutionalStep(
        model, Protocol(**SGD | {"learning_rate": 1.0, "momentum": 0.0})
    )
    losses = update(0, x, y)
    update.write_back()
    for r, module in enumerate(modules):
        loss = functional.cross_entropy(module(x[r]), y[r])
        loss.backward()
        torch.testing.assert_close(losses[r], loss.detach(), rtol=1e-9, atol=1e-9)
        for name, p in module.named_parameters():
            stepped = model.plain_parameters()[name][r]
            expected = (p - p.grad).detach()
            torch.testing.assert_close(stepped, expected, rtol=1e-9, atol=1e-9)


# Padded to 16, 24, 32, 40, 56 and 104: with batches of 37 an activation's slice is an
# odd multiple of 8 floats in some of them, before it is aligned.
@pytest.mark.parametrize("channels", [1, 2, 7, 20, 25, 38, 55, 100])
@pytest.mark.parametrize("own_samples", [False, True])
def test_a_replica_has_the_same_bits_in_any_group_and_place(channels, own_samples):
    settings = {"channels": channels, "own_samples": own_samples, "steps": 7}
    alone = train(ConvolutionalStep, replicas=(4,), **settings)
    for group in ((4, 1), (0, 9, 4), (7, 4, 6, 5, 3)):
        together = train(ConvolutionalStep, replicas=group, **settings)
        for name, values in together.items():
            own = values[group.index(4)]
            np.testing.assert_array_equal(
                own, alone[name][0], err_msg=f"{group} {name}"
            )
        assert len(np.unique(together["loss"][:, -1])) == len(group)


def test_shared_and_repeated_samples_give_the_same_bits():
    streams = Streams(1, "convolutional", (0, 1, 2))
    x, y = torch.randn(1, 37, 40), torch.randint(10, (1, 37))
    shared, repeated = (
        ConvolutionalStep(CNN(streams, 7), Protocol(**SGD)) for _ in range(2)
    )
    for number in range(3):
        losses = shared(number, x, y)
        repeated_losses = repeated(number, x.repeat(3, 1, 1), y.repeat(3, 1))
        assert torch.equal(losses, repeated_losses)


def test_columns_past_the_inputs_are_ignored():
    streams = Streams(1, "convolutional", (0, 1))
    x, y = torch.randn(2, 8, 40), torch.randint(10, (2, 8))
    updates = [ConvolutionalStep(CNN(streams, 3), Protocol(**SGD)) for _ in range(2)]
    for number in range(2):
        wide = functional.pad(x, (0, 8), value=5.0)
        assert torch.equal(updates[0](number, x, y), updates[1](number, wide, y))


def test_the_model_changes_when_the_parameters_are_written_back():
    model = CNN(Streams(1, "convolutional", (0, 1)), 3)
    before = model.conv2.vector()
    update = ConvolutionalStep(model, Protocol(**SGD))
    update.write_back()
    assert torch.equal(model.conv2.vector(), before)
    update(0, torch.randn(2, 8, 40), torch.randint(10, (2, 8)))
    assert torch.equal(model.conv2.vector(), before)
    update.write_back()
    assert not torch.equal(model.conv2.vector(), before)


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
        train(ConvolutionalStep, **changes)


def test_masks_are_refused():
    model = CNN(Streams(1, "convolutional", (0, 1)), 3)
    masks = {"conv2": torch.ones(2, 30, dtype=torch.bool)}
    with pytest.raises(ValueError, match="takes no masks"):
        ConvolutionalStep(model, Protocol(**SGD), masks)


@pytest.mark.parametrize("batch", [1, 37])
@pytest.mark.parametrize("channels", [1, 20, 38, 100])
def test_each_members_slices_start_on_the_boundary_of_a_cache_line(channels, batch):
    """Without it the bits have been the same so far; nothing promises that."""
    model = CNN(Streams(1, "convolutional", (0, 1, 2)), channels)
    update = ConvolutionalStep(model, Protocol(**SGD))
    update(0, torch.randn(1, batch, 40), torch.randint(10, (1, batch)))
    network, parameters = update.networks[batch], update.parameters
    taps = [tap for weight in parameters.convolutions for p in weight for tap in p]
    activations = [t for c in network.convolutions for t in (*c.inputs, *c.outputs)]
    stacks = [*parameters.first, *parameters.last, *taps, *activations]
    for stack in [*stacks, network.first.patches, *network.last.samples]:
        assert [member.data_ptr() % 64 for member in stack] == [0, 0, 0]
        assert stack.shape[-1] % 8 == 0
