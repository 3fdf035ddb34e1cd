"""How the survivors of the first layer lie, beside exact chance and permutations."""

from math import comb

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from small_lottery import HIDDEN, INPUTS, SIZES, SPARSITIES, STREAMS, job, unpacked

from scaling_down.experiments.lottery import adjacency as lying
from scaling_down.experiments.lottery.compute import masks as looking
from scaling_down.experiments.lottery.settings import Masks
from scaling_down.experiments.lottery.tickets import random_masks

MASKS = arrays(np.bool_, (12, 7))


def test_runs_worked_out_by_hand():
    mask = np.array([[1, 1, 1, 1, 0, 1], [0, 1, 1, 0, 1, 1]], dtype=bool)
    # Three pairs, two triples and one four; then two pairs. The ends do not meet.
    assert lying.runs(mask, 2).tolist() == [3, 2]
    assert lying.adjacency(mask) == pytest.approx([2.5 / 6, 1 / 6, 0.5 / 6])


def every_mask(shape, survivors):
    """Return all masks of a shape with so many survivors."""
    n = shape[0] * shape[1]
    words = np.arange(2**n)
    bits = (words[:, None] >> np.arange(n) & 1).astype(bool)
    return bits[bits.sum(axis=1) == survivors].reshape(-1, *shape)


@pytest.mark.parametrize("survivors", [0, 1, 4, 9, 12])
def test_the_uniform_expectation_is_the_mean_over_all_masks(survivors):
    masks = every_mask((2, 6), survivors)
    assert len(masks) == comb(12, survivors)
    expected = lying.expected_uniform(masks[0])
    assert lying.adjacency(masks).mean(axis=0) == pytest.approx(expected)


def test_chance_at_the_papers_density_is_that_of_its_figure():
    mask = np.zeros((500, 40), bool)
    mask.flat[: round(0.0808 * mask.size)] = True
    expected = lying.expected_uniform(mask)
    assert np.round(expected, 4).tolist() == [0.0064, 0.0005, 0.0]


@given(MASKS, st.integers(0, 2**32 - 1))
def test_permuted_masks_have_the_expectation_at_each_inputs_density(mask, seed):
    null = lying.permuted_adjacency(mask, 60, np.random.default_rng(seed))
    expected = lying.expected_by_input(mask)
    error = null.std(axis=0) / np.sqrt(len(null))
    assert (np.abs(null.mean(axis=0) - expected) <= 6 * error + 0.01).all()


def test_co_survival_worked_out_by_hand():
    mask = np.array([[1, 1, 0], [1, 1, 0], [0, 0, 1], [0, 0, 1]], dtype=bool)
    # Both keep 2 of 4 units, in common 2, 1 expected, with variance 1/3.
    pairs = lying.co_survival(mask)
    assert pairs[0, 1] == pytest.approx(np.sqrt(3))
    assert pairs[1, 2] == pytest.approx(-np.sqrt(3))
    assert lying.by_distance(pairs) == pytest.approx([0, -np.sqrt(3)])


def spatial_mask(rng, units=200, inputs=20):
    """Units that each keep one window of four inputs, and some that keep nothing."""
    starts = rng.integers(0, inputs - 3, units)
    places = np.arange(inputs)
    mask = (places >= starts[:, None]) & (places < starts[:, None] + 4)
    return mask & (rng.random((units, 1)) < 0.7)


def test_the_permutation_tests_find_windows_and_not_mere_density():
    rng = np.random.default_rng(5)
    mask = spatial_mask(rng)
    found = looking.analysed(mask, 199, rng)
    assert (found["p"] == 1 / 200).all()
    assert found["neighbours_p"] == 1 / 200
    density = np.linspace(0, 1, 20) ** 2
    uneven = rng.random((200, 20)) < density
    nothing = looking.analysed(uneven, 199, rng)
    assert (nothing["adjacency"] > 1.5 * nothing["expected_uniform"]).all()
    assert (nothing["p"] > 0.02).all()


def test_units_of_unequal_size_do_not_look_like_space_once_inputs_move():
    rng = np.random.default_rng(6)
    mask = rng.random((300, 20)) < rng.choice([0.02, 0.5], (300, 1))
    found = looking.analysed(mask, 199, rng)
    assert (found["p"] == 1 / 200).all()
    assert found["neighbours_p"] > 0.02


def test_the_permutation_tests_p_values_are_uniform_without_structure():
    rng = np.random.default_rng(7)
    masks = rng.random((200, 15, 8)) < 0.4
    found = [looking.analysed(mask, 39, rng) for mask in masks]
    for name in ("p", "neighbours_p"):
        small = np.mean([np.atleast_1d(one[name])[0] <= 0.25 for one in found])
        assert 0.12 < small < 0.36, name


@pytest.mark.parametrize("criterion", ["magnitude", "random"])
def test_the_analysis_looks_at_the_rounds_own_mask(criterion, magnitude):
    random = criterion == "random"
    settings = Masks(
        criterion=criterion, round=2, sparsity=SPARSITIES[2], inputs=INPUTS,
        hidden=HIDDEN, permutations=9, random_masks="fresh" if random else None,
    )  # fmt: skip
    masks = unpacked(magnitude)[2]
    if random:
        masks = random_masks(STREAMS, SIZES, 2, SPARSITIES[2], "fresh")
    found = looking.compute(job(settings, {} if random else {"block": magnitude}))
    first = masks["first"].numpy()
    weights = first[:, : HIDDEN * INPUTS].reshape(2, HIDDEN, INPUTS)
    assert np.array_equal(found["mask"], weights)
    assert found["empty_units"].tolist() == (~weights.any(2)).sum(1).tolist()
    assert all(np.isfinite(array).all() for array in found.values())
