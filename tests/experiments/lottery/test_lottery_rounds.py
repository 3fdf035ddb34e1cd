"""Blocks of rounds: train with the mask, prune, rewind the survivors, again."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
import torch
from small_lottery import (
    COMMON,
    HIDDEN,
    INPUTS,
    SIZES,
    SPARSITIES,
    STREAMS,
    block,
    unpacked,
)

from scaling_down.engine import masks as masking
from scaling_down.engine.models.mlp import ResidualMLP
from scaling_down.experiments.lottery.compute import rounds
from scaling_down.experiments.lottery.tickets import masks_of_place, random_masks


def test_both_criteria_agree_at_sparsity_zero_and_differ_after(magnitude, random):
    for name in ("train_loss", "test_loss", "train_accuracy", "test_accuracy"):
        assert np.array_equal(magnitude[name][:, 0], random[name][:, 0])
    assert not np.array_equal(magnitude["test_loss"][:, 2], random["test_loss"][:, 2])
    assert not np.array_equal(magnitude["test_loss"][0], magnitude["test_loss"][1])


@pytest.mark.parametrize("criterion", ["magnitude", "random"])
def test_each_layer_of_each_round_keeps_exactly_its_share(criterion, magnitude):
    masks = unpacked(magnitude) if criterion == "magnitude" else worn_at_random()
    for number, sparsity in enumerate(SPARSITIES):
        for layer in masks[number].values():
            kept = masking.survivor_count(layer.shape[1], sparsity)
            assert (layer.sum(axis=1) == kept).all()


def worn_at_random(kind="fresh"):
    """Return the random masks of all rounds."""
    return {
        number: random_masks(STREAMS, SIZES, number, sparsity, kind)
        for number, sparsity in enumerate(SPARSITIES)
    }


def nested(masks):
    return all(
        (earlier | ~later).all()
        for before, after in pairwise(masks.values())
        for earlier, later in zip(before.values(), after.values(), strict=True)
    )


def test_masks_are_nested_where_that_is_promised(magnitude):
    assert nested(unpacked(magnitude))
    assert not nested(worn_at_random())
    assert nested(worn_at_random("nested"))


def test_rounds_wear_the_random_masks_that_their_streams_draw(monkeypatch):
    worn, optimise = [], rounds.optimise

    def spy(model, *arguments, masks, **named):
        worn.append(masks)
        return optimise(model, *arguments, masks=masks, **named)

    monkeypatch.setattr(rounds, "optimise", spy)
    block("random")
    for masks, expected in zip(worn, worn_at_random().values(), strict=True):
        assert all(torch.equal(masks[name], expected[name]) for name in expected)


def test_blocks_resume_exactly_where_the_one_before_ended(magnitude):
    first = block("magnitude", 0, 2)
    second = block("magnitude", 2, 4, previous=first)
    for name in ("test_loss", "train_accuracy"):
        joined = np.concatenate([first[name], second[name]], axis=1)
        assert np.array_equal(joined, magnitude[name][:, :4])
    whole = unpacked(magnitude)
    for number, masks in (unpacked(first) | unpacked(second)).items():
        assert all(torch.equal(masks[n], whole[number][n]) for n in masks)
    following = masks_of_place(second, 2, SIZES)
    assert all(torch.equal(following[n], whole[4][n]) for n in following)


@pytest.mark.parametrize("random_masks", ["fresh", "nested"])
def test_a_random_block_does_not_depend_on_where_blocks_begin(random_masks):
    whole = block("random", random_masks=random_masks)
    part = block("random", 2, 4, random_masks=random_masks)
    for name in ("train_loss", "test_loss"):
        assert np.array_equal(part[name], whole[name][:, 2:4])


@pytest.mark.parametrize("criterion", ["magnitude", "random"])
def test_a_replica_does_not_depend_on_its_company(criterion, request):
    both = request.getfixturevalue(criterion)
    alone = block(criterion, streams=replace(STREAMS, replicas=(1,)))
    for name, array in alone.items():
        assert np.array_equal(array[0], both[name][1]), name


def observed_rounds(monkeypatch, **changes):
    """Train a magnitude block; return each round's weights at all its steps."""
    seen, optimise = [], rounds.optimise

    def spy(model, *arguments, observe, **named):
        steps = {}

        def keep(step):
            def look(trained):
                steps[step] = masking.vectors(trained)
                if step in observe:
                    observe[step](trained)

            return look

        seen.append(steps)
        looks = {step: keep(step) for step in range(COMMON["steps"] + 1)}
        return optimise(model, *arguments, observe=looks, **named)

    monkeypatch.setattr(rounds, "optimise", spy)
    return block("magnitude", **changes), seen


@pytest.mark.parametrize(("score_step", "scored"), [(4, 4), ("last", 6), (6, 6)])
def test_survivors_rewind_to_their_initial_values_and_the_rest_stays_zero(
    monkeypatch, score_step, scored
):
    arrays, seen = observed_rounds(monkeypatch, score_step=score_step)
    masks = unpacked(arrays)
    initial = masking.vectors(ResidualMLP(STREAMS, inputs=INPUTS, hidden=HIDDEN))
    for number, steps in enumerate(seen):
        for name, mask in masks[number].items():
            assert torch.equal(steps[0][name], initial[name] * mask)
            assert all((values[name][~mask] == 0).all() for values in steps.values())
        if number:
            before = seen[number - 1][scored]
            expected = rounds.prune(
                before,
                SPARSITIES[number],
                {n: v != 0 for n, v in seen[number - 1][0].items()},
            )
            for name, mask in masks[number].items():
                assert torch.equal(expected[name], mask)


def test_the_step_that_is_scored_matters(magnitude):
    last = block("magnitude", score_step="last")
    assert not np.array_equal(last["last_survived"], magnitude["last_survived"])


def test_two_rounds_worked_out_by_hand():
    within = {"first": torch.ones(1, 4, dtype=torch.bool)}
    first = rounds.prune(
        {"first": torch.tensor([[0.3, -0.1, 2.0, -1.0]])}, 0.25, within
    )
    assert first["first"].tolist() == [[True, False, True, True]]
    # The second weight comes back large, but what is pruned stays pruned.
    second = rounds.prune({"first": torch.tensor([[0.5, 9.0, -0.2, -1.0]])}, 0.5, first)
    assert second["first"].tolist() == [[True, False, False, True]]


def test_a_loss_that_is_not_finite_names_round_replica_and_step():
    with pytest.raises(ArithmeticError, match=r"round 0, replica [01]: .* at step \d"):
        block("magnitude", optimizer="sgd", learning_rate=1000.0)


def test_sparse_steps_leave_the_same_masks_and_nearly_the_same_numbers(magnitude):
    sparse = block("magnitude", sparse_below=1.0)
    assert np.array_equal(sparse["last_survived"], magnitude["last_survived"])
    assert not np.array_equal(sparse["test_loss"], magnitude["test_loss"])
    for name in ("train_loss", "test_loss"):
        np.testing.assert_allclose(sparse[name], magnitude[name], rtol=1e-4)
