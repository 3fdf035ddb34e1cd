"""The headlines, the claims' rows, and what a replica without a threshold leaves."""

import json

import numpy as np
import pytest
from planted_thresholds import NAME, row, without_a_threshold

from scaling_down.claims.judge import verdict
from scaling_down.claims.statements import as_plain, read_claims
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


def test_every_claim_is_decided_by_one_row(made):
    claims = as_plain(read_claims(folder(NAME) / "claims.yaml"))
    assert len(claims) == 8
    for claim in claims:
        found = row(made.tables[claim["table"]], **claim["where"])
        judged = verdict(found["ci_low"], found["ci_high"], claim["expect"])
        assert judged == "reproduced"
        region = claim["expect"]
        assert region["above"] < found["predicted"] < region["below"]
