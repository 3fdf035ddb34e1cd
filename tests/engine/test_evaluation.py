import numpy as np
import torch

from scaling_down.engine import evaluation
from scaling_down.engine.data import Data, Samples
from scaling_down.engine.evaluation import accuracy_by_class, evaluate
from scaling_down.engine.models.logistic import Logistic
from scaling_down.engine.protocol import Protocol
from scaling_down.engine.streams import Streams
from scaling_down.engine.training import optimise

STREAMS = Streams(1, "evaluation", (0, 1))
RNG = np.random.default_rng(0)
X, Y = RNG.normal(size=(450, 40)), RNG.integers(9, size=450)


def data():
    return Data.from_arrays(X[:50], Y[:50], X[50:90], Y[50:90], fresh=(X, Y))


def test_accuracies_by_class_are_counts_over_counts():
    model, fresh = Logistic(STREAMS), data().fresh
    overall, by_class = accuracy_by_class(model, fresh)
    predicted = model(fresh.x).argmax(2).numpy()
    for replica in range(2):
        right = predicted[replica] == Y
        assert overall[replica] == right.mean()
        for digit in range(9):
            assert by_class[replica, digit] == right[digit == Y].mean()
    assert np.isnan(by_class[:, 9]).all()  # a class without a sample
    np.testing.assert_array_equal(overall, evaluate(model, fresh.x, fresh.y)[1])


def test_samples_are_evaluated_in_any_portions(monkeypatch):
    model, fresh = Logistic(STREAMS), data().fresh
    whole = accuracy_by_class(model, fresh)
    monkeypatch.setattr(evaluation, "SAMPLES_AT_ONCE", 70)
    for one, other in zip(whole, accuracy_by_class(model, fresh), strict=True):
        np.testing.assert_array_equal(one, other)


def test_replicas_may_have_samples_of_their_own():
    model, fresh = Logistic(STREAMS), data().fresh
    own = Samples(torch.cat([fresh.x, fresh.x.flip(1)]), torch.cat([fresh.y] * 2))
    overall, _ = accuracy_by_class(model, own)
    assert overall[0] == accuracy_by_class(model, fresh)[0][0]
    flipped = Samples(fresh.x.flip(1), fresh.y)
    assert overall[1] == accuracy_by_class(model, flipped)[0][1]


def test_the_final_networks_are_evaluated_on_fresh_samples():
    protocol = Protocol(
        optimizer="adam", learning_rate=0.01, steps=7, batch_size=10,
        batch_order="sequential", evaluate_every=5,
    )  # fmt: skip
    model, given = Logistic(STREAMS), data()
    history = optimise(model, given, protocol, STREAMS)
    overall, by_class = accuracy_by_class(model, given.fresh)
    np.testing.assert_array_equal(history["test_accuracy_population"], overall)
    np.testing.assert_array_equal(history["class_accuracy_population"], by_class)
