"""The tables and figures of invented results on the published schedule."""

import numpy as np
import pytest
from rendering import rendered
from small_lottery import INPUTS, stacked_rows
from tidy import row

from scaling_down.claims.rows import measured_row
from scaling_down.claims.statements import read_claims
from scaling_down.experiments.contract import Result, Results
from scaling_down.experiments.lottery import draw, plan, published, summarise
from scaling_down.experiments.lottery.compute.masks import analysed
from scaling_down.experiments.lottery.settings import Arm, Masks, Rounds
from scaling_down.experiments.lottery.summarise import masks as mask_tables
from scaling_down.figures.style import style
from scaling_down.jobs.tables import read_table, write_table
from scaling_down.statistics.intervals import paired_interval
from scaling_down.workflow.experiment import folder
from scaling_down.workflow.parameters.file import ParameterError, load_params

METRICS = ("test_accuracy", "train_accuracy", "test_loss", "train_loss")
REPLICAS = (0, 1, 2)


def invented(repository, overrides):
    """Return parameters of the published schedule and invented results of all runs."""
    params = load_params(repository / "params.yaml", {"lottery": overrides})
    rng = np.random.default_rng(8)
    results = [
        Result(run.settings, REPLICAS, arrays_of(run.settings, rng))
        for run in plan.runs(params)
    ]
    return params.lottery, Results(results)


def arrays_of(settings, rng):
    n = len(REPLICAS)
    if isinstance(settings, Masks):
        return stacked_rows(
            [analysed(m, 9, rng) for m in rng.random((n, 12, INPUTS)) < 0.3]
        )
    rounds = (len(settings.rounds),) if isinstance(settings, Rounds) else ()
    arrays = {metric: rng.random((n, *rounds, 2)) for metric in METRICS}
    arrays["test_accuracy_population"] = rng.random((n, *rounds))
    return arrays | {"step": np.tile([0, 100], (n, 1))}


@pytest.fixture(scope="module")
def made(repository):
    """The study, invented results, and the tables and metrics made of them."""
    study, results = invented(
        repository, {"replicas": 3, "hidden": 12, "rounds_per_job": 25}
    )
    return study, results, *summarise.summarise(study, results)


def accuracy(result):
    return 100 * result.arrays["test_accuracy"][..., -1]


def accuracy_of_arm(results, positions, weights, ticket):
    return accuracy(
        results.one(
            Arm,
            positions=positions,
            weights=weights,
            ticket=ticket,
            training_sets="shared",
            weight_decay=0.0,
        )
    )


def agrees(found, expected):
    return all(found[name] == pytest.approx(value) for name, value in expected.items())


@pytest.mark.parametrize(
    ("arm", "metric", "other"),
    [
        (("plain", "original", "lottery"), "dense", ("plain", "original", "dense")),
        (("plain", "original", "random"), "dense", ("plain", "original", "dense")),
        (("flipped", "original", "lottery"), "dense", ("flipped", "original", "dense")),
        (("shuffled", "original", "lottery"), "random",
         ("shuffled", "original", "random")),
        (("plain", "reinitialised", "lottery"), "baseline",
         ("plain", "original", "lottery")),
        (("chunked", "original", "lottery"), "shuffled",
         ("shuffled", "original", "lottery")),
    ],
)  # fmt: skip
def test_differences_of_arms_are_paired(made, arm, metric, other):
    _study, results, tables, _metrics = made
    a, b = (accuracy_of_arm(results, *one) for one in (arm, other))
    columns = dict(zip(("positions", "weights", "ticket"), arm, strict=True))
    found = row(
        tables["ablations"], metric=f"test_accuracy_difference_to_{metric}",
        training_sets="shared", **columns,
    )  # fmt: skip
    assert agrees(found, paired_interval(a, b))


