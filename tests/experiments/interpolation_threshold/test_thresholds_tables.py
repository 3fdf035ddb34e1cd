"""The headlines, the claims' rows, and what a replica without a threshold leaves."""

import json

import numpy as np
import pytest
from planted_thresholds import NAME, row, without_a_threshold

from scaling_down.claims.statements import read_claims
from scaling_down.claims.verdicts import bounds, is_inside
from scaling_down.experiments.interpolation_threshold import summarise
from scaling_down.experiments.interpolation_threshold.settings import LOSSES
from scaling_down.workflow.experiment import folder


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
            "criterion": "train_loss", "metric": "over_n",
        }  # fmt: skip
        found = row(made.tables["thresholds"], **where)
        assert plot[loss][1] == pytest.approx(found["mean"])
    assert set(metrics) == {sweep.name for sweep in made.study.sweeps}
    assert metrics["noise"] == {
        "nll_exponent_n": 0.97, "nll_exponent_k": 0.02,
        "mse_exponent_n": 0.98, "mse_exponent_k": 0.95,
    }  # fmt: skip


def test_a_replica_without_a_threshold_leaves_no_number(made):
    changed = without_a_threshold(made.results)
    tables, metrics = summarise.summarise(made.study, changed)
    cell = {"loss": "nll", "criterion": "train_loss"}
    found = row(
        tables["thresholds"],
        sweep="random", n_train=1000, classes=5, metric="over_n", **cell,
    )  # fmt: skip
    assert found["n"] == 3
    assert np.isnan([found["mean"], found["sd"], found["ci_low"]]).all()
    lost = {
        ("random", "exponent_n"), ("random", "exponent_k"), ("random", "constant"),
        ("random_doubled", "exponent_n_change"),
        ("random_doubled", "exponent_k_change"),
        ("random_doubled", "threshold_change"),
    }  # fmt: skip
    summary = tables["summary"]
    nan = summary[summary["mean"].isna()]
    assert set(zip(nan["sweep"], nan["metric"], strict=True)) == lost
    assert (nan[["loss", "criterion"]] == ["nll", "train_loss"]).all(axis=None)
    kept = summary["mean"].notna()
    assert summary[kept].equals(made.tables["summary"][kept])
    assert metrics["random"]["nll_exponent_k"] is None
    json.dumps(metrics, allow_nan=False)


def test_every_claim_on_exponents_is_decided_by_one_row(made):
    exponents = [
        claim
        for claim in read_claims(folder(NAME) / "claims.yaml")
        if claim.kind == "claim" and claim.where and claim.table == "summary"
    ]
    assert len(exponents) == 8
    for claim in exponents:
        found = row(made.tables["summary"], **claim.where)
        assert is_inside(found["ci_low"], found["ci_high"], claim.expect)
        low, high = bounds(claim.expect)
        assert low < found["predicted"] < high


def test_every_claim_on_thresholds_finds_its_row(made):
    thresholds = [
        claim
        for claim in read_claims(folder(NAME) / "claims.yaml")
        if claim.table == "thresholds" and claim.where["sweep"] == "random"
    ]
    assert len(thresholds) == 3
    for claim in thresholds:
        assert row(made.tables["thresholds"], **claim.where)["n"] == 3
