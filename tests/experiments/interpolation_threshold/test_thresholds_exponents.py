"""The power laws of the thresholds: planted ones are found, and what is not known."""

import numpy as np
import pytest
from planted_thresholds import (
    CORNER,
    agrees,
    planted_exponents,
    planted_thresholds,
    ratio_at,
)
from tidy import row

from scaling_down.experiments.interpolation_threshold.cells import Cell, criteria
from scaling_down.experiments.interpolation_threshold.exponents import limit, power_law
from scaling_down.experiments.interpolation_threshold.settings import LOSSES, regular
from scaling_down.statistics.intervals import mean_interval, paired_interval


def test_the_exponents_are_recovered(made):
    own = np.array([-1, 0, 1])
    of_several_n = [s for s in regular(made.study.sweeps) if s.epochs < 8000]
    for sweep in of_several_n:
        for loss in LOSSES:
            constant, in_n, in_k = planted_exponents(loss, sweep.epochs)
            for criterion in criteria(made.study):
                expected = {
                    "exponent_n": in_n + 0.005 * own,
                    "exponent_k": np.full(3, in_k),
                    "constant": ratio_at(*criterion) * constant * np.exp(0.03 * own),
                }
                where = {"sweep": sweep.name, "loss": loss, **criterion._asdict()}
                for metric, values in expected.items():
                    found = row(made.tables["summary"], metric=metric, **where)
                    assert agrees(found, mean_interval(values))


def test_the_claimed_exponents_stand_beside_the_measured(made):
    for loss, metric, claimed in (
        ("nll", "exponent_n", 1), ("nll", "exponent_k", 0), ("nll", "constant", 1),
        ("mse", "exponent_n", 1), ("mse", "exponent_k", 1), ("mse", "constant", 1),
    ):  # fmt: skip
        summary = made.tables["summary"]
        rows = summary[(summary["loss"] == loss) & (summary["metric"] == metric)]
        assert (rows["predicted"] == claimed).all()


def test_longer_training_is_compared_with_shorter_on_the_cells_of_both(made):
    summary = made.tables["summary"]
    assert set(summary[summary["metric"].str.endswith("_change")]["sweep"]) == {
        "random_doubled", "random_quadrupled"
    }  # fmt: skip
    for loss in LOSSES:
        late, early = (
            np.stack([planted_thresholds(loss, epochs, n, k, 3) for n, k in CORNER])
            for epochs in (4000, 2000)
        )
        where = {
            "sweep": "random_doubled", "loss": loss, "criterion": "train_loss",
            "level": 0.1,
        }  # fmt: skip
        found = row(summary, metric="threshold_change", **where)
        assert agrees(found, mean_interval(np.log2(late / early).mean(axis=0)))
        found = row(summary, metric="exponent_k_change", **where)
        assert found["mean"] == pytest.approx(-0.05)
        found = row(summary, metric="exponent_n_change", **where)
        assert agrees(found, paired_interval(np.zeros(3), np.zeros(3)))


def fitted(pairs):
    """Fit thresholds of 3 n K^0.5, which two replicas share."""
    cells = [Cell("random", "nll", n, classes) for n, classes in pairs]
    values = [3.0 * cell.n_train * cell.classes**0.5 for cell in cells]
    return power_law(cells, np.array([values, values]))


def test_cells_that_do_not_tell_the_exponents_apart_give_none():
    found = fitted([(1000, 2), (2000, 5)])
    assert all(np.isnan(values).all() for values in found.values())


def test_what_all_cells_have_in_common_has_no_exponent():
    of_one_n = fitted([(1000, 2), (1000, 5), (1000, 10)])
    np.testing.assert_allclose(of_one_n["exponent_k"], 0.5)
    assert np.isnan([of_one_n["exponent_n"], of_one_n["constant"]]).all()
    of_one_k = fitted([(1000, 2), (2000, 2)])
    np.testing.assert_allclose(of_one_k["exponent_n"], 1)
    assert np.isnan([of_one_k["exponent_k"], of_one_k["constant"]]).all()


def test_local_exponents_are_those_between_neighbouring_classes(made):
    local = made.tables["local_exponents"]
    of_random = local[(local["sweep"] == "random") & (local["loss"] == "nll")]
    steps = of_random[["n_train", "classes_from", "classes_to"]].drop_duplicates()
    assert set(steps.itertuples(index=False, name=None)) == {
        (n, *step) for n in (1000, 2000, 4000) for step in ((2, 5), (5, 10))
    }
    for sweep, epochs in (("random", 2000), ("random_doubled", 4000)):
        rows = local[(local["sweep"] == sweep) & (local["loss"] == "mse")]
        assert len(rows) == len(criteria(made.study)) * (6 if epochs == 2000 else 2)
        _constant, _in_n, in_k = planted_exponents("mse", epochs)
        np.testing.assert_allclose(rows["mean"], in_k)


def test_kinds_of_labels_are_compared_on_equal_cells(made):
    shared = made.tables["shared_exponents"]
    assert set(shared["sweep"]) == {"random", "noise", "clean"}
    assert set(shared["cells"]) == {len(CORNER)}
    for loss in LOSSES:
        rows = shared[shared["loss"] == loss]
        _constant, in_n, in_k = planted_exponents(loss, 2000)
        for metric, planted in (("exponent_n", in_n), ("exponent_k", in_k)):
            means = rows[rows["metric"] == f"shared_{metric}"]["mean"]
            np.testing.assert_allclose(means, planted)


def test_lengths_give_the_change_of_each_doubling_and_the_limit(made):
    lengths = made.tables["lengths"]
    assert set(lengths["epochs"]) == {2000, 4000, 8000}
    cell = {"loss": "mse", "n_train": 1000, "classes": 5}
    where = {**cell, "criterion": "train_loss", "level": 0.1}
    first, second, third = (
        planted_thresholds("mse", epochs, 1000, 5, 3) for epochs in (2000, 4000, 8000)
    )
    found = row(lengths, metric="over_n", epochs=2000, **where)
    assert agrees(found, mean_interval(first / 1000))
    for epochs, ratio in ((4000, second / first), (8000, third / second)):
        found = row(lengths, metric="change_by_doubling", epochs=epochs, **where)
        assert agrees(found, mean_interval(100 * (ratio - 1)))
    found = row(lengths, metric="limit_over_n", **where)
    assert found["epochs"] == 8000
    assert agrees(found, mean_interval(first * (second / first) ** 2 / 1000))


def test_two_lengths_have_no_limit(made):
    lengths = made.tables["lengths"]
    limits = lengths[lengths["metric"] == "limit_over_n"]
    assert set(limits["classes"]) == {2, 5}
    assert set(lengths["classes"]) == {2, 5, 10}


def test_the_limit_is_that_of_changes_that_shrink():
    values = np.exp([[4.0, 1.0, 0.0, 1.0, 2.0], [2.0, 1.0, 1.0, 0.0, np.nan],
                     [1.0, 1.0, 2.0, 0.5, 1.0]])  # fmt: skip
    found = limit(values)
    assert found[:2] == pytest.approx(np.exp([0.0, 1.0]))
    assert np.isnan(found[2:]).all()