@pytest.mark.parametrize("control", ["random", "matched", "narrow", "decayed"])
def test_the_ticket_is_compared_with_its_controls_on_fresh_samples(made, control):
    _study, results, tables, _metrics = made
    baseline = {"positions": "plain", "weights": "original", "training_sets": "shared"}
    arms = results.of(Arm, **baseline)
    ticket = next(arm for arm in arms if arm.settings.ticket == "lottery")
    if control == "decayed":
        others = [arm for arm in arms if arm.settings.weight_decay > 0]
        assert len(others) == 3
        other = max(others, key=lambda arm: accuracy(arm).mean())
    else:
        (other,) = (arm for arm in arms if arm.settings.ticket == control)
    fresh = (100 * arm.arrays["test_accuracy_population"] for arm in (ticket, other))
    metric = f"test_accuracy_population_difference_to_{control}"
    found = row(tables["ablations"], **baseline, ticket="lottery", metric=metric)
    assert agrees(found, paired_interval(*fresh))


@pytest.mark.parametrize("weights", ["original", "reinitialised"])
def test_dense_arms_of_one_training_set_are_pooled(made, weights):
    _study, results, tables, _metrics = made
    positions = ("plain", "flipped", "shuffled", "chunked")
    dense = [
        *(accuracy_of_arm(results, p, "original", "dense") for p in positions),
        accuracy_of_arm(results, "plain", "reinitialised", "dense"),
    ]
    lottery = accuracy_of_arm(results, "flipped", weights, "lottery")
    found = row(
        tables["ablations"], positions="flipped", weights=weights, ticket="lottery",
        training_sets="shared",
        metric="test_accuracy_difference_to_pooled_dense",
    )  # fmt: skip
    assert agrees(found, paired_interval(lottery, np.mean(dense, axis=0)))


def test_new_weights_have_one_dense_network(made):
    ablations = made[2]["ablations"]
    dense = ablations[ablations["ticket"] == "dense"]
    renewed = dense[dense["weights"] == "reinitialised"]
    assert set(renewed["positions"]) == {"plain"}


def test_conditions_without_a_dense_network_are_refused(repository):
    conditions = [
        ["plain", "original", "shared"],
        ["flipped", "reinitialised", "own"],
    ]
    with pytest.raises(ParameterError, match="a dense network of each"):
        load_params(
            repository / "params.yaml",
            {"lottery": {"ablation": {"conditions": conditions}}},
        )


def test_metrics_are_the_baseline_s_accuracies(made):
    _study, results, _tables, metrics = made
    for ticket in ("dense", "lottery", "random"):
        mean = accuracy_of_arm(results, "plain", "original", ticket).mean()
        assert metrics[ticket] == pytest.approx(mean, abs=0.006)


def joined(results, criterion):
    published = {"magnitude": {"score_step": 1000}, "random": {"random_masks": "fresh"}}
    blocks = results.of(Rounds, **published[criterion])
    return np.concatenate([accuracy(block) for block in blocks], axis=1)


def test_rounds_are_joined_and_compared_with_the_first(made):
    _study, results, tables, _metrics = made
    lottery, random = (joined(results, c) for c in ("magnitude", "random"))
    rounds = tables["rounds"]
    # Of each protocol 100 rounds of magnitude, 17 of random masks.
    assert len(rounds) == 2 * (100 * (5 + 3) + 17 * 3 + 17 * (5 + 3))
    chosen = {"protocol": "published", "criterion": "magnitude", "percent": 97}
    found = row(rounds, metric="test_accuracy_difference_to_dense", **chosen)
    assert agrees(found, paired_interval(lottery[:, 96], lottery[:, 0]))
    assert found["sparsity"] == pytest.approx(96 / 99)
    chosen["percent"] = 92
    found = row(rounds, metric="test_accuracy_difference_to_random", **chosen)
    assert agrees(found, paired_interval(lottery[:, 91], random[:, 15]))


