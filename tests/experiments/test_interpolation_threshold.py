"""The threshold sweeps: grids and jobs, toy trainings, planted power laws."""

import json
from collections import Counter
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import torch
from scaling_down.experiments.interpolation_threshold.measured import (
    Cell,
    constant_loss,
    fullest_n,
)

from scaling_down.claims.judge import verdict
from scaling_down.claims.statements import as_plain, read_claims
from scaling_down.engine.layers import parameter_count
from scaling_down.engine.losses import sample_losses
from scaling_down.engine.streams import Streams
from scaling_down.experiments.contract import Job, Result
from scaling_down.experiments.interpolation_threshold import (
    draw,
    plan,
    summarise,
)
from scaling_down.experiments.interpolation_threshold.compute import widths as compute
from scaling_down.experiments.interpolation_threshold.exponents import power_law
from scaling_down.experiments.interpolation_threshold.settings import (
    LOSSES,
    hidden_units,
)
from scaling_down.figures.style import style
from scaling_down.jobs.tables import read_table, write_table
from scaling_down.statistics.intervals import mean_interval, paired_interval
from scaling_down.workflow.experiment import folder
from scaling_down.workflow.parameters.file import ParameterError, load_params

NAME = "interpolation_threshold"
TINY = Path(__file__).parents[1] / "params.yaml"
FULL = TINY.parents[1] / "params.yaml"


FACTORIAL = [[n, classes] for n in (1000, 2000, 4000) for classes in (2, 5, 10)]
CORNER = [[1000, 2], [1000, 5], [1000, 10], [2000, 5]]
SWEEPS = [
    {"name": "random", "label_noise": 1.0, "epochs": 2000, "cells": FACTORIAL},
    {
        "name": "random_doubled",
        "label_noise": 1.0,
        "epochs": 4000,
        "cells": CORNER,
    },
    *(
        {
            "name": name,
            "label_noise": rate,
            "epochs": 2000,
            "cells": CORNER,
        }
        for name, rate in (("noise", 0.15), ("clean", 0.0))
    ),
]
"""A fuller design than that of params.yaml, from which all else is taken."""


@pytest.fixture(scope="module")
def full():
    return load_params(FULL, {NAME: {"sweeps": SWEEPS}})


def test_claims_ask_for_sweeps_that_the_parameters_have():
    names = {sweep.name for sweep in load_params(FULL).interpolation_threshold.sweeps}
    assert {
        claim.where["sweep"] for claim in read_claims(folder(NAME) / "claims.yaml")
    } <= names


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
        key = (
            run.cell.split("-")[0],
            *(settings[name] for name in ("loss", "n_train", "classes")),
        )
        trained.update((*key, width) for width in settings["widths"])
    assert set(trained.values()) == {1}
    expected = {
        (sweep.name, loss, samples, classes, hidden_units(p, classes))
        for sweep in section.sweeps
        for loss in LOSSES
        for samples, classes in sweep.cells
        for p in section.grid.parameters(loss, samples, classes)
    }
    assert set(trained) == expected


def test_a_runs_settings_are_complete(full):
    for run in plan.runs(full):
        assert set(run.settings) == {
            "loss", "label_noise", "n_train", "classes", "widths", "epochs",
            "batch_size", "learning_rate",
        }  # fmt: skip
        dataset = run.reads["dataset"]
        assert dataset.settings["num_samples"] == 40000
        assert dataset.settings["train_split"] == 0.6


def test_every_run_has_a_key_of_its_own(full):
    runs = plan.runs(full)
    assert len({run.key for run in runs}) == len(runs)


INPUTS = 6
STREAMS = Streams(3, NAME, (0, 1))


def dataset(samples=90, seed=0):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(samples, INPUTS))
    y = np.arange(samples) % 10
    return {"x": x, "y": y, "x_test": x[:40] + 0.1, "y_test": y[:40]}


