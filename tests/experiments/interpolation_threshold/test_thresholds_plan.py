"""The grids, the jobs and the runs of the sweeps, and what the parameters may be."""

from collections import Counter
from itertools import pairwise

import numpy as np
import pytest
from planted_thresholds import CURVE_WIDTHS, FULL, NAME, TINY

from scaling_down.claims.statements import read_claims
from scaling_down.experiments.interpolation_threshold import plan
from scaling_down.experiments.interpolation_threshold.published import CURVE_TEST_LOSS
from scaling_down.experiments.interpolation_threshold.settings import (
    LOSSES,
    Widths,
    hidden_units,
    parameters_of,
)
from scaling_down.workflow.experiment import folder
from scaling_down.workflow.parameters.file import ParameterError, load_params


def test_claims_ask_for_sweeps_that_the_parameters_have():
    names = {sweep.name for sweep in load_params(FULL).interpolation_threshold.sweeps}
    claims = read_claims(folder(NAME) / "claims.yaml")
    assert {claim.where["sweep"] for claim in claims if claim.where} <= names


def all_cells(section):
    """Yield each sweep, loss, n and K."""
    for loss in LOSSES:
        for sweep in section.sweeps:
            for samples, classes in sweep.of(loss):
                yield sweep, loss, samples, classes


@pytest.mark.parametrize("file", [FULL, TINY])
def test_the_widths_of_a_cell_descend_and_its_jobs_are_not_too_long(file):
    section = load_params(file).interpolation_threshold
    for cell in all_cells(section):
        jobs = section.jobs(*cell)
        widths = [width for job in jobs for width in job]
        assert all(before > after for before, after in pairwise(widths))
        sweep, _loss, samples, _classes = cell
        for job in jobs:
            work = sum(job) * samples * sweep.epochs
            assert len(job) == 1 or work <= section.work_per_job


def test_the_grids_surround_both_claimed_thresholds(full):
    section = full.interpolation_threshold
    for sweep, loss, samples, classes in all_cells(section):
        if sweep.widths is not None:
            continue
        widths = np.array(section.widths(sweep, loss, samples, classes)[::-1])
        parameters = (41 + classes) * widths + classes
        assert parameters[0] < samples / 7
        claimed = samples if loss == "nll" else samples * classes
        assert parameters[-1] > 1.3 * claimed
        near = (claimed / 4 < parameters) & (parameters < 1.5 * claimed)
        assert near.sum() >= 4
        ratios = parameters[1:] / parameters[:-1]
        assert (ratios[near[:-1]] < 2.1).all()


def test_no_network_beyond_the_span_is_larger_than_the_largest(full):
    section = full.interpolation_threshold
    sweep = section.sweeps[0]
    wide = section.model_copy(
        update={"grid": section.grid.model_copy(update={"largest": 10**9})}
    )
    cell = (sweep, "nll", 4000, 10)
    assert section.widths(*cell) == wide.widths(*cell)
    cell = (sweep, "nll", 10000, 10)
    widest, *others = wide.widths(*cell)
    assert section.widths(*cell) == others
    assert parameters_of(widest, 10) > 60000 > parameters_of(others[0], 10)


def test_a_curve_has_its_own_widths(full):
    section = full.interpolation_threshold
    curve = section.sweeps[-1]
    jobs = section.jobs(curve, "nll", 10000, 10)
    assert [width for job in jobs for width in job] == CURVE_WIDTHS[::-1]
    (cell,) = [
        c for c in all_cells(load_params(FULL).interpolation_threshold)
        if c[0].widths is not None
    ]  # fmt: skip
    assert cell[1:] == ("nll", 10000, 10)
    assert set(CURVE_TEST_LOSS) <= set(cell[0].widths)


def test_random_labels_may_ask_for_all_samples_and_true_ones_for_their_digits(full):
    section = full.interpolation_threshold
    random, *_, clean = (s for s in section.sweeps if s.widths is None)
    assert section.most_samples(random, 2) == 24000
    assert section.most_samples(clean, 2) == 4320


