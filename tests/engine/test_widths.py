import math

import numpy as np
import pytest
import torch

from scaling_down.engine.data import Data
from scaling_down.engine.history import METRICS
from scaling_down.engine.labels import noisy_labels
from scaling_down.engine.models.mlp import MLP
from scaling_down.engine.process import prepare
from scaling_down.engine.protocol import Protocol
from scaling_down.engine.streams import Streams
from scaling_down.engine.training import optimise
from scaling_down.engine.widths import train_widths

SGD = {
    "optimizer": "sgd",
    "learning_rate": 0.05,
    "momentum": 0.9,
    "steps": 12,
    "batch_size": 8,
    "batch_order": "shuffled",
    "evaluate_every": 5,
}
REPLICAS = (4, 0, 9)


def samples(n, seed):
    x = np.random.default_rng(seed).normal(size=(n, 6))
    x[:, 0] = np.arange(n) / n  # tells the samples apart
    return x, np.abs(x[:, 1:4]).argmax(axis=1)


def streams_of(replicas=REPLICAS):
    return Streams(1, "sweeps", replicas)


def data_of(streams):
    x, y = samples(40, 0)
    return Data.from_arrays(x, noisy_labels(streams, y, 0.3, 3), *samples(20, 1))


def train(widths, replicas=REPLICAS, network=MLP, progress=None, **changes):
    """Train dense networks of 6 inputs and 3 classes, in a process set up for it."""
    prepare("cpu")
    streams = streams_of(replicas)
    return train_widths(
        widths,
        lambda width: network(streams, 6, (width, width), 3),
        data_of(streams),
        Protocol(**SGD | changes),
        streams,
        progress=progress,
    )


def test_what_training_returns():
    arrays = train([3, 17])
    assert set(arrays) == {"width", "parameters", "step", *METRICS}
    for name, expected in {
        "width": [3, 17],
        # h^2 + 11 h + 3, worked out by hand
        "parameters": [45, 479],
        "step": [0, 5, 10, 12],
    }.items():
        assert arrays[name].dtype == np.int64
        assert arrays[name].tolist() == [expected] * 3
    for name in METRICS:
        assert arrays[name].dtype == np.float64
        assert arrays[name].shape == (3, 2, 4)
    assert (arrays["train_loss"][..., -1] < arrays["train_loss"][..., 0]).all()
    samples_right = 40 * arrays["train_accuracy"]
    np.testing.assert_allclose(samples_right, samples_right.round(), atol=1e-9)


def test_each_width_trains_as_it_does_alone():
    together = train([3, 17, 2])
    for place, width in enumerate([3, 17, 2]):
        alone = train([width])
        streams = streams_of()
        model = MLP(streams, 6, (width, width), 3)
        history = optimise(model, data_of(streams), Protocol(**SGD), streams)
        for name in METRICS:
            np.testing.assert_array_equal(together[name][:, place], history[name])
            np.testing.assert_array_equal(alone[name][:, 0], history[name])
        for name in ("width", "parameters"):
            np.testing.assert_array_equal(together[name][:, place], alone[name][:, 0])


@pytest.mark.parametrize("group", [(4,), (9, 4), (7, 0, 9)])
def test_each_replica_trains_as_it_does_in_other_company(group):
    together = train([2, 17])
    others = train([2, 17], group)
    for place, replica in enumerate(group):
        if replica in REPLICAS:
            own = REPLICAS.index(replica)
            for name, values in others.items():
                np.testing.assert_array_equal(values[place], together[name][own])
    final = together["train_loss"][..., -1]
    assert len(np.unique(final)) == final.size


class Attentive(MLP):
    """A network that notes the samples of its training batches, [R, B] a step."""

    met: list[np.ndarray] = []  # noqa: RUF012

    def stacked_logits(self, x):
        if torch.is_grad_enabled():
            self.met.append((x[..., 0].numpy() * 40).round().astype(int))
        return super().stacked_logits(x)


def met_samples(widths, replicas):
    """The samples in the order in which they are met: [widths, R, epochs, N]."""
    Attentive.met = []
    train(widths, replicas, Attentive, steps=15)
    met = np.stack(Attentive.met).reshape(len(widths), 3, 5, len(replicas), 8)
    return met.transpose(0, 3, 1, 2, 4).reshape(len(widths), len(replicas), 3, 40)


def test_batches_are_shuffled_for_each_replica_and_equal_for_all_widths():
    met = met_samples([2, 5], REPLICAS)
    np.testing.assert_array_equal(np.sort(met), np.broadcast_to(range(40), met.shape))
    np.testing.assert_array_equal(met[0], met[1])
    orders = met[0].reshape(9, 40)
    assert len(np.unique(orders, axis=0)) == 9
    for place, replica in enumerate(REPLICAS):
        alone = met_samples([5], (replica,))
        np.testing.assert_array_equal(alone[0, 0], met[0, place])


def test_a_step_too_long_is_an_error_with_width_replica_and_step():
    expected = r"^width 3, replica (4|0|9): the loss is not finite at step 1$"
    with pytest.raises(ArithmeticError, match=expected):
        train([3, 17], learning_rate=1e30)


class Spoilt(MLP):
    """A network whose second replica, at width 5, has a weight that is not finite."""

    def __init__(self, streams, inputs, hidden, classes):
        super().__init__(streams, inputs, hidden, classes)
        if hidden[0] == 5:
            with torch.no_grad():
                self.layers[2].bias[1] = self.value

    value = math.inf


@pytest.mark.parametrize("value", [math.inf, math.nan])
def test_the_error_names_the_width_and_the_replica(monkeypatch, value):
    monkeypatch.setattr(Spoilt, "value", value)
    expected = "^width 5, replica 0: the loss is not finite at step 0$"
    with pytest.raises(ArithmeticError, match=expected):
        train([3, 5, 2], network=Spoilt)


def test_progress_goes_from_nothing_to_all_over_the_widths():
    reports = []
    train([2, 3, 4], progress=lambda *report: reports.append(report), steps=120)
    done, totals = zip(*reports, strict=True)
    assert set(totals) == {360}
    assert (done[0], done[-1]) == (0, 360)
    assert list(done) == sorted(done)
    assert {120, 240} < set(done)
    assert len(set(done)) > 6