def job(streams=STREAMS, **changes):
    settings = {
        "loss": "nll", "label_noise": 1.0, "n_train": 20, "classes": 4,
        "widths": [5, 2], "epochs": 6, "batch_size": 20, "learning_rate": 0.01,
        **changes,
    }  # fmt: skip
    reads = {"dataset": dataset()}
    return Job(settings, streams, reads, "cpu", lambda step, steps: None)


@pytest.fixture
def data_of(monkeypatch):
    """A function that returns the data that a job trains on."""
    seen = []

    def spy(_job, data, *_):
        seen.append(data)
        return {}

    monkeypatch.setattr(compute, "train_widths", spy)

    def data(**changes):
        compute.compute(job(**changes))
        return seen[-1]

    return data


def test_a_training_returns_the_curves_of_its_widths():
    arrays = compute.compute(job())
    assert arrays["width"].tolist() == [[5, 2]] * 2
    weights = [(INPUTS + 1) * w + (w + 1) * 4 for w in (5, 2)]
    assert arrays["parameters"].tolist() == [weights] * 2
    assert arrays["step"][0, 0] == 0
    assert arrays["step"][0, -1] == 6
    for metric in ("train_loss", "train_accuracy", "test_loss", "test_accuracy"):
        assert arrays[metric].shape == (2, 2, arrays["step"].shape[1])
    assert not np.array_equal(arrays["train_loss"][0], arrays["train_loss"][1])
    assert (arrays["train_loss"][..., -1] < arrays["train_loss"][..., 0]).all()