def test_a_width_has_the_nearest_number_of_parameters():
    assert hidden_units(51 * 7 + 10, 10) == 7
    assert hidden_units(43 * 20 + 2 + 21, 2) == 20
    assert hidden_units(43 * 20 + 2 + 22, 2) == 21
    assert hidden_units(1, 10) == 1
    assert parameters_of(190, 10) == 9700


def sweep_of(*cells, **changes):
    """Return a sweep on true labels, of NLL alone."""
    cells = {"nll": list(cells), "mse": []}
    return {
        "name": "clean", "label_noise": 0.0, "epochs": 8, "cells": cells, **changes
    }  # fmt: skip


SWEEP = sweep_of([20, 2])
LEVELS = {"train_loss": [0.1], "train_error": [1.0]}


@pytest.mark.parametrize(
    ("overrides", "allowed"),
    [
        ({"sweeps": [SWEEP, SWEEP]}, "names that are all different"),
        ({"sweeps": [SWEEP, {**SWEEP, "name": "again"}]}, "differ in label_noise or"),
        (
            {"sweeps": [sweep_of([22, 2])]},
            "up to 21 samples of 2 classes in",
        ),
        ({"sweeps": [sweep_of([121, 2], label_noise=1.0)]}, "up to 120 samples of 2"),
        ({"sweeps": [sweep_of([20, 2], [20, 2])]}, "all different"),
        ({"sweeps": [sweep_of([20, 11])]}, r"sweeps\.0\.cells"),
        ({"sweeps": [sweep_of([20, 2], widths=[3, 4])]}, r"sweeps\.0\.widths"),
        ({"sweeps": [{**SWEEP, "name": "random-labels"}]}, r"sweeps\.0\.name"),
        ({"sweeps": []}, f"{NAME}.sweeps"),
        ({"grid": {"nll": [8.0, 1.0]}}, "nll from a lower to a higher multiple"),
        ({"grid": {"mse": [1.0, 1.0]}}, "mse from a lower to a higher multiple"),
        ({"interpolation_level": 1.0}, f"{NAME}.interpolation_level"),
        ({"levels": LEVELS}, "one of levels.train_loss"),
        ({"levels": {**LEVELS, "train_error": []}}, f"{NAME}.levels.train_error"),
    ],
)
def test_parameters_that_make_no_sense_are_refused(overrides, allowed):
    with pytest.raises(ParameterError, match=allowed):
        load_params(TINY, {NAME: overrides})


def test_each_cell_is_trained_once_at_each_width(full):
    runs = plan.runs(full)
    assert len({run.cell for run in runs}) == len(runs)
    section, trained = full.interpolation_threshold, Counter()
    for run in runs:
        settings = run.settings
        of_sweep = (settings.label_noise, settings.epochs)
        cell = (*of_sweep, settings.loss, settings.n_train, settings.classes)
        trained.update((*cell, width) for width in settings.widths)
    assert set(trained.values()) == {1}
    expected = {
        (sweep.label_noise, sweep.epochs, loss, samples, classes, width)
        for sweep in section.sweeps
        for loss in LOSSES
        for samples, classes in sweep.of(loss)
        for width in section.widths(sweep, loss, samples, classes)
    }
    assert set(trained) == expected


def test_a_runs_settings_are_complete(full):
    for run in plan.runs(full):
        settings = run.settings
        assert type(settings) is Widths
        assert (run.step, dict(run.reads)) == ("widths", {})
        assert set(run.plain_settings) == {
            "loss", "label_noise", "n_train", "classes", "widths", "epochs",
            "batch_size", "learning_rate", "dataset",
        }  # fmt: skip
        assert (settings.batch_size, settings.learning_rate) == (1000, 0.01)
        size = {"num_samples": 40000, "train_split": 0.6}
        assert settings.dataset == full.dataset.alone(**size)


def test_every_run_has_a_key_of_its_own(full):
    runs = plan.runs(full)
    assert len({run.key for run in runs}) == len(runs)
