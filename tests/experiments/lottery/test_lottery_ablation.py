"""Tickets trained again: on moved positions, or with new initial weights."""

import numpy as np
import torch
from small_lottery import HIDDEN, INPUTS, SIZES, SPARSITIES, STREAMS, arm, unpacked

from scaling_down.engine.models.mlp import ResidualMLP
from scaling_down.experiments.lottery.compute import ablation
from scaling_down.experiments.lottery.tickets import random_masks


def worn_by(monkeypatch, *arguments, **named):
    worn = {}

    def spy(model, data, *others, masks, **more):
        worn.update(masks)
        return {}

    monkeypatch.setattr(ablation, "optimise", spy)
    arm(*arguments, **named)
    return worn


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
    chunked = ablation.reordered(x, order("chunked"))
    assert np.array_equal(chunked, np.concatenate(pieces, axis=1))
    assert np.array_equal(ablation.reordered(x, order("flipped")), x[:, ::-1])
    assert np.array_equal(ablation.reordered(x, order("plain")), x)
    orders = order("shuffled")
    shuffled = ablation.reordered(x, orders)
    assert shuffled.shape == (2, 3, 40)
    for replica in range(2):
        assert np.array_equal(np.sort(orders[replica]), np.arange(40))
        assert np.array_equal(shuffled[replica, 1], x[1, orders[replica]])
    assert not np.array_equal(orders[0], orders[1])
