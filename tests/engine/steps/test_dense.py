"""The written-out step of dense networks against autograd and the engine's own."""

import numpy as np
import pytest
import torch
from torch.nn import functional

from scaling_down.engine import masks as masking
from scaling_down.engine.data import Data
from scaling_down.engine.layers import parameter_count
from scaling_down.engine.losses import cross_entropy, losses_and_gradient, padding_mask
from scaling_down.engine.models.cnn import CNN
from scaling_down.engine.models.mlp import MLP, ResidualMLP
from scaling_down.engine.process import prepare
from scaling_down.engine.protocol import Protocol
from scaling_down.engine.steps.autograd import AutogradStep
from scaling_down.engine.steps.dense import DenseStep
from scaling_down.engine.streams import Streams
from scaling_down.engine.training import NonFiniteLoss, optimise

SGD = {
    "optimizer": "sgd",
    "learning_rate": 0.05,
    "momentum": 0.9,
    "steps": 50,
    "batch_size": 25,
    "batch_order": "shuffled",
    "evaluate_every": 10,
}
ADAM = {"optimizer": "adam", "learning_rate": 0.01, "momentum": 0.0}
METHODS = {
    "sgd": {},
    "sgd mse": {"loss": "mse"},
    "sgd decay": {"weight_decay": 0.01},
    "adam": ADAM,
    "adam mse": ADAM | {"loss": "mse"},
    "adam cosine decay": ADAM
    | {"learning_rate_schedule": "cosine", "weight_decay": 0.01},
}
each_method = pytest.mark.parametrize("method", METHODS)
ROUNDING = {"rtol": 2e-4, "atol": 2e-5}
"""What float32 leaves after 50 steps; Adam divides small gradients by their size."""


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


def plain_network(hidden):
    return lambda streams: MLP(streams, 6, hidden, 3)


def residual_network(hidden):
    return lambda streams: ResidualMLP(streams, 6, hidden, 3)


two_layers = plain_network((7, 21))


def train(
    step, replicas=(0, 4, 9), build=two_layers, own_samples=False, sparsity=None,
    **changes,
):  # fmt: skip
    """Return the history and the trained parameters, as arrays [R, ...]."""
    streams = Streams(1, "dense", replicas)
    model = build(streams)
    masks = None
    if sparsity is not None:
        vectors = masking.vectors(model).items()
        masks = {n: masking.magnitude_mask(v, sparsity) for n, v in vectors}
    history = optimise(
        model, data_of(replicas, own_samples), Protocol(**SGD | changes), streams,
        step=step, masks=masks,
    )  # fmt: skip
    assert_padding_is_zero(model)
    if masks is not None:
        for name, vector in masking.vectors(model).items():
            assert not vector[~masks[name]].any()
    return history | {n: p.numpy() for n, p in model.plain_parameters().items()}


def assert_padding_is_zero(model):
    stored = sum(p[: model.replicas].count_nonzero() for p in model.parameters())
    true = sum(p.count_nonzero() for p in model.plain_parameters().values())
    assert stored == true <= model.replicas * parameter_count(model)


def assert_agree(**changes):
    expected, found = train(AutogradStep, **changes), train(DenseStep, **changes)
    assert found.keys() == expected.keys()
    for name, values in expected.items():
        assert found[name].dtype == values.dtype
        np.testing.assert_allclose(found[name], values, **ROUNDING, err_msg=name)


@each_method
@pytest.mark.parametrize(
    "build",
    [
        plain_network((1,)),
        plain_network((100,)),
        plain_network((16, 33, 2)),
        residual_network(1),
        residual_network(40),
    ],
    ids=["1", "100", "16-33-2", "residual 1", "residual 40"],
)
def test_agrees_with_autograd_up_to_rounding(method, build):
    assert_agree(build=build, **METHODS[method])


@pytest.mark.parametrize(
    "changes",
    [
        {"own_samples": True},
        {"momentum": 0.0},
        {"batch_size": None},
        {"batch_size": 37, "batch_order": "sequential"},
        {"steps": 0},
        {"replicas": (5,)},
        {"build": plain_network(())},
    ],
    ids=lambda changes: " ".join(changes),
)
def test_agrees_with_autograd_in_other_circumstances(changes):
    assert_agree(**changes)


@each_method
@pytest.mark.parametrize("build", [plain_network((9, 9)), residual_network(21)])
def test_masks_leave_survivors_only(method, build):
    assert_agree(build=build, sparsity=0.6, **METHODS[method])


