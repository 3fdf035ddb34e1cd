import numpy as np
import pytest
from matplotlib.figure import Figure

from scaling_down.dataset import (
    DatasetSettings,
    digit_templates,
    make_dataset,
    transformation_chain,
)
from scaling_down.experiments.contract import Job, Result, Results
from scaling_down.experiments.dataset import compute, draw, plan, summarise
from scaling_down.experiments.dataset.arrays import checksum, dataset_arrays
from scaling_down.experiments.dataset.settings import (
    DatasetDrawing,
    DatasetSection,
    Study,
)
from scaling_down.figures.saving import Animation


@pytest.fixture
def settings(tiny):
    (run,) = plan.runs(tiny)
    return run.settings


@pytest.fixture
def study(tiny):
    return Study(**tiny.dataset.only(Study))


def generated(settings):
    """The results of the one run, as they are computed."""
    job = Job(settings, None, {}, "cpu", lambda step, steps: None)
    return Results([Result(settings, (), compute.compute(job))])


@pytest.fixture
def summary(settings, study):
    return summarise.summarise(study, generated(settings))


def test_one_run_without_replicas(tiny):
    (run,) = plan.runs(tiny)
    assert (run.step, run.cell) == ("generate", "shared")
    assert (run.replicas, run.seed, run.reads) == ((), None, {})
    assert run.settings.num_samples == 200


def test_run_is_the_same_for_other_experiments(tiny, tiny_with):
    own = plan.shared_dataset(tiny)
    assert own.key == plan.runs(tiny)[0].key
    drawing = {"samples_per_class": 3}
    shown = tiny_with({"dataset": {"chain_sample": 3, "drawing": drawing}})
    assert plan.shared_dataset(shown).key == own.key
    other = plan.shared_dataset(tiny_with({"dataset": {"seed": 7}}))
    assert other.key != own.key


# What makes the dataset, alone


def test_what_makes_the_dataset_is_what_make_dataset_takes(tiny):
    alone = tiny.dataset.alone()
    assert type(alone) is DatasetSection
    assert set(alone.model_dump()) == set(vars(DatasetSettings()))
    assert alone.arguments() == alone.model_dump(mode="json")
    assert alone.model_dump() == tiny.dataset.only(DatasetSection)


def test_a_part_of_the_dataset_s_settings_is_changed(tiny):
    changed = tiny.dataset.alone(num_samples=160, train_split=0.5)
    assert (changed.num_samples, changed.train_split) == (160, 0.5)
    kept = {"num_samples", "train_split"}
    before = tiny.dataset.alone()
    assert changed.model_dump(exclude=kept) == before.model_dump(exclude=kept)
    assert before.num_samples == 200


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"num_samples": 9}, "num_samples"),
        ({"train_split": 0.001}, "train_split is 0.001, but must be such that"),
        ({"chain_sample": 1}, "chain_sample"),
    ],
)
def test_changes_are_checked_as_the_parameters_are(tiny, changes, refusal):
    with pytest.raises(ValueError, match=refusal):
        tiny.dataset.alone(**changes)


# Its arrays, generated anew


def test_arrays_are_those_of_the_dataset(settings):
    arrays, dataset = dataset_arrays(settings), make_dataset(**settings.arguments())
    assert arrays.keys() == {"x", "y", "x_test", "y_test", "t"}
    for name, array in arrays.items():
        np.testing.assert_array_equal(array, dataset[name])
    assert arrays["x"].shape == (160, 40)
    assert arrays["y_test"].shape == (40,)
    assert arrays["y"].dtype == arrays["y_test"].dtype == np.int64


def test_a_run_keeps_the_checksum_of_the_dataset_alone(settings):
    (run,) = generated(settings).of(DatasetSection)
    arrays = dataset_arrays(settings)
    assert {n: str(a) for n, a in run.arrays.items()} == {
        "checksum": str(checksum(arrays))
    }
    again = dataset_arrays(settings, run.arrays)
    for name, array in arrays.items():
        np.testing.assert_array_equal(again[name], array)


def test_a_dataset_of_another_checksum_is_refused(settings, study):
    (other,) = generated(settings.alone(seed=7)).of(DatasetSection)
    with pytest.raises(ValueError, match="not the one that was checked"):
        dataset_arrays(settings, other.arrays)
    results = Results([Result(settings, (), other.arrays)])
    with pytest.raises(ValueError, match="not the one that was checked"):
        summarise.summarise(study, results)


def constructed():
    return {
        "x": np.array([[1.0, 3.0], [3.0, 5.0], [0.0, 1.0]]),
        "y": np.array([7, 7, 2]),
        "x_test": np.array([[2.0, 4.0]]),
        "y_test": np.array([2]),
        "t": np.array([0.0, 1.0]),
    }


def test_checksum_is_of_all_samples_and_labels():
    def of(**changes):
        return str(checksum({**constructed(), **changes}))

    plain = constructed()
    assert of(x=plain["x"] + 1e-9) == of()
    assert of(x=plain["x"] * [1.0, -1.0] * [1.0, -1.0]) == of()
    for name in ("x", "y", "x_test", "y_test"):
        assert of(**{name: plain[name] + 1}) != of()
    assert summarise._metrics(plain)["checksum"] == of()


# Tables


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
def test_chain_follows_the_chosen_sample(study, settings, sample):
    chosen = study.model_copy(update={"chain_sample": sample})
    tables, _ = summarise.summarise(chosen, generated(settings))
    chain = transformation_chain(sample, **settings.arguments())
    table = tables["chain"]
    assert table["step"].unique().tolist() == list(chain)
    last = list(chain)[-1]
    rows = table[(table["step"] == last) & (table["digit"] == 4)]
    np.testing.assert_array_equal(rows["value"], chain[last][4])


# Figures


def test_figures_are_those_of_the_plan(tiny, study, summary):
    drawing = tiny.dataset.drawing
    figures = draw.draw(summary[0], study, drawing)
    assert set(figures) == set(plan.FIGURES)
    for name, formats in plan.FIGURES.items():
        kind = Animation if formats == ("gif",) else Figure
        assert isinstance(figures[name], kind)
    samples = figures["dataset_samples"]
    assert len(samples.axes) == 10 * drawing.samples_per_class
    assert samples.get_figwidth() == drawing.width


def test_animation_has_a_frame_for_each_step(study, summary):
    steps = summary[0]["chain"]["step"].unique()
    drawing = DatasetDrawing(width=5.0, samples_per_class=1)
    animation = draw.draw(summary[0], study, drawing)["dataset_chain_animated"]
    assert len(animation.durations) == len(steps)
    titles = []
    for index in range(len(steps)):
        animation.draw(index)
        titles.append(animation.figure.get_suptitle())
        assert all(len(axes.lines) == 1 for axes in animation.figure.axes)
    assert titles[0] == "1. template"
    assert len(set(titles)) == len(steps)
