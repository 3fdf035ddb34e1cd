"""The networks of later work and those with PReLU, against PyTorch's own layers."""

import numpy as np
import pytest
import torch
from torch.nn import functional

from scaling_down.engine.activations import PReLU
from scaling_down.engine.convolutions import BatchNorm, Convolution
from scaling_down.engine.data import Data
from scaling_down.engine.layers import parameter_count
from scaling_down.engine.models.averaged import TCN, DilatedCNN, ResNet
from scaling_down.engine.models.prelu import PReLUCNN, PReLUMLP
from scaling_down.engine.plain import plain
from scaling_down.engine.process import prepare
from scaling_down.engine.protocol import Protocol
from scaling_down.engine.steps.normalised import NormalisedStep
from scaling_down.engine.streams import Streams
from scaling_down.engine.training import optimise

STREAMS = Streams(7, "averaged", (0, 1, 2))
MODELS = {
    "dense": lambda s: PReLUMLP(s, (24, 17)),
    "cnn": lambda s: PReLUCNN(s, 7),
    "dilated": lambda s: DilatedCNN(s, 7),
    "resnet": lambda s: ResNet(s, 7),
    "tcn": lambda s: TCN(s, 7),
}


@pytest.fixture(autouse=True)
def process():
    """Train as a job does, and leave the process as it was."""
    prepare("cpu")
    yield
    torch.set_flush_denormal(False)


def draw(*shape, seed=0):
    return torch.from_numpy(np.random.default_rng(seed).normal(size=shape)).float()


@pytest.mark.parametrize("model", [DilatedCNN, ResNet, TCN])
def test_sizes_are_about_the_published_ones(model):
    counts = {DilatedCNN: 25_290, ResNet: 25_866, TCN: 22_250}
    assert parameter_count(model(STREAMS)) == counts[model]


@pytest.mark.parametrize("name", MODELS)
def test_logits_and_gradients_are_those_of_plain_pytorch(name):
    model = MODELS[name](STREAMS)
    x = draw(3, 11, 48)
    logits, weights = model(x), draw(3, 11, 10, seed=1)
    references = [plain(model, r) for r in range(3)]
    (logits * weights).sum().backward()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.copy_(parameter.grad)
    gradients = model.plain_parameters()
    for r, reference in enumerate(references):
        expected = reference(x[r, :, :40])
        torch.testing.assert_close(logits[r], expected, rtol=1e-3, atol=1e-5)
        (expected * weights[r]).sum().backward()
        for key, parameter in reference.named_parameters():
            # A bias in front of batch normalisation has no effect, so rounding alone.
            torch.testing.assert_close(
                gradients[key][r], parameter.grad, rtol=1e-3, atol=2e-4
            )


def trained(name, replicas):
    streams = Streams(1, "invariance", replicas)
    x, y = draw(123, 40, seed=2).numpy(), np.arange(123) % 10
    data = Data.from_arrays(x, y, x[:61], y[:61])
    model = MODELS[name](streams)
    protocol = Protocol(
        optimizer="adam", learning_rate=0.01, steps=9, batch_size=37, weight_decay=1e-3,
        batch_order="shuffled", evaluate_every=3,
    )  # fmt: skip
    history = optimise(model, data, protocol, streams, step=NormalisedStep)
    state = {n: v[: len(replicas)].numpy() for n, v in model.state_dict().items()}
    return history | state


@pytest.mark.parametrize("name", MODELS)
def test_a_replica_has_the_same_bits_in_any_company(name):
    alone = trained(name, (3,))
    for group in ((3, 5), (8, 7, 6, 4, 3)):
        together = trained(name, group)
        for key, values in together.items():
            np.testing.assert_array_equal(values[group.index(3)], alone[key][0], key)
        assert len(np.unique(together["train_loss"][:, -1])) == len(group)


def test_padding_stays_zero_in_training():
    model = MODELS["resnet"](Streams(1, "p", (0, 1)))
    x, y = draw(60, 40).numpy(), np.arange(60) % 10
    protocol = Protocol(
        optimizer="adam", learning_rate=0.01, steps=4, batch_size=20, weight_decay=0.1,
        batch_order="sequential", evaluate_every=4,
    )  # fmt: skip
    data = Data.from_arrays(x, y, x, y)
    optimise(model, data, protocol, Streams(1, "p", (0, 1)), step=NormalisedStep)
    for name, values in model.state_dict().items():
        width = 10 if name.startswith("linear") else 7
        assert (values[..., width:] == 0).all(), name


def test_a_causal_convolution_sees_no_later_position():
    for causal in (True, False):
        conv = Convolution(STREAMS, "c", 7, 7, dilation=4, causal=causal)
        x = draw(3, 2, 40, 16)
        changed = x.clone()
        changed[:, :, 20] += 1
        differs = (conv(x) != conv(changed)).any(3).flatten(0, 1).any(0).nonzero()
        expected = [20, 24, 28] if causal else [16, 20, 24]
        assert differs.flatten().tolist() == expected


def test_the_tcn_is_causal_up_to_its_average():
    model = TCN(STREAMS, 7)
    x = draw(3, 2, 40, 1)
    changed = x.clone()
    changed[:, :, 20:] += 1
    before, after = model.features(x), model.features(changed)
    assert before[:, :, :20].equal(after[:, :, :20])
    assert not before[:, :, 20:].equal(after[:, :, 20:])


def test_batch_normalisation_tests_with_running_averages():
    norm = BatchNorm(3, 7)
    reference = torch.nn.BatchNorm1d(7)
    for seed in range(3):
        x = draw(3, 20, 5, 16, seed=seed) * 2 + 1
        x[..., 7:] = 0
        plain_x = x[1, ..., :7].mT
        torch.testing.assert_close(norm(x)[1, ..., :7].mT, reference(plain_x))
    norm.eval()
    reference.eval()
    few = draw(3, 2, 5, 16, seed=9)
    tested = norm(few)[1, ..., :7].mT
    torch.testing.assert_close(tested, reference(few[1, ..., :7].mT))
    # One sample's answer does not depend on the others of its test batch.
    assert norm(few[:, :1]).equal(norm(few)[:, :1])


def test_evaluations_are_in_evaluation_mode_and_steps_in_training_mode():
    model = MODELS["resnet"](STREAMS)
    modes = []
    model.stem_norm.register_forward_hook(lambda m, _i, _o: modes.append(m.training))
    x, y = draw(20, 40).numpy(), np.arange(20) % 10
    protocol = Protocol(
        optimizer="adam", learning_rate=0.01, steps=2, batch_size=20,
        batch_order="sequential", evaluate_every=2,
    )  # fmt: skip
    data = Data.from_arrays(x, y, x, y)
    optimise(model, data, protocol, STREAMS, step=NormalisedStep)
    assert modes == [False, False, True, True, False, False]


def test_prelu_and_its_gradients_are_pytorchs():
    activation = PReLU(3)
    with torch.no_grad():
        activation.weight.copy_(torch.tensor([0.25, -0.5, 2.0]))
    x = draw(3, 5, 16).requires_grad_()
    upstream = draw(3, 5, 16, seed=1)
    (activation(x) * upstream).sum().backward()
    for r in range(3):
        own = x[r].detach().requires_grad_()
        slope = activation.weight[r : r + 1].detach().requires_grad_()
        expected = functional.prelu(own, slope)
        (expected * upstream[r]).sum().backward()
        torch.testing.assert_close(activation(x)[r], expected)
        torch.testing.assert_close(x.grad[r], own.grad)
        torch.testing.assert_close(activation.weight.grad[r : r + 1], slope.grad)
