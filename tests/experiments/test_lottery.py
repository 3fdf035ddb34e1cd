"""The rounds of pruning, the ablations and the look at the masks, at toy scale."""

from collections.abc import Mapping
from dataclasses import replace
from itertools import pairwise
from math import comb
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from scaling_down.engine import masks as masking
from scaling_down.engine.models.mlp import ResidualMLP
from scaling_down.engine.streams import Streams
from scaling_down.experiments.contract import Job, Result
from scaling_down.experiments.lottery import adjacency as lying
from scaling_down.experiments.lottery import (
    draw,
    plan,
    published,
    summarise,
    summarise_masks,
)
from scaling_down.experiments.lottery.compute import ablation as train_ablation
from scaling_down.experiments.lottery.compute import masks as train_masks
from scaling_down.experiments.lottery.compute import rounds as train_rounds
from scaling_down.experiments.lottery.packing import masks_of_round, pack, unpack
from scaling_down.figures.style import style
from scaling_down.jobs.tables import read_table, write_table
from scaling_down.statistics.intervals import paired_interval
from scaling_down.workflow.parameters.file import ParameterError, load_params
from scaling_down.workflow.run import Run

TINY = Path(__file__).parents[1] / "params.yaml"
HIDDEN, INPUTS = 5, 6
SIZES = [HIDDEN * (INPUTS + 1), HIDDEN * (HIDDEN + 1), 10 * (HIDDEN + 1)]
SPARSITIES = [0.0, 0.25, 0.5, 0.75, 1.0]
STREAMS = Streams(3, "lottery", (0, 1))
COMMON = {
    "hidden": HIDDEN,
    "optimizer": "adam",
    "learning_rate": 0.02,
    "steps": 6,
    "batch_size": 20,
    "evaluate_every": 3,
}


def dataset(seed=0, samples=60):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(samples, INPUTS))
    y = np.arange(samples) % 10
    return {"x": x, "y": y, "x_test": x[:20] + 0.1, "y_test": y[:20]}


def job(settings, reads, streams=STREAMS):
    return Job(settings, streams, reads, "cpu", lambda step, steps: None)


def block(criterion, first=0, past=None, previous=None, streams=STREAMS, **changes):
    """Train a block of rounds and return its arrays."""
    settings = {
        "criterion": criterion,
        "rounds": list(range(len(SPARSITIES)))[first:past],
        "sparsities": SPARSITIES[first:past],
        **COMMON,
        "score_step": 4,
        "random_masks": "fresh",
        "next_sparsity": None if past is None else SPARSITIES[past],
    }
    absent = ("random_masks",) if criterion == "magnitude" else ("score_step",)
    settings = {n: v for n, v in (settings | changes).items() if n not in absent}
    reads = {"dataset": dataset()} | ({"previous": previous} if previous else {})
    return train_rounds.compute(job(settings, reads, streams))


@pytest.fixture(scope="module")
def magnitude():
    return block("magnitude")


@pytest.fixture(scope="module")
def random():
    return block("random")


def unpacked(arrays):
    """Return the masks of a block by round, each a list of layers [R, n]."""
    numbers = arrays["round"][0]
    return {k: unpack(masks_of_round(arrays, k), SIZES) for k in numbers}


def test_both_criteria_agree_at_sparsity_zero_and_differ_after(magnitude, random):
    for name in ("train_loss", "test_loss", "train_accuracy", "test_accuracy"):
        assert np.array_equal(magnitude[name][:, 0], random[name][:, 0])
    assert not np.array_equal(magnitude["test_loss"][:, 2], random["test_loss"][:, 2])
    assert not np.array_equal(magnitude["test_loss"][0], magnitude["test_loss"][1])


@pytest.mark.parametrize("criterion", ["magnitude", "random"])
def test_each_layer_of_each_round_keeps_exactly_its_share(criterion, request):
    masks = unpacked(request.getfixturevalue(criterion))
    for number, sparsity in enumerate(SPARSITIES):
        for layer in masks[number]:
            kept = masking.survivor_count(layer.shape[1], sparsity)
            assert (layer.sum(axis=1) == kept).all()


def nested(masks):
    return all(
        (earlier | ~later).all()
        for before, after in pairwise(masks.values())
        for earlier, later in zip(before, after, strict=True)
    )