def test_an_epoch_of_full_batches_is_one_step_and_more_samples_make_more():
    settings = {"loss": "mse", "n_train": 1000, "epochs": 2000, "batch_size": 1000}
    for samples, steps in ((1000, 2000), (2500, 6000)):
        chosen = {**settings, "n_train": samples, "learning_rate": 0.01}
        protocol = compute.protocol(chosen)
        assert (protocol.steps, protocol.evaluate_every) == (steps, steps // 4)
        assert (protocol.loss, protocol.batch_order) == ("mse", "shuffled")


def test_the_networks_have_the_parameters_that_the_grid_counts_on():
    for width, classes in ((7, 10), (20, 2)):
        model = compute.network(STREAMS, 40, classes, width)
        assert parameter_count(model) == (41 + classes) * width + classes


@pytest.mark.parametrize("loss", LOSSES)
def test_a_replica_does_not_depend_on_its_company(loss):
    both = compute.compute(job(loss=loss))
    alone = compute.compute(job(replace(STREAMS, replicas=(1,)), loss=loss))
    for name, array in alone.items():
        assert np.array_equal(array[0], both[name][1]), name


def test_samples_are_distinct_and_each_replica_has_its_own(data_of):
    x = data_of().x.numpy()
    assert x.shape[:2] == (2, 20)
    rows = [{tuple(sample) for sample in replica} for replica in x]
    assert [len(samples) for samples in rows] == [20, 20]
    assert rows[0] != rows[1]


def test_training_and_test_samples_are_of_the_chosen_digits(data_of):
    data, all_of_it = data_of(label_noise=0.0), dataset()
    allowed = {tuple(x.astype(np.float32)): y for x, y in zip(
        all_of_it["x"], all_of_it["y"], strict=True
    )}  # fmt: skip
    for x, y in zip(data.x.flatten(0, 1), data.y.flatten(), strict=True):
        assert allowed[tuple(x.numpy()[:INPUTS])] == y < 4
    tested = all_of_it["y_test"] < 4
    assert np.array_equal(data.y_test[0], all_of_it["y_test"][tested])
    expected = all_of_it["x_test"][tested].astype(np.float32)
    assert np.array_equal(data.x_test[0, :, :INPUTS], expected)


def test_losses_widths_and_lengths_meet_the_same_samples_and_labels(data_of):
    first = data_of()
    for changes in ({"loss": "mse"}, {"widths": [3]}, {"epochs": 12}):
        other = data_of(**changes)
        for name in ("x", "y", "x_test", "y_test"):
            assert torch.equal(getattr(first, name), getattr(other, name))


def test_label_noise_changes_training_labels_alone(data_of):
    clean, random = data_of(label_noise=0.0), data_of()
    assert torch.equal(clean.x, random.x)
    assert torch.equal(clean.y_test, random.y_test)
    assert not torch.equal(clean.y, random.y)
    assert not torch.equal(random.y[0], random.y[1])
    assert set(random.y.flatten().tolist()) <= set(range(4))


def test_a_smaller_draw_begins_a_larger_one(data_of):
    small, large = (data_of(n_train=n, label_noise=0.0) for n in (10, 20))
    assert torch.equal(small.x, large.x[:, :10])
    assert torch.equal(small.y, large.y[:, :10])


def test_too_few_samples_are_refused():
    with pytest.raises(ValueError, match="36 samples of 4 classes, not 37"):
        compute.compute(job(n_train=37))


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("classes", [2, 10])
def test_the_constant_loss_is_that_of_equal_answers(loss, classes):
    answer = 0.0 if loss == "nll" else 1 / classes
    outputs = torch.full((1, classes, classes), answer)
    labels = torch.arange(classes)[None]
    expected = sample_losses(outputs, labels, compute.LOSSES[loss]).mean()
    assert constant_loss(loss, classes) == pytest.approx(float(expected))


def planted_exponents(loss, epochs):
    """Return constant, exponent in n and exponent in K; doubled length changes two."""
    constant, in_n, in_k = (1.1, 0.97, 0.02) if loss == "nll" else (0.7, 0.98, 0.95)
    return (constant, in_n, in_k) if epochs < 4000 else (0.8, in_n, in_k - 0.05)


def planted_thresholds(settings, replicas):
    """Return the replicas' thresholds, which differ in constant and exponents."""
    own = np.linspace(-1, 1, replicas) if replicas > 1 else np.zeros(1)
    constant, in_n, in_k = planted_exponents(settings["loss"], settings["epochs"])
    n, classes = settings["n_train"], settings["classes"]
    return constant * np.exp(0.03 * own) * n ** (in_n + 0.005 * own) * classes**in_k


def planted(run, replicas):
    """Return a run's arrays: power laws about the threshold, the test loss's peak.

    In logarithms the training curves are straight lines and the test loss is a
    parabola, so that the thresholds are found as they were planted.
    """
    settings = run.settings
    classes, widths = settings["classes"], np.array(settings["widths"])
    parameters = (41 + classes) * widths + classes
    ratio = parameters / planted_thresholds(settings, replicas)[:, None]
    unit = constant_loss(settings["loss"], classes)
    train_error = np.minimum(0.1 * ratio**-3, 90) / 100
    final = {
        "train_loss": unit * np.minimum(0.1 * ratio**-3, 1),
        "test_loss": unit * np.exp(2 - np.log(ratio) ** 2),
        "train_accuracy": 1 - train_error,
        "test_accuracy": np.full(ratio.shape, 1 / classes),
    }
    first = np.ones(ratio.shape)
    return {
        "width": np.tile(widths, (replicas, 1)),
        "parameters": np.tile(parameters, (replicas, 1)),
        "step": np.tile([0, settings["epochs"]], (replicas, 1)),
        **{name: np.stack([first, last], axis=2) for name, last in final.items()},
    }


def invented(params, replicas):
    """Return the section and results of all runs, the thresholds planted."""
    results = {
        run.cell: Result(run.settings, tuple(range(replicas)), planted(run, replicas))
        for run in plan.runs(params)
    }
    return params.interpolation_threshold.model_dump(mode="json"), results


@pytest.fixture(scope="module")
def made(full):
    """Settings, results and the tables and metrics made of them."""
    settings, results = invented(full, 3)
    return settings, results, *summarise.summarise(settings, results)


def row(table, **where):
    for column, value in where.items():
        table = table[table[column] == value]
    (found,) = table.to_dict("records")
    return found


def agrees(found, expected):
    return all(
        found[name] == pytest.approx(value, rel=1e-6, abs=1e-9)
        for name, value in expected.items()
    )


def test_thresholds_are_found_where_they_were_planted(made):
    thresholds = made[2]["thresholds"]
    cells = sum(len(sweep["cells"]) for sweep in made[0]["sweeps"])
    assert len(thresholds) == cells * 2 * 3 * 4
    where = {"sweep": "random", "n_train": 4000, "classes": 10}
    for loss in LOSSES:
        settings = {"loss": loss, "epochs": 2000, "n_train": 4000, "classes": 10}
        expected = planted_thresholds(settings, 3)
        for criterion in ("train_loss", "train_error", "test_peak"):
            cell = {**where, "loss": loss, "criterion": criterion}
            for metric, unit in (
                ("parameters", 1), ("over_n", 4000), ("over_nk", 40000),
                ("over_n_k_less_1", 36000),
            ):  # fmt: skip
                found = row(thresholds, metric=metric, **cell)
                assert agrees(found, mean_interval(expected / unit))


def test_the_exponents_are_recovered(made):
    own = np.array([-1, 0, 1])
    for sweep in made[0]["sweeps"]:
        for loss in LOSSES:
            constant, in_n, in_k = planted_exponents(loss, sweep["epochs"])
            expected = {
                "exponent_n": in_n + 0.005 * own,
                "exponent_k": np.full(3, in_k),
                "constant": constant * np.exp(0.03 * own),
            }
            for criterion in ("train_loss", "train_error", "test_peak"):
                where = {
                    "sweep": sweep["name"], "loss": loss, "criterion": criterion
                }  # fmt: skip
                for metric, values in expected.items():
                    found = row(made[2]["summary"], metric=metric, **where)
                    assert agrees(found, mean_interval(values))


def test_the_claimed_exponents_stand_beside_the_measured(made):
    for loss, metric, claimed in (
        ("nll", "exponent_n", 1), ("nll", "exponent_k", 0), ("nll", "constant", 1),
        ("mse", "exponent_n", 1), ("mse", "exponent_k", 1), ("mse", "constant", 1),
    ):  # fmt: skip
        summary = made[2]["summary"]
        rows = summary[(summary["loss"] == loss) & (summary["metric"] == metric)]
        assert (rows["predicted"] == claimed).all()


def test_longer_training_is_compared_with_shorter_on_the_cells_of_both(made):
    summary = made[2]["summary"]
    assert set(summary[summary["metric"].str.endswith("_change")]["sweep"]) == {
        "random_doubled"
    }
    cells = {s["name"]: {tuple(c) for c in s["cells"]} for s in made[0]["sweeps"]}
    shared = sorted(cells["random"] & cells["random_doubled"])
    for loss in LOSSES:
        late, early = (
            np.stack([
                planted_thresholds(
                    {"loss": loss, "epochs": epochs, "n_train": n, "classes": k}, 3
                )
                for n, k in shared
            ])
            for epochs in (4000, 2000)
        )  # fmt: skip
        where = {"sweep": "random_doubled", "loss": loss, "criterion": "train_loss"}
        found = row(summary, metric="threshold_change", **where)
        assert agrees(found, mean_interval(np.log2(late / early).mean(axis=0)))
        found = row(summary, metric="exponent_k_change", **where)
        assert found["mean"] == pytest.approx(-0.05)
        found = row(summary, metric="exponent_n_change", **where)
        assert agrees(found, paired_interval(np.zeros(3), np.zeros(3)))


def test_the_test_loss_rises_to_its_peak(made):
    for loss in LOSSES:
        where = {"sweep": "random", "loss": loss, "metric": "peak_rise_relative"}
        found = row(made[2]["summary"], **where)
        assert found["criterion"] == "test_peak"
        assert np.isnan(found["predicted"])
        assert 5 < found["mean"] < np.exp(2)


def test_the_jobs_of_a_cell_are_joined(made):
    _settings, results, tables, _metrics = made
    cell = {"sweep": "random", "loss": "mse", "n_train": 4000, "classes": 10}
    curves = tables["curves"]
    for column, value in cell.items():
        curves = curves[curves[column] == value]
    parts = [
        r for name, r in results.items() if name.startswith("random-mse-n4000-k10")
    ]
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


def test_the_plot_and_the_metrics_give_the_headlines(made):
    settings, _results, tables, metrics = made
    plot = tables["plot"]
    assert plot["classes"].tolist() == [2, 5, 10]
    for loss in LOSSES:
        where = {
            "sweep": "random", "loss": loss, "n_train": 4000, "classes": 5,
            "criterion": "train_loss", "metric": "over_n",
        }  # fmt: skip
        found = row(tables["thresholds"], **where)
        assert plot[loss][1] == pytest.approx(found["mean"])
    assert set(metrics) == {sweep["name"] for sweep in settings["sweeps"]}
    assert metrics["noise"] == {
        "nll_exponent_n": 0.97, "nll_exponent_k": 0.02,
        "mse_exponent_n": 0.98, "mse_exponent_k": 0.95,
    }  # fmt: skip


def without_a_threshold(results):
    """Let one replica never interpolate in one cell, in training loss."""
    changed = dict(results)
    for name, result in results.items():
        if name.startswith("random-nll-n1000-k05"):
            arrays = dict(result.arrays)
            arrays["train_loss"] = arrays["train_loss"].copy()
            arrays["train_loss"][1] = 1.0
            changed[name] = replace(result, arrays=arrays)
    return changed


def test_a_replica_without_a_threshold_leaves_no_number(made):
    settings, results, before, _metrics = made
    tables, metrics = summarise.summarise(settings, without_a_threshold(results))
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
    assert summary[kept].equals(before["summary"][kept])
    assert metrics["random"]["nll_exponent_k"] is None
    json.dumps(metrics, allow_nan=False)


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


def test_the_fullest_n_has_most_classes_and_is_the_largest_of_those():
    assert fullest_n([(10, 2), (10, 5), (20, 2), (20, 5), (40, 5)]) == 20
    assert fullest_n([[10, 2], [20, 5]]) == 20


def test_every_claim_is_decided_by_one_row(made):
    claims = as_plain(read_claims(folder(NAME) / "claims.yaml"))
    assert len(claims) == 8
    for claim in claims:
        found = row(made[2][claim["table"]], **claim["where"])
        judged = verdict(found["ci_low"], found["ci_high"], claim["expect"])
        assert judged == "reproduced"
        region = claim["expect"]
        assert region["above"] < found["predicted"] < region["below"]


def drawn(tables, settings, folder):
    """Write and read the tables, and return the figures made of them."""
    assert set(tables) == set(plan.TABLES)
    for name, table in tables.items():
        write_table(folder / f"{name}.csv", table)
    read = {name: read_table(folder / f"{name}.csv") for name in tables}
    with style():
        figures = draw.draw(read, settings, {"width": 6.75})
        assert set(figures) == set(plan.FIGURES)
        for name, figure in figures.items():
            figure.savefig(folder / f"{name}.png", dpi=40)
    return figures


def test_every_figure_is_made_though_a_threshold_lacks(made, tmp_path):
    settings, results = made[:2]
    tables, _metrics = summarise.summarise(settings, without_a_threshold(results))
    for figure in drawn(tables, settings, tmp_path).values():
        assert "means of 3 replicas" in figure.get_supxlabel()
        assert "95 % intervals of the mean" in figure.get_supxlabel()


@pytest.mark.parametrize("replicas", [1, 2])
def test_tiny_parameters_give_every_table_and_figure(tmp_path, replicas):
    settings, results = invented(load_params(TINY), replicas)
    tables, metrics = summarise.summarise(settings, results)
    json.dumps(metrics, allow_nan=False)
    assert (tables["summary"]["n"] == replicas).all()
    if replicas == 1:
        assert tables["summary"]["ci_low"].isna().all()
    drawn(tables, settings, tmp_path)