def test_the_lowest_test_loss_is_found_in_each_replica(made):
    _study, results, tables, _metrics = made
    blocks = results.of(Rounds, score_step=1000)
    losses = np.concatenate([b.arrays["test_loss"][..., -1] for b in blocks], axis=1)
    found = row(
        tables["summary"], protocol="published", criterion="magnitude",
        metric="percent_of_lowest_test_loss",
    )  # fmt: skip
    assert found["mean"] == pytest.approx((100 * losses.argmin(axis=1) / 99).mean())


def test_every_round_has_a_percentage_of_its_own(made):
    rounds = made[2]["rounds"]
    assert rounds.groupby("round")["percent"].nunique().eq(1).all()
    assert rounds["percent"].nunique() == rounds["round"].nunique() == 100


@pytest.mark.parametrize(
    ("first", "last", "rounds", "masked"),
    [(76, 95, (79, 95, 6), (13, 16)), (1, 60, (1, 60, 6), (0, 10))],
)
def test_ranges_of_sparsity_are_averaged_within_a_replica(
    made, first, last, rounds, masked
):
    _study, results, tables, _metrics = made
    # 79.8 to 91.9 %, 1.0 to 55.6 %; with random masks every sixth round from 1 on
    places = {"magnitude": slice(*rounds), "random": slice(*masked)}
    means = (joined(results, c)[:, at].mean(axis=1) for c, at in places.items())
    found = row(
        tables["summary"], protocol="published", percent_from=first, percent_to=last,
        metric="test_accuracy_difference_to_random",
    )  # fmt: skip
    assert agrees(found, paired_interval(*means))


def test_every_claim_has_its_row(made):
    tables = made[2]
    claims = read_claims(folder("lottery") / "claims.yaml")
    judged = [claim for claim in claims if claim.where is not None]
    assert len(judged) > 10
    for claim in judged:
        assert measured_row(claim, tables[claim.table]) is not None, claim.id


def test_a_schedule_without_a_round_in_the_ranges_leaves_a_table(made, tmp_path):
    study, results = made[:2]
    few = [r for r in results.results if not isinstance(r.settings, Rounds)]
    of_all = ({"score_step": 1000}, {"score_step": "last"}, {"random_masks": "fresh"},
              {"random_masks": "nested"})  # fmt: skip
    for chosen in of_all:
        (first, *_) = results.of(Rounds, **chosen)
        settings = first.settings.model_copy(
            update={"rounds": (0,), "sparsities": (0.0,)}
        )
        arrays = {n: a[:, :1] for n, a in first.arrays.items() if n != "step"}
        few.append(Result(settings, REPLICAS, arrays))
    tables, _metrics = summarise.summarise(study, Results(few))
    write_table(tmp_path / "summary.csv", tables["summary"])
    left = read_table(tmp_path / "summary.csv")
    assert set(left["metric"]) == {"percent_of_lowest_test_loss"}


def test_adjacency_is_compared_with_random_tickets_and_with_chance(made):
    _study, results, tables, _metrics = made
    lottery, random = (
        results.one(Masks, criterion=c, round=91).arrays
        for c in ("magnitude", "random")
    )
    ticket = {"criterion": "magnitude", "percent": 92}
    found = row(tables["masks"], metric="p3_difference_to_random", **ticket)
    expected = paired_interval(lottery["adjacency"][:, 1], random["adjacency"][:, 1])
    assert agrees(found, expected)
    found = row(tables["masks"], metric="p2_excess_by_input", **ticket)
    expected = lottery["adjacency"][:, 0] - lottery["expected_by_input"][:, 0]
    assert found["mean"] == pytest.approx(expected.mean())
    found = row(tables["masks"], metric="neighbours_excess", **ticket)
    expected = lottery["co_survival"][:, 0] - lottery["neighbours_null_mean"]
    assert found["mean"] == pytest.approx(expected.mean())