def test_masks_are_nested_where_that_is_promised(magnitude, random):
    assert nested(unpacked(magnitude))
    assert not nested(unpacked(random))
    assert nested(unpacked(block("random", random_masks="nested")))


def test_blocks_resume_exactly_where_the_one_before_ended(magnitude):
    first = block("magnitude", 0, 2)
    second = block("magnitude", 2, 4, previous=first)
    for name in ("masks", "test_loss", "train_accuracy"):
        joined = np.concatenate([first[name], second[name]], axis=1)
        assert np.array_equal(joined, magnitude[name][:, :4])
    assert np.array_equal(second["next_masks"], magnitude["masks"][:, 4])
    assert "next_masks" not in magnitude


@pytest.mark.parametrize("random_masks", ["fresh", "nested"])
def test_a_random_block_does_not_depend_on_where_blocks_begin(random_masks):
    whole = block("random", random_masks=random_masks)
    part = block("random", 2, 4, random_masks=random_masks)
    for name in ("masks", "test_loss"):
        assert np.array_equal(part[name], whole[name][:, 2:4])


@pytest.mark.parametrize("criterion", ["magnitude", "random"])
def test_a_replica_does_not_depend_on_its_company(criterion, request):
    both = request.getfixturevalue(criterion)
    alone = block(criterion, streams=replace(STREAMS, replicas=(1,)))
    for name, array in alone.items():
        assert np.array_equal(array[0], both[name][1]), name


def observed_rounds(monkeypatch, **changes):
    """Train a magnitude block; return each round's weights at all its steps."""
    seen, optimise = [], train_rounds.optimise

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

    monkeypatch.setattr(train_rounds, "optimise", spy)
    return block("magnitude", **changes), seen


@pytest.mark.parametrize(("score_step", "scored"), [(4, 4), ("last", 6), (6, 6)])
def test_survivors_rewind_to_their_initial_values_and_the_rest_stays_zero(
    monkeypatch, score_step, scored
):
    arrays, seen = observed_rounds(monkeypatch, score_step=score_step)
    masks = unpacked(arrays)
    initial = masking.vectors(ResidualMLP(STREAMS, inputs=INPUTS, hidden=HIDDEN))
    for number, steps in enumerate(seen):
        for name, mask in zip(initial, masks[number], strict=True):
            mask = torch.from_numpy(mask)
            assert torch.equal(steps[0][name], initial[name] * mask)
            assert all((values[name][~mask] == 0).all() for values in steps.values())
        if number:
            before = seen[number - 1][scored]
            expected = train_rounds.prune(
                before,
                SPARSITIES[number],
                {n: v != 0 for n, v in seen[number - 1][0].items()},
            )
            for name, mask in zip(initial, masks[number], strict=True):
                assert np.array_equal(expected[name], mask)


def test_the_step_that_is_scored_matters(magnitude):
    last = block("magnitude", score_step="last")
    assert not np.array_equal(last["masks"][:, 2:4], magnitude["masks"][:, 2:4])


def test_two_rounds_worked_out_by_hand():
    within = {"first": torch.ones(1, 4, dtype=torch.bool)}
    first = train_rounds.prune(
        {"first": torch.tensor([[0.3, -0.1, 2.0, -1.0]])}, 0.25, within
    )
    assert first["first"].tolist() == [[True, False, True, True]]
    # The second weight comes back large, but what is pruned stays pruned.
    second = train_rounds.prune(
        {"first": torch.tensor([[0.5, 9.0, -0.2, -1.0]])}, 0.5, first
    )
    assert second["first"].tolist() == [[True, False, False, True]]


def test_a_loss_that_is_not_finite_names_round_replica_and_step():
    with pytest.raises(ArithmeticError, match=r"round 0, replica 0: .* at step \d"):
        block("magnitude", optimizer="sgd", learning_rate=1e30)


@given(st.lists(st.integers(1, 9), min_size=1, max_size=4), st.integers(0, 99))
def test_packed_masks_come_back(sizes, seed):
    rng = np.random.default_rng(seed)
    layers = [rng.random((3, n)) < 0.5 for n in sizes]
    for before, after in zip(layers, unpack(pack(layers), sizes), strict=True):
        assert np.array_equal(before, after)
    assert np.array_equal(unpack(pack(layers), sizes[:1])[0], layers[0])


