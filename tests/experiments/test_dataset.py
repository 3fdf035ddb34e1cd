import numpy as np
import pytest
from matplotlib.figure import Figure

from scaling_down.dataset import digit_templates, make_dataset, transformation_chain
from scaling_down.experiments.contract import Job, Result
from scaling_down.experiments.dataset import compute, draw, plan, summarise
from scaling_down.figures.saving import Animation
from scaling_down.workflow.plan import Plan


@pytest.fixture
def job(tiny):
    (run,) = plan.runs(tiny)
    return Job(run.settings, None, {}, "cpu", lambda step, steps: None)


@pytest.fixture
def summary(tiny, job):
    result = Result(job.settings, (), compute.compute(job))
    settings = Plan(tiny).settings("dataset")
    return summarise.summarise(settings, {"dataset": result})


def test_one_run_without_replicas(tiny):
    (run,) = plan.runs(tiny)
    assert (run.cell, run.replicas, run.seed, run.reads) == ("dataset", (), None, {})
    assert run.settings["num_samples"] == 200
    assert not {"drawing", "chain_sample"} & run.settings.keys()


def test_run_is_the_same_for_other_experiments(tiny):
    own = plan.dataset_run("dataset", tiny.dataset.dataset())
    assert own.key == plan.runs(tiny)[0].key


def test_run_is_the_dataset(job):
    arrays, dataset = compute.compute(job), make_dataset(**job.settings)
    assert arrays.keys() == {"x", "y", "x_test", "y_test", "t"}
    for name, array in arrays.items():
        np.testing.assert_array_equal(array, dataset[name])
    assert arrays["x"].shape == (160, 40)
    assert arrays["y_test"].shape == (40,)
    assert arrays["y"].dtype == np.int64


def constructed():
    return {
        "x": np.array([[1.0, 3.0], [3.0, 5.0], [0.0, 1.0]]),
        "y": np.array([7, 7, 2]),
        "x_test": np.array([[2.0, 4.0]]),
        "y_test": np.array([2]),
        "t": np.array([0.0, 1.0]),
    }


def test_summary_worked_out_by_hand():
    table = summarise._summary(constructed()).set_index(["split", "digit"])
    assert list(table.index) == [("train", 2), ("train", 7), ("test", 2)]
    seven = table.loc[("train", 7)]
    # Sample means 2 and 4: sd = sqrt(2), so that half the interval is t(0.975, 1).
    assert (seven["metric"], seven["n"], seven["mean"]) == ("sample_mean", 2, 3)
    assert seven["ci_high"] == pytest.approx(3 + 12.7062047)
    alone = table.loc[("test", 2)]
    assert alone["mean"] == 3
    assert np.isnan(alone["ci_low"])


def test_metrics_worked_out_by_hand():
    metrics = summarise._metrics(constructed())
    assert (metrics["train_samples"], metrics["test_samples"]) == (3, 1)
    assert metrics["train_mean"] == pytest.approx(13 / 6, abs=1e-6)
    assert metrics["train_sd"] == pytest.approx(
        np.sqrt(45 / 6 - (13 / 6) ** 2), abs=1e-6
    )


def test_checksum_is_of_all_samples_and_labels():
    def checksum(**changes):
        return summarise._metrics({**constructed(), **changes})["checksum"]

    plain = constructed()
    assert checksum(x=plain["x"] + 1e-9) == checksum()
    assert checksum(x=plain["x"] * [1.0, -1.0] * [1.0, -1.0]) == checksum()
    for name in ("x", "y", "x_test", "y_test"):
        assert checksum(**{name: plain[name] + 1}) != checksum()


def test_first_samples_of_each_class():
    table = summarise._samples(constructed())
    seven = table[table["digit"] == 7]
    assert seven["sample"].tolist() == [0, 0, 1, 1]
    assert seven["t"].tolist() == [0, 1, 0, 1]
    assert seven["value"].tolist() == [1, 3, 3, 5]


def test_tables_are_those_of_the_plan(summary):
    tables, metrics = summary
    assert set(tables) == set(plan.TABLES)
    assert metrics["train_samples"] == 160
    assert not any(table.isna().all(axis=None) for table in tables.values())


def test_templates_are_the_hand_made_ones(summary):
    table, templates = summary[0]["templates"], digit_templates()
    for digit, values in zip(templates["y"], templates["x"], strict=True):
        rows = table[table["digit"] == digit]
        np.testing.assert_array_equal(rows["value"], values)
        np.testing.assert_array_equal(rows["t"], templates["t"])


@pytest.mark.parametrize("sample", [0, 3])
def test_chain_follows_the_chosen_sample(tiny_with, job, sample):
    settings = Plan(tiny_with({"dataset": {"chain_sample": sample}})).settings(
        "dataset"
    )
    result = Result(job.settings, (), compute.compute(job))
    tables, _ = summarise.summarise(settings, {"dataset": result})
    chain = transformation_chain(sample, **job.settings)
    table = tables["chain"]
    assert table["step"].unique().tolist() == list(chain)
    last = list(chain)[-1]
    rows = table[(table["step"] == last) & (table["digit"] == 4)]
    np.testing.assert_array_equal(rows["value"], chain[last][4])


def test_figures_are_those_of_the_plan(tiny, summary):
    drawing = tiny.dataset.drawing.model_dump()
    figures = draw.draw(summary[0], {}, drawing)
    assert set(figures) == set(plan.FIGURES)
    for name, formats in plan.FIGURES.items():
        kind = Animation if formats == ("gif",) else Figure
        assert isinstance(figures[name], kind)
    samples = figures["dataset_samples"]
    assert len(samples.axes) == 10 * drawing["samples_per_class"]
    assert samples.get_figwidth() == drawing["width"]


def test_animation_has_a_frame_for_each_step(summary):
    steps = summary[0]["chain"]["step"].unique()
    animation = draw.draw(summary[0], {}, {"width": 5, "samples_per_class": 1})[
        "dataset_chain_animated"
    ]
    assert len(animation.durations) == len(steps)
    titles = []
    for index in range(len(steps)):
        animation.draw(index)
        titles.append(animation.figure.get_suptitle())
        assert all(len(axes.lines) == 1 for axes in animation.figure.axes)
    assert titles[0] == "1. template"
    assert len(set(titles)) == len(steps)


def test_every_step_has_a_name(summary):
    assert set(summary[0]["chain"]["step"]) <= set(draw.STEPS)
