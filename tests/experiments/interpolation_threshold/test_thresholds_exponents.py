"""The power laws of the thresholds: planted ones are found, and what is not known."""

import numpy as np
import pytest
from planted_thresholds import agrees, planted_exponents, planted_thresholds, row

from scaling_down.experiments.interpolation_threshold.cells import Cell
from scaling_down.experiments.interpolation_threshold.exponents import power_law
from scaling_down.experiments.interpolation_threshold.settings import LOSSES
from scaling_down.statistics.intervals import mean_interval, paired_interval


def test_the_exponents_are_recovered(made):
    own = np.array([-1, 0, 1])
    for sweep in made.study.sweeps:
        for loss in LOSSES:
            constant, in_n, in_k = planted_exponents(loss, sweep.epochs)
            expected = {
                "exponent_n": in_n + 0.005 * own,
                "exponent_k": np.full(3, in_k),
                "constant": constant * np.exp(0.03 * own),
            }
            for criterion in ("train_loss", "train_error", "test_peak"):
                where = {"sweep": sweep.name, "loss": loss, "criterion": criterion}
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
        "random_doubled"
    }
    cells = {sweep.name: set(sweep.cells) for sweep in made.study.sweeps}
    shared = sorted(cells["random"] & cells["random_doubled"])
    for loss in LOSSES:
        late, early = (
            np.stack([planted_thresholds(loss, epochs, n, k, 3) for n, k in shared])
            for epochs in (4000, 2000)
        )
        where = {"sweep": "random_doubled", "loss": loss, "criterion": "train_loss"}
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
