"""The cells of the sweeps: their jobs put together, and their thresholds."""

import numpy as np
import pytest
import torch
from planted_thresholds import agrees, planted_thresholds, ratio_at
from tidy import row

from scaling_down.engine.losses import sample_losses
from scaling_down.experiments.interpolation_threshold import compute, summarise
from scaling_down.experiments.interpolation_threshold.cells import (
    constant_loss,
    criteria,
)
from scaling_down.experiments.interpolation_threshold.settings import (
    LOSSES,
    Sweep,
    Widths,
)
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
    cells = sum(len(sweep.of(loss)) for sweep in made.study.sweeps for loss in LOSSES)
    assert len(criteria(made.study)) == 5 + 4 + 1
    assert len(thresholds) == cells * 10 * 5
    where = {"sweep": "random", "n_train": 4000, "classes": 10}
    for loss in LOSSES:
        expected = planted_thresholds(loss, 2000, 4000, 10, replicas=3)
        for criterion in criteria(made.study):
            cell = {**where, "loss": loss, **criterion._asdict()}
            for metric, unit in (
                ("parameters", 1), ("over_n", 4000), ("over_nk", 40000),
                ("over_n_k_less_1", 36000), ("over_bits", 4000 * np.log2(10)),
            ):  # fmt: skip
                found = row(thresholds, metric=metric, **cell)
                values = expected * ratio_at(*criterion) / unit
                assert agrees(found, mean_interval(values))


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


def sweep_of(nll, mse):
    cells = {"nll": nll, "mse": mse}
    return Sweep(name="some", label_noise=1.0, epochs=4, cells=cells)


def test_the_fullest_n_has_most_cells_of_both_losses_and_is_the_largest_of_those():
    cells = ((10, 2), (10, 5), (20, 2), (20, 5))
    assert sweep_of((*cells, (40, 5)), cells).fullest_n() == 20
    assert sweep_of((*cells, (40, 2), (40, 5)), ((10, 2), (20, 2))).fullest_n() == 20
    assert sweep_of(((10, 2), (20, 5)), ()).fullest_n() == 20