def ablation(ticket="dense", positions="plain", weights="original", blocks=None):
    settings = {
        "positions": positions,
        "weights": weights,
        "ticket": ticket,
        **COMMON,
        "round": 3,
    }
    reads = {"dataset": dataset(1)} | ({"block": blocks} if blocks else {})
    return train_ablation.compute(job(settings, reads))


def test_a_ticket_wears_its_own_mask_of_its_round(monkeypatch, magnitude):
    worn = {}

    def spy(model, data, *arguments, masks, **named):
        worn.update(masks)
        return {"step": np.zeros(1, int)}

    monkeypatch.setattr(train_ablation, "optimise", spy)
    ablation("lottery", blocks=magnitude)
    layers = unpacked(magnitude)[3]
    for mask, layer in zip(worn.values(), layers, strict=True):
        assert np.array_equal(mask.numpy(), layer)


def test_the_dense_arm_begins_as_the_rounds_do_and_other_weights_differ():
    model = ResidualMLP(STREAMS, inputs=INPUTS, hidden=HIDDEN)
    for weights, same in (("original", True), ("reinitialised", False)):
        streams = train_ablation.weight_streams(weights, STREAMS)
        other = ResidualMLP(streams, inputs=INPUTS, hidden=HIDDEN)
        assert torch.equal(model.first.vector(), other.first.vector()) == same
    renewed = ablation(weights="reinitialised")
    assert not np.array_equal(renewed["test_loss"], ablation()["test_loss"])


def test_the_arms_differ(magnitude, random):
    arms = [ablation(), ablation("lottery", blocks=magnitude)]
    arms += [ablation("random", blocks=random), ablation(positions="shuffled")]
    finals = {tuple(arm["test_loss"][:, -1]) for arm in arms}
    assert len(finals) == len(arms)


def test_positions_are_reordered_as_named():
    def order(positions, length=40):
        return train_ablation.position_order(positions, STREAMS, length)

    x = np.random.default_rng(0).normal(size=(3, 40))
    pieces = [x[:, 20:30], x[:, 30:40], x[:, :10], x[:, 10:20]]
    chunked = train_ablation.reordered(x, order("chunked"))
    assert np.array_equal(chunked, np.concatenate(pieces, axis=1))
    assert np.array_equal(train_ablation.reordered(x, order("flipped")), x[:, ::-1])
    assert np.array_equal(train_ablation.reordered(x, order("plain")), x)
    orders = order("shuffled")
    shuffled = train_ablation.reordered(x, orders)
    assert shuffled.shape == (2, 3, 40)
    for replica in range(2):
        assert np.array_equal(np.sort(orders[replica]), np.arange(40))
        assert np.array_equal(shuffled[replica, 1], x[1, orders[replica]])
    assert not np.array_equal(orders[0], orders[1])


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


MASKS = arrays(np.bool_, (12, 7))


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
    found = train_masks.analysed(mask, 199, rng)
    assert (found["p"] == 1 / 200).all()
    assert found["neighbours_p"] == 1 / 200
    density = np.linspace(0, 1, 20) ** 2
    uneven = rng.random((200, 20)) < density
    nothing = train_masks.analysed(uneven, 199, rng)
    assert (nothing["adjacency"] > 1.5 * nothing["expected_uniform"]).all()
    assert (nothing["p"] > 0.02).all()


def test_units_of_unequal_size_do_not_look_like_space_once_inputs_move():
    rng = np.random.default_rng(6)
    mask = rng.random((300, 20)) < rng.choice([0.02, 0.5], (300, 1))
    found = train_masks.analysed(mask, 199, rng)
    assert (found["p"] == 1 / 200).all()
    assert found["neighbours_p"] > 0.02


def test_the_permutation_tests_p_values_are_uniform_without_structure():
    rng = np.random.default_rng(7)
    masks = rng.random((200, 15, 8)) < 0.4
    found = [train_masks.analysed(mask, 39, rng) for mask in masks]
    for name in ("p", "neighbours_p"):
        small = np.mean([np.atleast_1d(one[name])[0] <= 0.25 for one in found])
        assert 0.12 < small < 0.36, name


