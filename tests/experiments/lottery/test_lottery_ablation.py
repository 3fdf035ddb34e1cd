"""Tickets trained again: on moved positions, or with new initial weights."""

import numpy as np
import torch
from small_lottery import HIDDEN, INPUTS, SIZES, SPARSITIES, STREAMS, arm, unpacked

from scaling_down.engine.models.mlp import ResidualMLP
from scaling_down.experiments.dataset.samples import reordered
from scaling_down.experiments.lottery.compute import ablation
from scaling_down.experiments.lottery.tickets import (
    layer_sizes,
    narrow_hidden,
    random_masks,
)


def trained_by(monkeypatch, *arguments, **named):
    """Return the network that an arm trains, and its masks."""
    seen = []

    def spy(model, data, *others, masks, **more):
        seen.append((model, masks or {}))
        return {}

    monkeypatch.setattr(ablation, "optimise", spy)
    arm(*arguments, **named)
    ((model, masks),) = seen
    return model, masks


def worn_by(monkeypatch, *arguments, **named):
    return trained_by(monkeypatch, *arguments, **named)[1]


def test_a_ticket_wears_the_magnitude_mask_of_its_round(monkeypatch, magnitude):
    worn = worn_by(monkeypatch, "lottery", block=magnitude)
    layers = unpacked(magnitude)[3]
    assert worn.keys() == layers.keys()
    assert all(torch.equal(worn[name], layers[name]) for name in layers)


def test_a_random_ticket_wears_the_mask_that_its_round_wore(monkeypatch):
    worn = worn_by(monkeypatch, "random")
    expected = random_masks(STREAMS, SIZES, 3, SPARSITIES[3], "fresh")
    assert all(torch.equal(worn[name], expected[name]) for name in expected)


def test_the_dense_arm_begins_as_the_rounds_do_and_other_weights_differ():
    model = ResidualMLP(STREAMS, inputs=INPUTS, hidden=HIDDEN)
    for weights, same in (("original", True), ("reinitialised", False)):
        streams = ablation.weight_streams(weights, STREAMS)
        other = ResidualMLP(streams, inputs=INPUTS, hidden=HIDDEN)
        assert torch.equal(model.first.vector(), other.first.vector()) == same
    renewed = arm(weights="reinitialised")
    assert not np.array_equal(renewed["test_loss"], arm()["test_loss"])


def test_the_arms_differ(magnitude):
    arms = [arm(), arm("lottery", block=magnitude), arm("random")]
    arms.append(arm(positions="shuffled"))
    finals = {tuple(one["test_loss"][:, -1]) for one in arms}
    assert len(finals) == len(arms)


def test_positions_are_reordered_as_named():
    def order(positions, length=40):
        return ablation.position_order(positions, STREAMS, length)

    x = np.random.default_rng(0).normal(size=(3, 40))
    pieces = [x[:, 20:30], x[:, 30:40], x[:, :10], x[:, 10:20]]
    chunked = reordered(x, order("chunked"))
    assert np.array_equal(chunked, np.concatenate(pieces, axis=1))
    assert np.array_equal(reordered(x, order("flipped")), x[:, ::-1])
    assert np.array_equal(reordered(x, order("plain")), x)
    orders = order("shuffled")
    shuffled = reordered(x, orders)
    assert shuffled.shape == (2, 3, 40)
    for replica in range(2):
        assert np.array_equal(np.sort(orders[replica]), np.arange(40))
        assert np.array_equal(shuffled[replica, 1], x[1, orders[replica]])
    assert not np.array_equal(orders[0], orders[1])


def margins(mask, units):
    weights, biases = mask[:-units].reshape(units, -1), mask[-units:, None]
    matrix = np.concatenate([weights, biases], axis=1)
    return matrix.sum(axis=0).tolist(), matrix.sum(axis=1).tolist()


def test_a_matched_ticket_has_the_margins_of_the_magnitude_mask(monkeypatch, magnitude):
    worn = worn_by(monkeypatch, "matched", block=magnitude)
    layers = unpacked(magnitude)[3]
    units = {"first": HIDDEN, "second": HIDDEN, "third": 10}
    for name, count in units.items():
        for drawn, given in zip(worn[name].numpy(), layers[name].numpy(), strict=True):
            assert margins(drawn, count) == margins(given, count)
    assert not torch.equal(worn["first"], layers["first"])


def test_the_narrow_network_is_dense_and_as_large_as_the_ticket(monkeypatch):
    # 1,657 + 20,243 + 405 weights of the published ticket
    sizes = [sum(layer_sizes(40, width).values()) for width in (125, 126, 127)]
    assert narrow_hidden(40, 500, 91 / 99) == 126
    assert min(abs(size - 22_305) for size in sizes) == abs(sizes[1] - 22_305)
    model, masks = trained_by(monkeypatch, "narrow")
    assert masks == {}
    assert model.first.outputs == narrow_hidden(INPUTS, HIDDEN, SPARSITIES[3])
    assert model.first.outputs < HIDDEN


def test_weight_decay_and_training_sets_of_their_own_change_what_is_learnt():
    plain = arm()
    decayed, own = arm(weight_decay=0.1), arm(training_sets="own")
    np.testing.assert_array_equal(plain["test_loss"][:, 0], decayed["test_loss"][:, 0])
    assert (plain["test_loss"][:, -1] != decayed["test_loss"][:, -1]).all()
    assert (plain["test_loss"][:, 0] != own["test_loss"][:, 0]).all()