@each_method
@pytest.mark.parametrize(
    "build",
    [
        plain_network((2, 2)),
        plain_network((61,)),
        plain_network((300, 300)),
        residual_network(50),
    ],
    ids=["2-2", "61", "300-300", "residual 50"],
)
@pytest.mark.parametrize("own_samples", [False, True])
def test_a_replica_has_the_same_bits_in_any_group_and_place(method, build, own_samples):
    settings = {"build": build, "own_samples": own_samples, "steps": 12}
    settings |= METHODS[method]
    alone = train(DenseStep, (4,), **settings)
    for group in ((4, 1), (0, 9, 4), (7, 4, 6, 5, 3)):
        together = train(DenseStep, group, **settings)
        for name in alone.keys() - {"step"}:
            own = together[name][group.index(4)]
            np.testing.assert_array_equal(
                own, alone[name][0], err_msg=f"{group} {name}"
            )
        assert len(np.unique(together["train_loss"][:, -1])) == len(group)


def logits_and_labels():
    rng = torch.Generator().manual_seed(0)
    logits = torch.randn(3, 8, 5, generator=rng, dtype=torch.float64)
    return logits.requires_grad_(), torch.randint(5, (3, 8), generator=rng)


def test_cross_entropy_and_gradient_are_those_of_pytorch():
    logits, y = logits_and_labels()
    expected = torch.stack(
        [functional.cross_entropy(*member) for member in zip(logits, y, strict=True)]
    )
    expected.sum().backward()
    losses, grad = cross_entropy(logits.detach(), y)
    torch.testing.assert_close(losses, expected.detach())
    torch.testing.assert_close(grad, logits.grad)


@pytest.mark.parametrize("loss", ["cross_entropy", "mse"])
def test_padded_classes_have_no_part_in_loss_and_gradient(loss):
    logits, y = logits_and_labels()
    y = y.clamp(max=2)
    padded = logits.detach().clone()
    padded[..., 3:] = 0
    mask = padding_mask(padded[:1, :1], 3)
    losses, grad = losses_and_gradient(padded.clone(), y, loss, mask, 3)
    true = logits.detach()[..., :3].clone().requires_grad_()
    targets = functional.one_hot(y, 3).to(true.dtype)
    expected = [
        functional.cross_entropy(z, labels)
        if loss == "cross_entropy"
        else functional.mse_loss(z, target)
        for z, labels, target in zip(true, y, targets, strict=True)
    ]
    torch.stack(expected).sum().backward()
    torch.testing.assert_close(losses, torch.stack(expected).detach())
    torch.testing.assert_close(grad[..., :3], true.grad)
    assert not grad[..., 3:].any()


def test_a_step_returns_the_losses_before_it():
    history = train(DenseStep, batch_size=None, evaluate_every=1, steps=4)
    streams = Streams(1, "dense", (0, 4, 9))
    update = DenseStep(MLP(streams, 6, (7, 21), 3), Protocol(**SGD))
    data = data_of(streams.replicas)
    losses = [update(number, data.x, data.y).numpy() for number in range(5)]
    np.testing.assert_allclose(np.stack(losses, 1), history["train_loss"], rtol=1e-5)


def test_a_lone_replica_has_one_loss():
    streams = Streams(1, "dense", (3,))
    update = DenseStep(MLP(streams, 6, (7,), 3), Protocol(**SGD))
    data = data_of(streams.replicas)
    assert update(0, data.x, data.y).shape == (1,)


@pytest.mark.parametrize("every", [1, 60])
def test_the_first_loss_that_is_not_finite_has_its_replica_and_step(every):
    losses = {}
    for step in (AutogradStep, DenseStep):
        with pytest.raises(NonFiniteLoss) as caught:
            train(step, learning_rate=1e30, steps=60, evaluate_every=every)
        losses[step] = (caught.value.replica, caught.value.step)
    assert losses[AutogradStep] == losses[DenseStep]
    assert 0 < losses[DenseStep][1] < 5


def test_a_broken_network_is_seen_when_it_is_evaluated():
    def broken(streams):
        model = plain_network((7,))(streams)
        with torch.no_grad():
            model.layers[0].bias[1] = torch.nan
        return model

    with pytest.raises(NonFiniteLoss, match=r"replica 4.*step 0"):
        train(DenseStep, build=broken, steps=0)


def test_other_models_are_refused():
    with pytest.raises(ValueError, match="dense networks"):
        DenseStep(CNN(Streams(1, "dense", (0, 1)), 3), Protocol(**SGD))
