"""The tables and figures of invented results at the paper's scale."""

import numpy as np
import pytest
from rendering import rendered
from tidy import row

from scaling_down.claims.rows import measured_row
from scaling_down.claims.statements import read_claims
from scaling_down.experiments.contract import Result, Results
from scaling_down.experiments.metalearn_activation import draw, plan, summarise
from scaling_down.experiments.metalearn_activation.compute.comparison import METRICS
from scaling_down.experiments.metalearn_activation.settings import (
    Comparison,
    Metalearning,
)
from scaling_down.experiments.metalearn_activation.summarise.functions import (
    KNOWN,
    local_extrema,
    unexplained_share,
)
from scaling_down.statistics.intervals import paired_interval
from scaling_down.workflow.experiment import folder
from scaling_down.workflow.parameters.file import load_params

REPLICAS = (0, 1, 2)
X = np.linspace(-10, 10, 201)
DENSITY = np.exp(-(X**2) / 8) / np.sqrt(8 * np.pi)


def invented(settings, rng):
    n = len(REPLICAS)
    if isinstance(settings, Comparison):
        shape = n, len(settings.circumstances), len(settings.learning_rates), 3
        return {name: rng.random(shape) for name in METRICS}
    steps = settings.outer.steps
    names = ("outer_loss", "final_inner_loss", "test_accuracy", "share_outside")
    waves = np.sin(X) + rng.normal(size=(n, 1)) * X / 50
    return {
        "outer_step": np.tile(np.arange(steps), (n, 1)),
        **{name: rng.random((n, steps)) for name in names},
        "parameters": rng.random((n, 2)),
        "x": np.tile(X, (n, 1)),
        "initial": np.tile(KNOWN["elu"](X), (n, 1)),
        "value": waves,
        "density": np.tile(DENSITY, (n, 1)),
    }


@pytest.fixture(scope="module")
def made(repository):
    """The study, invented results, and the tables and metrics made of them."""
    params = load_params(repository / "params.yaml")
    rng = np.random.default_rng(3)
    results = Results(
        Result(run.settings, REPLICAS, invented(run.settings, rng))
        for run in plan.runs(params)
    )
    study = params.metalearn_activation
    return study, results, *summarise.summarise(study, results)


def comparison(results, **which):
    (found,) = results.of(
        Comparison, **{"family": None, "protocol": None, "shape": None} | which
    )
    return found.arrays


def agrees(found, expected):
    return all(found[name] == pytest.approx(value) for name, value in expected.items())


def best(arrays, circumstance):
    return arrays["outer_loss"][:, circumstance].mean(axis=(0, 2)).argmin()


@pytest.mark.parametrize(
    ("rate", "other_rate"),
    [("published", "published"), ("published", "best"), ("best", "best")],
)
def test_differences_are_paired_and_at_the_rates_they_say(made, rate, other_rate):
    study, results, tables, _metrics = made
    learned = comparison(results, family="learned", protocol="corrected")
    relu = comparison(results, shape="relu")
    place = study.learning_rates.index(0.01)
    accuracies = [
        100
        * arrays["test_accuracy"][
            :, 1, place if choice == "published" else best(arrays, 1)
        ].mean(axis=1)
        for arrays, choice in ((learned, rate), (relu, other_rate))
    ]
    found = row(
        tables["comparisons"], scenario="unseen", protocol="corrected", rate=rate,
        other="relu", other_rate=other_rate, metric="test_accuracy",
    )  # fmt: skip
    assert agrees(found, paired_interval(*accuracies))
    assert best(learned, 1) != place
    assert best(relu, 1) != place


def test_the_best_rate_is_chosen_on_training_losses(made):
    study, results, tables, _metrics = made
    arrays = comparison(results, shape="tanh")
    found = row(
        tables["arms"], scenario="dataset", activation="tanh", rate="best",
        metric="test_accuracy",
    )  # fmt: skip
    assert found["learning_rate"] == study.learning_rates[best(arrays, 2)]
    values = 100 * arrays["test_accuracy"][:, 2, best(arrays, 2)].mean(axis=1)
    assert found["mean"] == pytest.approx(values.mean())


def test_gains_are_compared_within_a_protocol(made):
    comparisons = made[2]["comparisons"]
    assert (comparisons["activation"] == "learned").all()
    chosen = {"scenario": "seen", "other": "swish_gains", "protocol": "published"}
    row(comparisons, rate="best", other_rate="best", metric="outer_loss", **chosen)


def test_lost_advantage_is_that_of_the_seen_training_less_the_other(made):
    study, results, tables, _metrics = made
    place = study.learning_rates.index(0.01)
    learned = comparison(results, family="learned", protocol="published")
    relu = comparison(results, shape="relu")
    seen, longer = (
        (learned["test_accuracy"] - relu["test_accuracy"])[:, k, place].mean(axis=1)
        for k in (0, 3)
    )
    found = row(
        tables["summary"], activation="learned", protocol="published",
        metric="advantage_lost_longer",
    )  # fmt: skip
    assert agrees(found, paired_interval(100 * seen, 100 * longer))


def test_late_is_the_last_third_of_the_outer_steps(made):
    _study, results, tables, metrics = made
    result = results.one(Metalearning, family="learned", protocol="published")
    accuracy = 100 * result.arrays["test_accuracy"]
    found = row(
        tables["summary"], activation="learned", protocol="published",
        metric="test_accuracy_late",
    )  # fmt: skip
    assert found["mean"] == pytest.approx(accuracy[:, 201:].mean())
    headline = metrics["test_accuracy"]["learned_published"]
    assert headline == pytest.approx(found["mean"], abs=0.006)


def test_shape_of_a_sine(made):
    chosen = {"activation": "learned", "protocol": "published"}
    summary = made[2]["summary"]
    assert row(summary, metric="extrema", **chosen)["mean"] == 4
    left = row(summary, metric="left_maximum_x", **chosen)["mean"]
    assert left == pytest.approx(-4, abs=0.01)
    low = row(summary, metric="middle_minimum", **chosen)["mean"]
    assert low == pytest.approx(np.sin(-1), abs=0.1)


@pytest.mark.parametrize(
    ("values", "count"),
    [([1, 2, 3], 0), ([1, 2, 2, 3], 0), ([1, 3, 2], 1), ([3, 1, 1, 2, 0], 2)],
)
def test_extrema_are_counted(values, count):
    assert local_extrema(np.array(values, float)) == count


def test_functions_are_alike_up_to_scales_and_a_constant():
    for name, function in KNOWN.items():
        moved = 3 - 2 * function(-1.5 * X)
        assert unexplained_share(X, moved, DENSITY, function) < 5e-3, name
    unlike = unexplained_share(X, KNOWN["sin"](X), DENSITY, KNOWN["relu"])
    assert 0.1 < unlike < 1


def test_functions_are_compared_where_preactivations_fall():
    value = np.where(np.abs(X) < 2, X, 100.0)
    narrow = np.where(np.abs(X) < 1.9, 1.0, 0.0)
    assert unexplained_share(X, value, narrow, lambda x: x) < 1e-9
    assert unexplained_share(X, value, DENSITY, lambda x: x) > 0.5


def test_every_claim_has_its_row(made):
    tables = made[2]
    claims = read_claims(folder("metalearn_activation") / "claims.yaml")
    judged = [claim for claim in claims if claim.where is not None]
    assert len(judged) > 10
    for claim in judged:
        assert measured_row(claim, tables[claim.table]) is not None, claim.id


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
    for figure in figures.values():
        assert f"n = {replicas} " in figure.get_supxlabel()
