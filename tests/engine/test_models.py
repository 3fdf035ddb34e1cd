import numpy as np
import pytest
import torch

from scaling_down.engine.layers import parameter_count
from scaling_down.engine.models.cnn import CNN
from scaling_down.engine.models.gru import BiGRU
from scaling_down.engine.models.logistic import Logistic
from scaling_down.engine.models.mlp import MLP, ResidualMLP
from scaling_down.engine.plain import plain
from scaling_down.engine.process import prepare
from scaling_down.engine.streams import Streams

STREAMS = Streams(7, "models", (0, 1, 2))
MODELS = {
    "logistic": Logistic,
    "residual mlp": ResidualMLP,
    "mlp 7": lambda s, **kw: MLP(s, hidden=[7], **kw),
    "mlp 47": lambda s, **kw: MLP(s, hidden=[47, 47], **kw),
    "mlp 64": lambda s, **kw: MLP(s, hidden=[64, 32, 16], **kw),
    "cnn 25": CNN,
    "cnn 3": lambda s, **kw: CNN(s, channels=3, **kw),
    "cnn 16": lambda s, **kw: CNN(s, channels=16, **kw),
    "gru 6": BiGRU,
    "gru 5": lambda s, **kw: BiGRU(s, hidden=5, **kw),
}


@pytest.fixture(autouse=True)
def process():
    torch.set_num_threads(1)
    yield
    torch.set_flush_denormal(False)


def assert_close(actual, expected):
    torch.testing.assert_close(actual, expected, rtol=1e-4, atol=2e-6)


def gradients_by_plain_name(model):
    """The gradients, laid out like the plain parameters."""
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.copy_(parameter.grad)
    return model.plain_parameters()


def check_against_plain(model, x):
    logits = model(x)
    weights = torch.randn(logits.shape)
    references = [plain(model, r) for r in range(model.replicas)]
    (logits * weights).sum().backward()
    gradients = gradients_by_plain_name(model)
    for r, reference in enumerate(references):
        expected = reference(x[r if len(x) > 1 else 0])
        assert_close(logits[r], expected)
        (expected * weights[r]).sum().backward()
        for name, parameter in reference.named_parameters():
            assert parameter.grad.abs().max() > 0, name
            assert_close(gradients[name][r], parameter.grad)


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize("shared", [True, False])
def test_logits_and_gradients_equal_those_of_a_plain_module(name, shared):
    torch.manual_seed(0)
    x = torch.randn(1 if shared else 3, 23, 40)
    check_against_plain(MODELS[name](STREAMS), x)


@pytest.mark.parametrize("name", MODELS)
def test_a_lone_replica_equals_a_plain_module(name):
    torch.manual_seed(0)
    check_against_plain(MODELS[name](Streams(7, "models", (5,))), torch.randn(1, 9, 40))


@pytest.mark.parametrize("name", MODELS)
def test_other_numbers_of_inputs_and_classes(name):
    torch.manual_seed(0)
    model = MODELS[name](STREAMS, inputs=29, classes=3)
    check_against_plain(model, torch.randn(3, 8, 29))


@pytest.mark.parametrize("name", MODELS)
def test_columns_past_the_inputs_are_ignored(name):
    model, x = MODELS[name](STREAMS), torch.randn(3, 8, 40)
    assert torch.equal(model(torch.nn.functional.pad(x, (0, 8))), model(x))


@pytest.mark.parametrize(
    ("model", "count"),
    [
        (Logistic(STREAMS), 410),
        (ResidualMLP(STREAMS), 15_210),
        (CNN(STREAMS), 5_210),
        (BiGRU(STREAMS), 5_134),
        (ResidualMLP(STREAMS, hidden=500), 276_010),
        (MLP(STREAMS, hidden=[190]), 51 * 190 + 10),
        (MLP(STREAMS, hidden=[47, 47]), 4_663),
        (CNN(STREAMS, channels=22), 6 * 22**2 + 58 * 22 + 10),
    ],
    ids=lambda value: type(value).__name__,
)
def test_parameter_counts_are_those_of_the_paper(model, count):
    assert parameter_count(model) == count
    assert sum(p.numel() for p in plain(model, 1).parameters()) == count


BOUNDS = {
    "mlp 47": {"layers.0": 40, "layers.1": 47, "layers.2": 47},
    "cnn 25": {"conv1": 5, "conv2": 75, "conv3": 75, "linear": 125},
    "gru 6": {"gru": 6, "linear": 480},
}


@pytest.mark.parametrize("name", BOUNDS)
def test_initial_weights_are_uniform_within_pytorchs_bounds(name):
    model = MODELS[name](Streams(7, "models", tuple(range(20))))
    for parameter, values in model.plain_parameters().items():
        fan_in = BOUNDS[name][parameter.rsplit(".", 1)[0]]
        scaled = values.flatten().double() * fan_in**0.5
        assert scaled.abs().max() <= 1 + 1e-6, parameter
        assert abs(scaled.std() - 3**-0.5) < 4 / len(scaled) ** 0.5, parameter
        assert abs(scaled.mean()) < 4 / len(scaled) ** 0.5, parameter


@pytest.mark.parametrize("name", MODELS)
def test_initial_weights_depend_on_the_replicas_own_key_alone(name):
    def parameters(*replicas, root=7):
        return MODELS[name](Streams(root, "models", replicas)).plain_parameters()

    group, alone, other = parameters(2, 0, 1), parameters(0), parameters(0, root=8)
    for key, values in group.items():
        assert torch.equal(values[1], alone[key][0])
        assert not torch.equal(values[1], values[0])
        assert not torch.equal(alone[key], other[key])
    drawn = [values[1].flatten()[:4] for values in group.values()]
    scaled = [(values / values.abs().max()).tolist() for values in drawn]
    assert len({tuple(np.round(values, 4)) for values in scaled}) == len(scaled)


def test_prepare_takes_one_thread_on_the_cpu():
    assert prepare("cpu") == torch.device("cpu")
    assert torch.get_num_threads() == 1


def test_prepare_refuses_an_unknown_device():
    with pytest.raises(ValueError, match="'tpu' is not one of"):
        prepare("tpu")


def test_prepare_says_where_there_is_no_gpu(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert prepare("auto") == torch.device("cpu")
    with pytest.raises(ValueError, match="finds no GPU"):
        prepare("cuda")