def test_the_analysis_looks_at_the_rounds_own_mask(magnitude):
    settings = {
        "criterion": "magnitude", "round": 2, "sparsity": 0.5,
        "inputs": INPUTS, "hidden": HIDDEN, "permutations": 9,
    }  # fmt: skip
    found = train_masks.compute(job(settings, {"block": magnitude}))
    first = unpacked(magnitude)[2][0]
    weights = first[:, : HIDDEN * INPUTS].reshape(2, HIDDEN, INPUTS)
    assert np.array_equal(found["mask"], weights)
    assert found["empty_units"].tolist() == (~weights.any(2)).sum(1).tolist()
    assert all(np.isfinite(array).all() for array in found.values())


def stems(overrides: Mapping | None = None) -> dict[str, Run]:
    params = load_params(TINY, {"lottery": overrides or {}})
    return {run.stem: run for run in plan.runs(params)}


def test_more_rounds_keep_the_blocks_that_stand():
    shorter = {"rounds": 4, "masks": {"sparsities": [0.4]}}
    assert set(stems(shorter)) < set(stems())


def test_a_parameter_changes_the_keys_that_it_must_and_no_others():
    def changed(overrides):
        mine, other = stems(), stems(overrides)
        return {mine[stem].cell.split("-")[0] for stem in set(mine) - set(other)}, {
            mine[stem].settings.get("criterion") for stem in set(mine) - set(other)
        }

    assert changed({"ablation": {"steps": 13}})[0] == {"ablation"}
    assert changed({"ablation": {"dataset_seed": 44}})[0] == {"ablation"}
    assert changed({"masks": {"permutations": 21}})[0] == {"masks"}
    steps, criteria = changed({"score_step": "last"})
    assert steps == {"rounds", "ablation", "masks"}
    assert "random" not in criteria
    assert "magnitude" not in changed({"random_masks": "nested"})[1]
    assert changed({"replicas_per_job": 1})[0] >= {"rounds"}
    assert {r.key for r in stems().values()} == {
        r.key for r in stems({"replicas_per_job": 1}).values()
    }


def test_a_magnitude_block_reads_the_one_before_it_and_a_random_one_none():
    blocks = [run for run in stems().values() if run.cell.startswith("rounds-")]
    assert len(blocks) == 6
    for run in blocks:
        first = run.settings["rounds"][0]
        chained = run.settings["criterion"] == "magnitude" and first > 0
        assert set(run.reads) == {"dataset"} | ({"previous"} if chained else set())
        if chained:
            previous = run.reads["previous"]
            assert previous.settings["rounds"][-1] == first - 1
            assert previous.settings["next_sparsity"] == run.settings["sparsities"][0]
            assert previous.replicas == run.replicas


def test_a_ticket_reads_the_block_that_holds_its_round():
    for run in stems().values():
        if block_read := run.reads.get("block"):
            assert run.settings["round"] in block_read.settings["rounds"]
            wanted = {"lottery": "magnitude", "random": "random"}
            criterion = run.settings.get("criterion") or wanted[run.settings["ticket"]]
            assert block_read.settings["criterion"] == criterion


def test_the_published_schedule_has_the_papers_ticket_at_index_91():
    section = load_params(TINY.parents[1] / "params.yaml").lottery
    assert section.schedule == pytest.approx(np.linspace(0, 1, 100))
    assert section.round_of(0.92) == 91


@pytest.mark.parametrize(
    ("overrides", "allowed"),
    [
        ({"rounds": 7}, "rounds up to points"),
        ({"score_step": 13}, "score_step up to steps"),
        ({"rounds": 2}, "sparsities that the 2 rounds reach"),
        ({"masks": {"sparsities": [0.4, 0.41]}}, "different rounds"),
        ({"score_step": "first"}, "lottery.score_step"),
    ],
)
def test_parameters_that_contradict_each_other_are_refused(overrides, allowed):
    with pytest.raises(ParameterError, match=allowed):
        load_params(TINY, {"lottery": overrides})


METRICS = ("test_accuracy", "train_accuracy", "test_loss", "train_loss")
REPLICAS = (0, 1, 2)


