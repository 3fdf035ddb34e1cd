"""A replica's result has the same bits in whatever company it trains."""

import numpy as np
import pytest
import torch

from scaling_down.engine import masks as masking
from scaling_down.engine.data import Data
from scaling_down.engine.history import METRICS
from scaling_down.engine.models.cnn import CNN
from scaling_down.engine.models.gru import BiGRU
from scaling_down.engine.models.logistic import Logistic
from scaling_down.engine.models.mlp import MLP, ResidualMLP
from scaling_down.engine.process import prepare
from scaling_down.engine.protocol import Protocol
from scaling_down.engine.streams import Streams
from scaling_down.engine.training import optimise

MODELS = {
    "logistic": Logistic,
    **{f"mlp {w}": lambda s, w=w: MLP(s, hidden=[w, w]) for w in (2, 3, 7, 21, 50)},
    **{f"residual {w}": lambda s, w=w: ResidualMLP(s, hidden=w) for w in (7, 50, 112)},
    **{f"cnn {w}": lambda s, w=w: CNN(s, channels=w) for w in (2, 7, 25)},
    **{f"gru {w}": lambda s, w=w: BiGRU(s, hidden=w) for w in (3, 6)},
}
ADAM = {"optimizer": "adam", "learning_rate": 1e-2}
SGD = {"optimizer": "sgd", "learning_rate": 1e-2, "momentum": 0.9}
PROTOCOLS = {
    "adam shuffled": ADAM | {"batch_size": 50, "batch_order": "shuffled"},
    "sgd sequential": SGD | {"batch_size": 50, "batch_order": "sequential"},
    "adam odd": ADAM | {"batch_size": 37, "batch_order": "sequential"},
    "sgd mse": SGD | {"batch_size": 37, "batch_order": "shuffled", "loss": "mse"},
}
GROUPS = [(3, 5), (5, 3), (8, 7, 6, 4, 3), (9, 0, 1, 2, 3, 4, 5, 6, 7, 8)]


@pytest.fixture(autouse=True)
def process():
    """Train as a job does, and leave the process as it was."""
    prepare("cpu")
    yield
    torch.set_flush_denormal(False)


def samples(seed, n, replicas=()):
    drawn = [np.random.default_rng((seed, r)).normal(size=(n, 40)) for r in replicas]
    x = np.stack(drawn) if drawn else np.random.default_rng(seed).normal(size=(n, 40))
    return x, np.abs(x).argmax(-1) // 4


def train(make, replicas, protocol, own_data=False, pruned=False):
    """Everything that training leaves behind of each replica, as arrays [R, ...]."""
    streams = Streams(1, "invariance", replicas)
    own = replicas if own_data else ()
    data = Data.from_arrays(*samples(0, 123, own), *samples(1, 61, own))
    model = make(streams)
    masks = masking.vectors(model) if pruned else {}
    masks = {name: masking.magnitude_mask(v, 0.4) for name, v in masks.items()}
    p = Protocol(steps=12, evaluate_every=6, **PROTOCOLS[protocol])
    history = optimise(model, data, p, streams, masks=masks)
    assert_padding_is_zero(model)
    trained = {name: v.numpy() for name, v in model.plain_parameters().items()}
    return {name: history[name] for name in METRICS} | trained


def assert_padding_is_zero(model):
    """The stored entries that are not zero are as many as the true parameters."""
    true = sum(p.count_nonzero() for p in model.plain_parameters().values())
    stored = sum(p[: model.replicas].count_nonzero() for p in model.parameters())
    assert stored == true


def assert_same_bits(make, protocol, **kwargs):
    alone = train(make, (3,), protocol, **kwargs)
    for group in GROUPS:
        together = train(make, group, protocol, **kwargs)
        place = group.index(3)
        for name, values in together.items():
            assert np.array_equal(values[place], alone[name][0]), (group, name)
            if name in ("train_loss", "test_loss"):
                assert len(np.unique(values[:, -1])) == len(group)


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize("name", MODELS)
def test_a_replica_has_the_same_bits_in_any_group_and_place(name, protocol):
    assert_same_bits(MODELS[name], protocol)


@pytest.mark.parametrize("name", ["mlp 7", "residual 112", "cnn 7", "gru 6"])
@pytest.mark.parametrize("protocol", ["adam shuffled", "adam odd"])
def test_the_same_holds_when_each_replica_has_its_own_samples(name, protocol):
    assert_same_bits(MODELS[name], protocol, own_data=True)


def test_the_same_holds_under_masks():
    assert_same_bits(MODELS["residual 50"], "adam odd", pruned=True)


def test_the_same_holds_at_the_width_of_the_lottery_tickets():
    assert_same_bits(lambda s: ResidualMLP(s, hidden=500), "adam shuffled")


def test_shared_and_repeated_samples_give_the_same_bits():
    streams = Streams(1, "invariance", (0, 1, 2))
    x, y = samples(0, 123)
    shared = Data.from_arrays(x, y, x, y)
    repeated = Data.from_arrays(np.stack([x] * 3), np.stack([y] * 3), x, y)
    for name in ("mlp 21", "cnn 7", "gru 6"):
        p = Protocol(steps=8, evaluate_every=8, **PROTOCOLS["adam odd"])
        histories = [
            optimise(MODELS[name](streams), data, p, streams)
            for data in (shared, repeated)
        ]
        for metric in METRICS:
            assert np.array_equal(histories[0][metric], histories[1][metric])


def test_weight_decay_keeps_the_padding_at_zero():
    streams = Streams(1, "invariance", (0,))
    data = Data.from_arrays(*samples(0, 40), *samples(1, 20))
    model = CNN(streams, channels=3)
    p = Protocol(
        steps=5,
        evaluate_every=5,
        weight_decay=0.1,
        **PROTOCOLS["adam odd"],
    )
    optimise(model, data, p, streams)
    assert_padding_is_zero(model)
    assert all(torch.isfinite(p).all() for p in model.parameters())
