"""Masks come back from the order of pruning."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from scaling_down.engine.masks import vectors
from scaling_down.engine.models.mlp import ResidualMLP
from scaling_down.engine.streams import Streams
from scaling_down.experiments.lottery.tickets import (
    last_survived,
    layer_sizes,
    masks_of_place,
    masks_of_round,
)

SIZES = {"first": 7, "second": 5}


def nested_masks(seed, rounds):
    """Return masks of two replicas and two layers, each within the one before."""
    rng = np.random.default_rng(seed)
    kept = {n: rng.integers(0, rounds + 2, (2, size)) for n, size in SIZES.items()}
    return [
        {name: torch.from_numpy(order > place) for name, order in kept.items()}
        for place in range(rounds)
    ]


@given(st.integers(0, 99), st.integers(1, 100), st.booleans())
def test_nested_masks_come_back(seed, rounds, goes_on):
    masks = nested_masks(seed, rounds + 1)
    worn, following = masks[:rounds], masks[rounds] if goes_on else None
    kept = last_survived(worn, following)
    assert kept.dtype == np.int8
    block = {"last_survived": kept, "round": np.arange(10, 10 + rounds)[None]}
    for place, expected in enumerate(worn):
        found = masks_of_place(block, place, SIZES)
        assert all(torch.equal(found[n], expected[n]) for n in SIZES)
        found = masks_of_round(block, 10 + place, SIZES)
        assert all(torch.equal(found[n], expected[n]) for n in SIZES)
    if following is not None:
        found = masks_of_place(block, rounds, SIZES)
        assert all(torch.equal(found[n], following[n]) for n in SIZES)


def test_a_round_of_another_block_is_refused():
    block = {"last_survived": np.zeros((2, 12), np.int8), "round": np.array([[3, 4]])}
    with pytest.raises(ValueError, match="unpack"):
        masks_of_round(block, 5, SIZES)


def test_layer_sizes_are_those_of_the_papers_network():
    sizes = layer_sizes(40, 500)
    assert list(sizes.values()) == [20_500, 250_500, 5_010]
    model = ResidualMLP(Streams(0, "lottery", (0,)), 40, 500)
    assert {name: v.shape[1] for name, v in vectors(model).items()} == sizes
