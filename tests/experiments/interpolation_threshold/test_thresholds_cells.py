"""The cells of the sweeps: their jobs put together, and their thresholds."""

import pytest
import torch
from planted_thresholds import agrees, planted_thresholds, row

from scaling_down.engine.losses import sample_losses
from scaling_down.experiments.interpolation_threshold import compute, summarise
from scaling_down.experiments.interpolation_threshold.cells import (
    constant_loss,
    fullest_n,
)
from scaling_down.experiments.interpolation_threshold.settings import LOSSES, Widths
from scaling_down.statistics.intervals import mean_interval


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("classes", [2, 10])
def test_the_constant_loss_is_that_of_equal_answers(loss, classes):
    answer = 0.0 if loss == "nll" else 1 / classes
    outputs = torch.full((1, classes, classes), answer)
    labels = torch.arange(classes)[None]
    expected = sample_losses(outputs, labels, compute.LOSSES[loss]).mean()
    assert constant_loss(loss, classes) == pytest.approx(float(expected))


def test_thresholds_are_found_where_they_were_planted(made):
    thresholds = made.tables["thresholds"]
    cells = sum(len(sweep.cells) for sweep in made.study.sweeps)
    assert len(thresholds) == cells * 2 * 3 * 4
    where = {"sweep": "random", "n_train": 4000, "classes": 10}
    for loss in LOSSES:
        expected = planted_thresholds(loss, 2000, 4000, 10, replicas=3)
        for criterion in ("train_loss", "train_error", "test_peak"):
            cell = {**where, "loss": loss, "criterion": criterion}
            for metric, unit in (
                ("parameters", 1), ("over_n", 4000), ("over_nk", 40000),
                ("over_n_k_less_1", 36000),
            ):  # fmt: skip
                found = row(thresholds, metric=metric, **cell)
                assert agrees(found, mean_interval(expected / unit))


def test_the_jobs_of_a_cell_are_joined(made):
    cell = {"loss": "mse", "n_train": 4000, "classes": 10}
    curves = made.tables["curves"]
    for column, value in {"sweep": "random", **cell}.items():
        curves = curves[curves[column] == value]
    parts = made.results.of(Widths, label_noise=1.0, epochs=2000, **cell)
    assert len(parts) > 1
    widths = sorted(int(w) for part in parts for w in part.arrays["width"][0])
    for metric in summarise.METRICS:
        rows = curves[curves["metric"] == metric]
        assert rows["width"].tolist() == widths
        assert (rows["parameters"] == 51 * rows["width"] + 10).all()
    arrays = parts[0].arrays
    found = row(curves, metric="train_loss_relative", width=arrays["width"][0, 0])
    expected = arrays["train_loss"][:, 0, -1] / constant_loss("mse", 10)
    assert agrees(found, mean_interval(expected))
    found = row(curves, metric="train_error", width=arrays["width"][0, 0])
    assert agrees(found, mean_interval(100 * (1 - arrays["train_accuracy"][:, 0, -1])))


def test_the_fullest_n_has_most_classes_and_is_the_largest_of_those():
    assert fullest_n([(10, 2), (10, 5), (20, 2), (20, 5), (40, 5)]) == 20
    assert fullest_n([[10, 2], [20, 5]]) == 20
