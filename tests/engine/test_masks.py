import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from scaling_down.engine import masks as masking
from scaling_down.engine.data import Data
from scaling_down.engine.models.mlp import MLP, ResidualMLP
from scaling_down.engine.protocol import Protocol
from scaling_down.engine.streams import Streams
from scaling_down.engine.training import optimise

STREAMS = Streams(3, "masks", (0, 1, 2))
# Few distinct values, so that ties and zeros come up often.
SCORES = arrays(
    np.float32,
    st.tuples(st.integers(1, 3), st.integers(1, 30)),
    elements=st.sampled_from([-2.0, -1.0, -0.5, 0.0, 0.5, 1.0, 3.0]),
).map(torch.from_numpy)
SPARSITIES = st.floats(0, 1)


@pytest.fixture(autouse=True, scope="module")
def process():
    """Hypothesis draws floats with denormals on only, training sets them off."""
    torch.set_num_threads(1)
    torch.set_flush_denormal(False)


def training_data():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(64, 40))
    y = x[:, :10].argmax(1)
    return Data.from_arrays(x, y, x, y)


def adam(steps=20):
    return Protocol(
        optimizer="adam",
        learning_rate=2e-2,
        steps=steps,
        batch_size=16,
        batch_order="sequential",
        evaluate_every=steps,
    )


@given(SCORES, SPARSITIES)
def test_exactly_the_stated_fraction_survives_and_outranks_the_rest(scores, sparsity):
    mask = masking.magnitude_mask(scores, sparsity)
    n = scores.shape[1]
    assert (mask.sum(1) == n - int(n * sparsity)).all()
    for row, kept in zip(scores.abs(), mask, strict=True):
        if kept.any() and not kept.all():
            assert row[kept].min() >= row[~kept].max()


@given(SCORES, SPARSITIES, SPARSITIES, st.randoms())
def test_masks_of_growing_sparsity_are_nested_whatever_the_scores(
    scores, one, other, random
):
    low, high = sorted([one, other])
    earlier = masking.magnitude_mask(scores, low)
    order = list(range(scores.shape[1]))
    random.shuffle(order)
    later = masking.magnitude_mask(scores[:, order] * earlier, high, within=earlier)
    assert (earlier | ~later).all()


@given(SPARSITIES, SPARSITIES, st.integers(1, 40))
def test_one_random_order_gives_nested_masks(one, other, n):
    low, high = sorted([one, other])
    scores = masking.random_scores(STREAMS.generators("mask"), n)
    loose, tight = (masking.magnitude_mask(scores, s) for s in (low, high))
    assert (loose | ~tight).all()
    assert (tight.sum(1) == masking.survivor_count(n, high)).all()


def test_fresh_random_masks_have_the_fraction_and_differ():
    first, second = (
        masking.random_mask(STREAMS.generators(f"mask/{k}"), 1000, 0.9)
        for k in range(2)
    )
    assert (first.sum(1) == 100).all()
    assert 0 < (first & second).sum() < 60
    assert not torch.equal(first[0], first[1])


def test_a_random_mask_prunes_every_entry_equally_often():
    streams = Streams(3, "masks", tuple(range(2000)))
    share = masking.random_mask(streams.generators("mask"), 10, 0.5).double().mean(0)
    assert (share - 0.5).abs().max() < 0.06


def test_two_rounds_of_pruning_worked_out_by_hand():
    scores = torch.tensor([[0.1, -4.0, 2.0, 0.1, -3.0], [5.0, 4.0, 3.0, -2.0, 1.0]])
    first = masking.magnitude_mask(scores, 0.4)
    # Row 0 loses its two entries of 0.1, row 1 its last two.
    expected = [[False, True, True, False, True], [True, True, True, False, False]]
    assert first.tolist() == expected
    trained = torch.tensor([[0.0, 0.5, 9.0, 0.0, -0.2], [0.0, 7.0, 6.0, 0.0, 0.0]])
    second = masking.magnitude_mask(trained, 0.6, within=first)
    # Row 0 loses 0.2; row 1 its first entry, a survivor whose weight reached zero.
    expected = [[False, True, True, False, False], [False, True, True, False, False]]
    assert second.tolist() == expected


def test_of_equal_scores_the_one_in_front_goes_first():
    mask = masking.magnitude_mask(torch.tensor([[1.0, -1.0, 1.0, 1.0]]), 0.5)
    assert mask.tolist() == [[False, False, True, True]]


@pytest.mark.parametrize("sparsity", [-0.1, 1.1, float("nan")])
def test_an_impossible_sparsity_is_refused(sparsity):
    with pytest.raises(ValueError, match="not between 0 and 1"):
        masking.magnitude_mask(torch.ones(1, 4), sparsity)


def test_a_layers_vector_holds_weights_then_biases_in_pytorchs_order():
    model = MLP(STREAMS, inputs=3, hidden=[2], classes=4)
    layer = masking.layers(model)["layers.0"]
    vector = layer.vector()
    assert vector.shape == (3, 3 * 2 + 2)
    plain = model.plain_parameters()
    assert torch.equal(vector[:, :6].view(3, 2, 3), plain["layers.0.weight"])
    assert torch.equal(vector[:, 6:], plain["layers.0.bias"])


def test_vectors_survive_a_round_trip():
    model, values = MLP(STREAMS, hidden=[21, 5]), {}
    for name, vector in masking.vectors(model).items():
        values[name] = torch.randn_like(vector)
    masking.load_vectors(model, values)
    for name, vector in masking.vectors(model).items():
        assert torch.equal(vector, values[name])


@settings(max_examples=10, deadline=None)
@given(st.floats(0.1, 0.8), st.sampled_from([(0,), (0, 1, 2)]))
def test_pruned_weights_stay_exactly_zero_and_survivors_start_at_their_init(
    sparsity, replicas
):
    streams = Streams(3, "masks", replicas)
    model = ResidualMLP(streams, hidden=13)
    initial = masking.vectors(model)
    optimise(model, training_data(), adam(5), streams)
    masks = {
        name: masking.magnitude_mask(vector, sparsity)
        for name, vector in masking.vectors(model).items()
    }
    masking.load_vectors(model, initial)
    seen = {}
    watch = {
        step: lambda m, s=step: seen.update({s: masking.vectors(m)})
        for step in (0, 1, 5, 20)
    }
    optimise(model, training_data(), adam(), streams, masks=masks, observe=watch)
    for name, mask in masks.items():
        assert torch.equal(seen[0][name], initial[name] * mask)
        for step in (1, 5, 20):
            assert (seen[step][name][~mask] == 0).all()
    assert any((seen[20][name] != seen[0][name]).any() for name in masks)


def test_masks_are_the_replicas_own():
    model = ResidualMLP(STREAMS, hidden=13)
    mask = torch.ones(3, model.first.size, dtype=torch.bool)
    mask[1] = False
    masking.apply(model, {"first": mask})
    assert (model.first.vector()[1] == 0).all()
    assert (model.first.vector()[[0, 2]] != 0).all()


def test_a_mask_of_an_unknown_layer_is_refused():
    model = ResidualMLP(STREAMS, hidden=13)
    with pytest.raises(ValueError, match="no such layers: \\['fourth'\\]"):
        masking.apply(model, {"fourth": torch.ones(3, 5)})