def invented(overrides):
    """Return parameters of the published schedule and invented results of all runs."""
    params = load_params(TINY.parents[1] / "params.yaml", {"lottery": overrides})
    rng = np.random.default_rng(8)
    results = {}
    for run in plan.runs(params):
        if run.step == "compute.masks":
            mask = rng.random((len(REPLICAS), 12, INPUTS)) < 0.3
            rows = [train_masks.analysed(one, 9, rng) for one in mask]
            arrays = {name: np.stack([row[name] for row in rows]) for name in rows[0]}
        else:
            rounds = run.settings.get("rounds", [0])
            shape = (len(REPLICAS), len(rounds), 2)[
                :: 1 if "rounds" in run.settings else 2
            ]
            arrays = {metric: rng.random(shape) for metric in METRICS}
            arrays |= {"step": np.tile([0, 100], (len(REPLICAS), 1))}
            tiled = {"round": rounds, "sparsity": run.settings.get("sparsities", [0])}
            arrays |= {n: np.tile(v, (len(REPLICAS), 1)) for n, v in tiled.items()}
        results[run.cell] = Result(run.settings, REPLICAS, arrays)
    return params.lottery.model_dump(mode="json"), results


@pytest.fixture(scope="module")
def made():
    """Settings, invented results, and the tables made of them, written and read."""
    settings, results = invented({"replicas": 3, "hidden": 12, "rounds_per_job": 25})
    tables, metrics = summarise.summarise(settings, results)
    return settings, results, tables, metrics


def row(table, **where):
    for column, value in where.items():
        table = table[table[column] == value]
    (found,) = table.to_dict("records")
    return found


def accuracy(results, cell):
    return 100 * results[cell].arrays["test_accuracy"][..., -1]


def agrees(found, expected):
    return all(found[name] == pytest.approx(value) for name, value in expected.items())


def test_the_summary_answers_every_claim_with_n_and_an_interval(made):
    summary = made[2]["summary"]
    assert set(summary["claim"]) == set(range(1, 9))
    assert summary["quantity"].is_unique
    assert (summary["n"] == 3).all()
    assert summary[["mean", "sd", "ci_low", "ci_high"]].notna().all(axis=None)


@pytest.mark.parametrize(
    ("quantity", "one", "other", "printed", "later"),
    [
        ("baseline_lottery_minus_dense", "plain-original-lottery",
         "plain-original-dense", 7.05, 1.65),
        ("baseline_random_minus_dense", "plain-original-random",
         "plain-original-dense", -4.35, -4.25),
        ("flipped_lottery_minus_dense", "flipped-original-lottery",
         "flipped-original-dense", 4.15, -0.25),
        ("shuffled_lottery_minus_random", "shuffled-original-lottery",
         "shuffled-original-random", 4.7, 2.1),
        ("reinitialised_lottery_minus_dense", "plain-reinitialised-lottery",
         "plain-reinitialised-dense", 3.3, 1.75),
        ("reinitialised_lottery_minus_baseline_lottery",
         "plain-reinitialised-lottery", "plain-original-lottery", -3.35, -0.35),
        ("chunked_lottery_minus_shuffled_lottery", "chunked-original-lottery",
         "shuffled-original-lottery", 3.4, -0.95),
    ],
)  # fmt: skip
def test_differences_are_paired_and_stand_beside_the_published(
    made, quantity, one, other, printed, later
):
    _settings, results, tables, metrics = made
    a, b = (accuracy(results, f"ablation-{arm}") for arm in (one, other))
    found = row(tables["summary"], quantity=quantity)
    assert agrees(found, paired_interval(a, b))
    assert found["published"] == pytest.approx(printed)
    assert found["published_2024"] == pytest.approx(later)
    assert metrics[quantity] == pytest.approx(found["mean"], abs=0.006)


def test_the_baseline_stands_beside_both_published_runs(made):
    for ticket, printed, later in (
        ("lottery", 70.6, 65.85), ("dense", 63.55, 64.2), ("random", 59.2, 59.95),
    ):  # fmt: skip
        found = row(made[2]["summary"], quantity=f"baseline_{ticket}")
        assert found["published"] == pytest.approx(printed)
        assert found["published_2024"] == pytest.approx(later)
        assert found["sparsity"] == pytest.approx(91 / 99)


def joined(results, criterion):
    cells = sorted(c for c in results if c.startswith(f"rounds-{criterion}"))
    return np.concatenate([accuracy(results, cell) for cell in cells], axis=1)