def test_near_pairs_are_weighted_by_how_many_there_are():
    # Five inputs: 4, 3, 2 and 1 pairs at distances 1 to 4.
    lags = np.array([[1.0, 2.0, 0.0, 4.0]])
    expected = (4 + 6) / 7 - (4 + 6 + 4) / 10
    assert mask_tables.near_excess(lags, farthest=2) == pytest.approx(expected)


def test_units_are_sorted_by_pairs_then_by_survivors():
    rows = [[1, 1, 0, 0, 0], [1, 0, 1, 0, 1], [1, 0, 1, 1, 0], [0, 0, 1, 0, 0]]
    mask = np.array(rows, dtype=bool)
    ordered = mask_tables.sorted_units(mask)
    assert np.array_equal(ordered, mask[[3, 1, 0, 2]])


def test_the_published_numbers_are_those_of_the_sources():
    for run in (published.ROUNDS_2020, published.ROUNDS_2024):
        assert all(len(v) == len(published.SPARSITIES) for v in run.values())
    at_92 = published.SPARSITIES.index(92)
    assert published.ROUNDS_2020["magnitude"][at_92] == 73.5
    assert published.ROUNDS_2024["random"][-1] == 16.1


@pytest.mark.parametrize("replicas", [3, 1])
def test_every_table_and_figure_is_made(made, tmp_path, replicas):
    study, results, tables, _metrics = made
    if replicas == 1:
        alone = [
            Result(r.settings, (0,), {n: a[:1] for n, a in r.arrays.items()})
            for r in results.results
        ]
        tables, _metrics = summarise.summarise(study, Results(alone))
    assert set(tables) == set(plan.TABLES)
    assert (tables["summary"]["n"] == replicas).all()
    assert tables["summary"]["ci_low"].isna().all() == (replicas == 1)
    figures = rendered(draw.draw, tables, study, study.drawing, tmp_path)
    assert set(figures) == set(plan.FIGURES)
    for name, figure in figures.items():
        if name != "lottery_masks":
            assert f"n = {replicas} " in figure.get_supxlabel()


@pytest.fixture(scope="module")
def figures(made):
    study, _results, tables, _metrics = made
    with style():
        drawn = draw.draw(tables, study, study.drawing)
        for figure in drawn.values():
            figure.canvas.draw()
    return drawn


def test_accuracy_over_rounds_is_shown_about_the_dense_network(made, figures):
    rounds = made[2]["rounds"]
    _loss, accuracy = figures["lottery_rounds"].axes
    dense = row(
        rounds, protocol="published", round=0, criterion="magnitude",
        metric="test_accuracy_final",
    )  # fmt: skip
    low, high = accuracy.get_ylim()
    assert high - low == 30
    assert abs((low + high) / 2 - dense["mean"]) <= 2.5
    (inset,) = accuracy.child_axes
    assert inset.get_ylim() == (0, 80)
    assert [len(line.get_xdata()) for line in inset.lines[:2]] == [100, 17]


def test_intervals_of_rounds_do_not_hide_one_another(figures):
    for axes in figures["lottery_rounds"].axes:
        random, lottery, dense = (bars.get_segments() for bars in axes.collections)
        places = [{bar[0][0] for bar in bars} for bars in (random, lottery, dense)]
        assert len(places[0]) > 10
        assert len(places[1]) > 10
        assert places[2] == {0}
        assert len(set.union(*places)) == sum(map(len, places))


def test_runs_in_units_of_chance_stand_at_the_sparsities_that_were_measured(
    made, figures
):
    axes = figures["lottery_adjacency"].axes[3]
    ticks = [label.get_text() for label in axes.get_xticklabels()]
    assert ticks == [f"{100 * s:.0f}" for s in made[2]["masks"]["sparsity"].unique()]
    low, _high = axes.get_ylim()
    assert -1 < low < 0
    assert axes.get_yscale() == "symlog"


def test_a_marker_at_zero_is_whole(figures):
    for axes in figures["lottery_adjacency"].axes[:3]:
        low, high = axes.get_ylim()
        assert low < -0.03 * high
