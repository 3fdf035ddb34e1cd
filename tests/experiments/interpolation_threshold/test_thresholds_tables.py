"""The headlines, the claims' rows, and what a replica without a threshold leaves."""

import json

import numpy as np
import pytest
from planted_thresholds import FULL, NAME, invented, without_a_threshold
from tidy import row

from scaling_down.claims.rows import measured_row
from scaling_down.claims.statements import read_claims
from scaling_down.claims.verdicts import bounds, is_inside
from scaling_down.experiments.interpolation_threshold import summarise
from scaling_down.experiments.interpolation_threshold.settings import LOSSES, regular
from scaling_down.workflow.experiment import folder
from scaling_down.workflow.parameters.file import load_params


def test_the_test_loss_rises_to_its_peak(made):
    for loss in LOSSES:
        where = {"sweep": "random", "loss": loss, "metric": "peak_rise_relative"}
        found = row(made.tables["summary"], **where)
        assert found["criterion"] == "test_peak"
        assert np.isnan(found["predicted"])
        assert 5 < found["mean"] < np.exp(2)


def test_the_plot_and_the_metrics_give_the_headlines(made):
    plot, metrics = made.tables["plot"], made.metrics
    assert plot["classes"].tolist() == [2, 5, 10]
    for loss in LOSSES:
        where = {
            "sweep": "random", "loss": loss, "n_train": 4000, "classes": 5,
            "criterion": "train_loss", "level": 0.1, "metric": "over_n",
        }  # fmt: skip
        found = row(made.tables["thresholds"], **where)
        assert plot[loss][1] == pytest.approx(found["mean"])
    assert set(metrics) == {sweep.name for sweep in regular(made.study.sweeps)}
    assert metrics["noise"] == {
        "nll_exponent_n": 0.97, "nll_exponent_k": 0.02,
        "mse_exponent_n": 0.98, "mse_exponent_k": 0.95,
    }  # fmt: skip


def test_a_replica_without_a_threshold_leaves_no_number(made):
    changed = without_a_threshold(made.results)
    tables, metrics = summarise.summarise(made.study, changed)
    cell = {"sweep": "random", "loss": "nll", "n_train": 1000}
    found = row(
        tables["thresholds"],
        **cell, classes=5, criterion="train_loss", level=0.1, metric="over_n",
    )  # fmt: skip
    assert found["n"] == 3
    assert np.isnan([found["mean"], found["sd"], found["ci_low"]]).all()
    local = tables["local_exponents"]
    known = made.tables["local_exponents"]["mean"].notna()
    lacking = local[known & local["mean"].isna()]
    assert (lacking[list(cell)] == list(cell.values())).all(axis=None)
    assert len(lacking) == 2 * len(made.study.levels.train_loss)
    lost = {
        ("random", "exponent_n"), ("random", "exponent_k"), ("random", "constant"),
        ("random_doubled", "exponent_n_change"),
        ("random_doubled", "exponent_k_change"),
        ("random_doubled", "threshold_change"),
    }  # fmt: skip
    summary = tables["summary"]
    new = summary["mean"].isna() & made.tables["summary"]["mean"].notna()
    nan = summary[new]
    assert set(zip(nan["sweep"], nan["metric"], strict=True)) == lost
    assert (nan[["loss", "criterion"]] == ["nll", "train_loss"]).all(axis=None)
    assert summary[~new].equals(made.tables["summary"][~new])
    assert metrics["random"]["nll_exponent_k"] is None
    json.dumps(metrics, allow_nan=False)


def test_every_claim_on_exponents_is_decided_by_one_row(made):
    exponents = [
        claim
        for claim in read_claims(folder(NAME) / "claims.yaml")
        if claim.kind == "claim" and claim.where and claim.table == "summary"
    ]
    assert len(exponents) == 16
    for claim in exponents:
        found = row(made.tables["summary"], **claim.where)
        assert is_inside(found["ci_low"], found["ci_high"], claim.expect)
        low, high = bounds(claim.expect)
        assert low < found["predicted"] < high


def test_the_sweeps_of_the_parameters_answer_every_claim():
    study, results = invented(load_params(FULL), 5)
    tables, _metrics = summarise.summarise(study, results)
    for claim in read_claims(folder(NAME) / "claims.yaml", tables):
        if claim.where:
            found = measured_row(claim, tables[claim.table])
            assert found.n == 5 - (claim.stated_on or 0)
            assert np.isfinite(found.mean)


def test_each_replica_has_its_value_in_the_table_by_replica(made):
    where = {
        "sweep": "noise", "loss": "nll", "criterion": "train_error", "level": 0.3,
    }  # fmt: skip
    replicas = made.tables["replicas"]
    assert "predicted" not in replicas
    chosen = replicas[replicas["metric"] == "exponent_n"]
    for column, value in where.items():
        chosen = chosen[chosen[column] == value]
    assert chosen["replica"].tolist() == [0, 1, 2]
    assert chosen["value"].tolist() == pytest.approx([0.965, 0.97, 0.975])