def test_rounds_are_joined_and_compared_with_the_first(made):
    _settings, results, tables, _metrics = made
    lottery, random = (joined(results, c) for c in ("magnitude", "random"))
    rounds, summary = tables["rounds"], tables["summary"]
    assert len(rounds) == 100 * (8 + 6)
    chosen = {"criterion": "magnitude", "round": 96}
    metric = "test_accuracy_difference_to_dense"
    found = row(rounds, metric=metric, **chosen)
    assert agrees(found, paired_interval(lottery[:, 96], lottery[:, 0]))
    assert found["sparsity"] == pytest.approx(96 / 99)
    found = row(summary, quantity="rounds_at_97_lottery_minus_dense")
    assert agrees(found, paired_interval(lottery[:, 96], lottery[:, 0]))
    assert found["published"] == pytest.approx(67.2 - 63.5)
    found = row(summary, quantity="rounds_at_92_lottery_minus_random")
    assert agrees(found, paired_interval(lottery[:, 91], random[:, 91]))
    middle = slice(76, 95)  # 76.8 to 94.9 %
    means = (x[:, middle].mean(axis=1) for x in (lottery, random))
    found = row(summary, quantity="rounds_from_76_to_95_lottery_minus_random")
    assert agrees(found, paired_interval(*means))


def test_adjacency_is_compared_with_random_tickets_and_with_chance(made):
    _settings, results, tables, _metrics = made
    lottery, random = (results[f"masks-{c}-91"].arrays for c in ("magnitude", "random"))
    summary = tables["summary"]
    found = row(summary, quantity="masks_at_92_p3_lottery_minus_random")
    expected = paired_interval(lottery["adjacency"][:, 1], random["adjacency"][:, 1])
    assert agrees(found, expected)
    assert found["published"] == pytest.approx(0.0012)
    for quantity in ("p3_lottery_minus_random", "empty_units_lottery"):
        found = row(summary, quantity=f"masks_at_80_{quantity}")
        assert np.isnan(found["published"])
    found = row(summary, quantity="masks_at_80_p2_lottery_minus_chance_by_input")
    lottery = results["masks-magnitude-79"].arrays
    expected = lottery["adjacency"][:, 0] - lottery["expected_by_input"][:, 0]
    assert found["mean"] == pytest.approx(expected.mean())


def test_near_pairs_are_weighted_by_how_many_there_are():
    # Five inputs: 4, 3, 2 and 1 pairs at distances 1 to 4.
    lags = np.array([[1.0, 2.0, 0.0, 4.0]])
    expected = (4 + 6) / 7 - (4 + 6 + 4) / 10
    assert summarise_masks.near_excess(lags, farthest=2) == pytest.approx(expected)


def test_units_are_sorted_by_pairs_then_by_survivors():
    rows = [[1, 1, 0, 0, 0], [1, 0, 1, 0, 1], [1, 0, 1, 1, 0], [0, 0, 1, 0, 0]]
    mask = np.array(rows, dtype=bool)
    ordered = summarise_masks.sorted_units(mask)
    assert np.array_equal(ordered, mask[[3, 1, 0, 2]])


def test_the_published_numbers_are_those_of_the_sources():
    for run in (published.ROUNDS_2020, published.ROUNDS_2024):
        assert all(len(v) == len(published.SPARSITIES) for v in run.values())
    assert published.rounds_at(published.ROUNDS_2020, "magnitude", 92) == 73.5
    assert published.rounds_at(published.ROUNDS_2024, "random", 99) == 16.1


@pytest.mark.parametrize("replicas", [3, 1])
def test_every_table_and_figure_is_made(made, tmp_path, replicas):
    settings, results, tables, _metrics = made
    if replicas == 1:
        alone = {
            cell: Result(
                result.settings, (0,), {n: a[:1] for n, a in result.arrays.items()}
            )
            for cell, result in results.items()
        }
        tables, _metrics = summarise.summarise(settings, alone)
    assert set(tables) == set(plan.TABLES)
    for name, table in tables.items():
        write_table(tmp_path / f"{name}.csv", table)
    read = {name: read_table(tmp_path / f"{name}.csv") for name in tables}
    assert (read["summary"]["n"] == replicas).all()
    assert read["summary"]["ci_low"].isna().all() == (replicas == 1)
    with style():
        figures = draw.draw(read, settings, {"width": 6.75})
    assert set(figures) == set(plan.FIGURES)
    for name, figure in figures.items():
        figure.savefig(tmp_path / f"{name}.png", dpi=40)
        if name != "lottery_masks":
            assert f"n = {replicas} " in figure.get_supxlabel()
