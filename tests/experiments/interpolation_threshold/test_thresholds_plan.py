"""The grids, the jobs and the runs of the sweeps, and what the parameters may be."""

from collections import Counter
from itertools import pairwise

import numpy as np
import pytest
from planted_thresholds import FULL, NAME, TINY

from scaling_down.claims.statements import read_claims
from scaling_down.experiments.interpolation_threshold import plan
from scaling_down.experiments.interpolation_threshold.settings import (
    LOSSES,
    Widths,
    hidden_units,
)
from scaling_down.workflow.experiment import folder
from scaling_down.workflow.parameters.file import ParameterError, load_params


def test_claims_ask_for_sweeps_that_the_parameters_have():
    names = {sweep.name for sweep in load_params(FULL).interpolation_threshold.sweeps}
    claims = read_claims(folder(NAME) / "claims.yaml")
    assert {claim.where["sweep"] for claim in claims if claim.where} <= names


def all_cells(section):
    """Yield each loss, n and K of the sweeps."""
    for loss in LOSSES:
        for sweep in section.sweeps:
            for samples, classes in sweep.cells:
                yield loss, samples, classes


@pytest.mark.parametrize("file", [FULL, TINY])
def test_the_widths_of_a_cell_descend_and_its_jobs_are_not_too_long(file):
    section = load_params(file).interpolation_threshold
    for loss, samples, classes in all_cells(section):
        jobs = section.jobs(loss, samples, classes)
        widths = [width for job in jobs for width in job]
        assert all(before > after for before, after in pairwise(widths))
        for job in jobs:
            assert len(job) == 1 or sum(job) * samples <= section.work_per_job


def test_the_grids_surround_both_claimed_thresholds(full):
    section = full.interpolation_threshold
    for loss, samples, classes in all_cells(section):
        jobs = section.jobs(loss, samples, classes)
        widths = np.array(sorted(w for job in jobs for w in job))
        parameters = (41 + classes) * widths + classes
        assert parameters[0] < samples / 7
        assert parameters[-1] > 0.75 * samples * classes
        claimed = samples if loss == "nll" else samples * classes
        assert parameters[-1] > 1.3 * claimed
        near = (claimed / 4 < parameters) & (parameters < 1.5 * claimed)
        assert near.sum() >= 4
        ratios = parameters[1:] / parameters[:-1]
        assert (ratios[near[:-1]] < 2.1).all()


def test_a_width_has_the_nearest_number_of_parameters():
    assert hidden_units(51 * 7 + 10, 10) == 7
    assert hidden_units(43 * 20 + 2 + 21, 2) == 20
    assert hidden_units(43 * 20 + 2 + 22, 2) == 21
    assert hidden_units(1, 10) == 1


SWEEP = {"name": "random", "label_noise": 1.0, "epochs": 8, "cells": [[20, 2]]}


@pytest.mark.parametrize(
    ("overrides", "allowed"),
    [
        ({"sweeps": [SWEEP, SWEEP]}, "names that are all different"),
        ({"sweeps": [SWEEP, {**SWEEP, "name": "again"}]}, "differ in label_noise or"),
        ({"sweeps": [{**SWEEP, "cells": [[22, 2]]}]}, "up to 21 samples of 2 classes"),
        ({"sweeps": [{**SWEEP, "cells": [[20, 2]] * 2}]}, "all different"),
        ({"sweeps": [{**SWEEP, "cells": [[20, 11]]}]}, r"sweeps\.0\.cells"),
        ({"sweeps": [{**SWEEP, "name": "random-labels"}]}, r"sweeps\.0\.name"),
        ({"sweeps": []}, f"{NAME}.sweeps"),
        ({"grid": {"nll": [8.0, 1.0]}}, "nll from a lower to a higher multiple"),
        ({"grid": {"mse": [1.0, 1.0]}}, "mse from a lower to a higher multiple"),
        ({"interpolation_level": 1.0}, f"{NAME}.interpolation_level"),
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
        for samples, classes in sweep.cells
        for p in section.grid.parameters(loss, samples, classes)
        for width in [hidden_units(p, classes)]
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
