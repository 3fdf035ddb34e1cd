import numpy as np
import pytest
from few_digits import SIDE, TEST, TRAIN, write_few_digits
from matplotlib.figure import Figure
from tidy import row

from scaling_down.claims.rows import measured_row
from scaling_down.claims.statements import read_claims
from scaling_down.dataset import DatasetSettings
from scaling_down.engine.history import METRICS, POPULATION
from scaling_down.engine.streams import Streams
from scaling_down.experiments.classification import draw, plan, summarise
from scaling_down.experiments.classification.compute import digits, train
from scaling_down.experiments.classification.models import MODELS as BY_NAME
from scaling_down.experiments.classification.published import TABLE_1
from scaling_down.experiments.classification.settings import (
    DigitTraining,
    Study,
    Training,
)
from scaling_down.experiments.contract import Job, Result, Results
from scaling_down.experiments.dataset.arrays import checksum, dataset_arrays
from scaling_down.experiments.dataset.digits import MNIST, digit_arrays, digits_in
from scaling_down.experiments.dataset.plan import shared_dataset
from scaling_down.experiments.dataset.settings import DatasetSection
from scaling_down.figures.palette import MODELS as MODEL_COLOURS
from scaling_down.workflow.experiment import folder as folder_of
from scaling_down.workflow.parameters.file import ParameterError
from scaling_down.workflow.parameters.sections import Drawing, Optimisation

MODELS = ("logistic", "mlp", "cnn", "gru")
# t(0.975, 2 degrees of freedom) / sqrt(3)
HALF = 4.3026527 / np.sqrt(3)
DATASET = DatasetSection(**vars(DatasetSettings(num_samples=50, seed=1)))


def settings_of(model, positions, training_sets="shared"):
    return Training(
        model=model, positions=positions, training_sets=training_sets,
        optimizer="adam", learning_rate=0.01, steps=3, batch_size=20, evaluate_every=2,
        fresh_samples=30, dataset=DATASET,
    )  # fmt: skip


@pytest.fixture(scope="module")
def dataset():
    return dataset_arrays(DATASET)


def job(dataset, model, positions, replicas=(0, 1), training_sets="shared"):
    streams = Streams(0, "classification", replicas)
    reads = {"dataset": {"checksum": checksum(dataset)}}
    settings = settings_of(model, positions, training_sets)
    return Job(settings, streams, reads, "cpu", lambda step, steps: None)


def test_a_run_for_each_model_order_and_chunk(tiny):
    runs = plan.runs(tiny)
    assert [(r.cell, r.replicas) for r in runs] == [
        (f"{model}-{positions}-{training_sets}", replicas)
        for model in ("logistic", "cnn")
        for positions in ("plain", "shuffled")
        for training_sets in ("shared", "own")
        for replicas in ((0, 1), (2,))
    ]
    assert {r.seed for r in runs} == {0}
    shared = shared_dataset(tiny)
    for run in runs:
        of_all = run.settings.training_sets == "shared"
        assert {r.stem for r in run.reads.values()} == (
            {shared.stem} if of_all else set()
        )
    assert {r.step for r in runs} == {"train"}
    assert runs[0].settings == Training(
        model="logistic", positions="plain", training_sets="shared",
        optimizer="adam", learning_rate=0.01, steps=20, batch_size=40,
        evaluate_every=10, fresh_samples=60, dataset=tiny.dataset.alone(),
    )  # fmt: skip


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("positions", ["plain", "shuffled"])
def test_history_has_a_row_for_each_replica(dataset, model, positions):
    history = train.compute(job(dataset, model, positions))
    assert set(history) == {"step", *METRICS, *POPULATION}
    np.testing.assert_array_equal(history["step"], [[0, 2, 3], [0, 2, 3]])
    for name in METRICS:
        assert history[name].shape == (2, 3)
        assert np.isfinite(history[name]).all()
    assert history["test_accuracy_population"].shape == (2,)
    assert history["class_accuracy_population"].shape == (2, 10)
    assert (history["train_loss"][0] != history["train_loss"][1]).all()
    assert (history["train_loss"][:, 0] != history["train_loss"][:, 2]).all()


def test_a_dataset_that_is_not_the_one_that_was_checked_is_refused(dataset):
    given = job({**dataset, "y": dataset["y"] + 1}, "logistic", "plain")
    with pytest.raises(ValueError, match="not the one that was checked"):
        train.compute(given)


@pytest.mark.parametrize("positions", ["plain", "shuffled"])
@pytest.mark.parametrize("training_sets", ["shared", "own"])
def test_replica_does_not_depend_on_company(dataset, positions, training_sets):
    together, alone = (
        train.compute(job(dataset, "mlp", positions, replicas, training_sets))
        for replicas in ((0, 1, 2), (2,))
    )
    for name, array in together.items():
        np.testing.assert_array_equal(array[2:], alone[name])


def test_each_replica_has_its_order_of_positions():
    orders = train.shuffled_positions(Streams(0, "classification", (0, 1, 2)), 40)
    assert orders.shape == (3, 40)
    np.testing.assert_array_equal(np.sort(orders), np.tile(range(40), (3, 1)))
    assert len({tuple(order) for order in orders}) == 3
    again = train.shuffled_positions(Streams(0, "classification", (2,)), 40)
    np.testing.assert_array_equal(again[0], orders[2])


@pytest.mark.parametrize("model", ["logistic", "cnn"])
def test_shuffled_is_both_parts_in_the_replica_s_order(dataset, model, monkeypatch):
    given = []

    def optimise(model, data, protocol, streams, progress):
        given.append(data)
        return {"step": np.zeros(1)}

    monkeypatch.setattr(train, "optimise", optimise)
    train.compute(job(dataset, model, "shuffled", (3, 5)))
    train.compute(job(dataset, model, "plain", (3, 5)))
    shuffled, plain = given
    orders = train.shuffled_positions(Streams(0, "classification", (3, 5)), 40)
    for name in ("x", "x_test"):
        own, original = getattr(shuffled, name).numpy(), dataset[name]
        for replica, order in enumerate(orders):
            expected = original[:, order].astype(np.float32)
            np.testing.assert_array_equal(own[replica][:, :40], expected)
        np.testing.assert_array_equal(
            getattr(plain, name).numpy()[0][:, :40], original.astype(np.float32)
        )


def result(model, positions, offset=0.0):
    accuracy = np.array([[0.1, 0.9, 0.5], [0.1, 0.4, 0.6], [0.1, 0.2, 0.7]]) + offset
    arrays = {
        "step": np.tile([0, 10, 20], (3, 1)),
        "test_accuracy": accuracy,
        "test_accuracy_population": accuracy[:, 1] - 0.05,
        "class_accuracy_population": np.array(
            [[0.5, 0.9, 0.1] + [0.4] * 4 + [0.3] + [0.4] * 2] * 3
        ),
        "train_accuracy": accuracy + 0.1,
        "test_loss": 2 - accuracy,
        "train_loss": 1 - accuracy,
    }
    return Result(settings_of(model, positions), (0, 1, 2), arrays)


CELLS = [("mlp", "plain", 0.0), ("mlp", "shuffled", -0.05), ("cnn", "plain", 0.2)]
STUDY = Study(
    models=("mlp", "cnn"), positions=("plain", "shuffled"),
    training_sets=("shared",), replicas=3,
    **settings_of("mlp", "plain").only(Optimisation),
)  # fmt: skip


@pytest.fixture(scope="module")
def summary():
    return summarise.summarise(STUDY, Results(result(*cell) for cell in CELLS))


def test_tables_are_those_of_the_plan(summary):
    assert set(summary[0]) == set(plan.TABLES)


def test_summary_worked_out_by_hand(summary):
    cell = {"model": "mlp", "positions": "plain"}
    final = row(summary[0]["summary"], **cell, metric="test_accuracy_final")
    # 50, 60 and 70 per cent
    assert final["n"] == 3
    assert final["mean"] == pytest.approx(60)
    assert final["sd"] == pytest.approx(10)
    assert final["ci_low"] == pytest.approx(60 - 10 * HALF)
    assert final["ci_high"] == pytest.approx(60 + 10 * HALF)
    best = row(summary[0]["summary"], **cell, metric="test_accuracy_best")
    assert best["mean"] == pytest.approx((90 + 60 + 70) / 3)
    loss = row(summary[0]["summary"], **cell, metric="test_loss_final")
    assert loss["mean"] == pytest.approx(1.4)
    train_loss = row(summary[0]["summary"], **cell, metric="train_loss_final")
    assert train_loss["mean"] == pytest.approx(0.4)
    fitted = row(summary[0]["summary"], **cell, metric="train_accuracy_final")
    assert fitted["mean"] == pytest.approx(70)
    fresh = row(summary[0]["summary"], **cell, metric="test_accuracy_population")
    assert fresh["mean"] == pytest.approx((85 + 35 + 15) / 3)
    excess = row(summary[0]["summary"], **cell, metric="excess_error_on_2_and_7")
    # 10 and 30 per cent are right, of all samples 45.
    assert excess["mean"] == pytest.approx(25)


def test_errors_by_digit_are_of_fresh_samples(summary):
    table = summary[0]["errors"]
    of_cell = {"model": "mlp", "positions": "plain", "metric": "error_population"}
    assert row(table, digit=0, **of_cell)["mean"] == pytest.approx(50)
    assert row(table, digit=1, **of_cell)["mean"] == pytest.approx(10)


def test_comparisons_are_paired(summary):
    table = summary[0]["comparisons"]
    columns = ["model", "positions", "other_model", "other_positions"]
    assert set(table[columns].itertuples(index=False, name=None)) == {
        ("mlp", "plain", "mlp", "shuffled"),
        ("mlp", "plain", "cnn", "plain"),
    }
    table = table[table["metric"] == "test_accuracy_final"]
    difference = row(table, other_model="cnn", other_positions="plain")
    # The replicas differ by the same 20 points, so that nothing is left to chance.
    assert difference["mean"] == pytest.approx(-20)
    assert difference["ci_low"] == pytest.approx(-20)
    assert difference["ci_high"] == pytest.approx(-20)
    shuffling = row(table, other_model="mlp", other_positions="shuffled")
    assert shuffling["mean"] == pytest.approx(5)


def test_single_cell_has_no_comparisons():
    alone = Results([result("mlp", "plain")])
    comparisons = summarise.summarise(STUDY, alone)[0]["comparisons"]
    assert len(comparisons) == 0
    assert {"model", "positions", "other_model", "other_positions", "mean"} <= set(
        comparisons
    )


def test_curves(summary):
    table = summary[0]["curves"]
    point = row(table, model="cnn", positions="plain", metric="test_accuracy", step=10)
    # 110, 60 and 40 per cent
    assert point["mean"] == pytest.approx(70)
    assert point["sd"] == pytest.approx(np.sqrt((40**2 + 10**2 + 30**2) / 2))
    assert len(table) == 3 * 4 * 3


def test_table_1_has_measured_and_published(summary):
    table = summary[0]["table1"]
    assert len(table) == len(TABLE_1)
    measured = row(table, model="mlp", data="plain")
    assert measured["origin"] == "measured"
    assert measured["mean"] == pytest.approx(60)
    assert (measured["published_mean"], measured["published_sd"]) == (68, 2)
    human = row(table, model="human", data="shuffled")
    assert (human["origin"], human["n"]) == ("published constant", 0)
    assert human["published_mean"] == 30
    assert np.isnan(human["mean"])


def test_plot_has_a_column_for_each_cell(summary):
    table = summary[0]["plot"]
    cells = ("mlp_plain", "mlp_shuffled", "cnn_plain")
    assert list(table) == ["step", *(f"{cell}_shared" for cell in cells)]
    assert table["step"].tolist() == [0, 10, 20]
    assert table["mlp_plain_shared"].tolist() == pytest.approx([10, 50, 60])


def test_metrics(summary):
    expected = {"mlp_plain": 60.0, "mlp_shuffled": 55.0, "cnn_plain": 80.0}
    assert summary[1] == {"test_accuracy": expected}


def test_figures_are_those_of_the_plan(summary):
    figures = draw.draw(summary[0], STUDY, Drawing(width=6.0))
    assert set(figures) == set(plan.FIGURES)
    figure = figures["classification"]
    assert isinstance(figure, Figure)
    assert figure.get_figwidth() == 6
    training, test, *_ends = figure.axes
    assert (len(training.lines), len(test.lines)) == (3, 4)
    assert len(test.collections) == 3
    assert "n = 3" in figure.get_supxlabel()
    labels = {text.get_text() for text in figure.legends[0].get_texts()}
    assert labels >= {"MLP", "CNN", "plain", "shuffled", "human, 95.8 %", "published"}


def test_table_1_stands_beside_ours(summary):
    figure = draw.draw(summary[0], STUDY, Drawing(width=6.0))["classification"]
    for axes, positions in zip(figure.axes[2:], ("plain", "shuffled"), strict=True):
        printed = [line for line in axes.lines if line.get_marker() == "D"]
        expected = [TABLE_1[model, positions][0] for model in draw.NAMES]
        assert [line.get_ydata()[0] for line in printed] == expected
        spreads = [bar.get_segments()[0] for bar in axes.collections]
        low, high = 68 - 2, 68 + 2
        assert any(low == y0 and high == y1 for (_, y0), (_, y1) in spreads)
    ours = [line.get_ydata()[0] for line in figure.axes[2].lines]
    assert 60 in np.round(ours, 6)


@pytest.mark.parametrize("model", MODELS)
def test_every_model_has_a_look(model):
    assert model in BY_NAME
    assert model in MODEL_COLOURS
    assert model in draw.NAMES


@pytest.fixture
def folder(tmp_path):
    return write_few_digits(tmp_path / "digits")


def digit_job(folder, model, replicas=(0, 1)):
    chosen, files = digits_in(str(folder))
    settings = DigitTraining(
        model=model, digits=chosen,
        optimizer="adam", learning_rate=0.01, steps=3, batch_size=20, evaluate_every=2,
    )  # fmt: skip
    streams = Streams(0, "classification", replicas)
    return Job(settings, streams, {}, "cpu", lambda step, steps: None, files)


def test_digits_are_runs_of_their_own_beside_the_others(tiny, tiny_with, folder):
    without = plan.runs(tiny)
    runs = plan.runs(tiny_with({"classification": {"digits": str(folder)}}))
    assert [r.key for r in runs[: len(without)]] == [r.key for r in without]
    of_digits = [(r.step, r.cell, r.replicas) for r in runs[len(without) :]]
    assert of_digits == [
        ("digits", model, replicas)
        for model in ("logistic", "cnn")
        for replicas in ((0, 1), (2,))
    ]
    assert (runs[-1].reads, set(runs[-1].files)) == ({}, set(digits_in(str(folder))[1]))


def test_digits_may_be_all(tiny_with, folder):
    over = {"classification": {"digits": str(folder), "positions": []}}
    assert {run.step for run in plan.runs(tiny_with(over))} == {"digits"}


def test_nothing_to_learn_is_a_mistake(tiny_with):
    with pytest.raises(ParameterError, match="positions, or a folder of digits"):
        tiny_with({"classification": {"positions": []}})


def test_the_key_follows_the_digits_and_not_their_place(tiny_with, tmp_path):
    """Compressed or not, and wherever they lie, they are the same digits."""
    keys = [
        plan.runs(tiny_with({"classification": {"digits": str(folder)}}))[-1].key
        for folder in (
            write_few_digits(tmp_path / "plain"),
            write_few_digits(tmp_path / "packed", ".gz"),
            write_few_digits(tmp_path / "others", seed=1),
        )
    ]
    assert keys[0] == keys[1] != keys[2]


def test_pixels_are_scaled_as_mnist_1d_is(folder):
    arrays = digit_arrays(*digits_in(str(folder)))
    assert arrays["x"].shape == (TRAIN, SIDE**2)
    assert arrays["x_test"].shape == (TEST, SIDE**2)
    assert arrays["x"].mean() == pytest.approx(0, abs=1e-12)
    assert arrays["x"].std() == pytest.approx(1)
    # Scaled by the training set's numbers, not by its own.
    assert abs(arrays["x_test"].mean()) > 1e-6


@pytest.mark.parametrize("model", MODELS)
def test_models_learn_digits(folder, model):
    history = digits.compute(digit_job(folder, model))
    assert set(history) == {"step", *METRICS}
    assert history["test_accuracy"].shape == (2, 3)
    assert (history["train_loss"][0] != history["train_loss"][1]).all()
    assert (history["train_loss"][:, 0] != history["train_loss"][:, 2]).all()
    alone = digits.compute(digit_job(folder, model, (1,)))
    for name, array in history.items():
        np.testing.assert_array_equal(array[1:], alone[name])


def test_digits_that_have_changed_since_the_plan_are_refused(folder, tmp_path):
    planned = digit_job(folder, "logistic")
    others = digits_in(str(write_few_digits(tmp_path / "others", seed=1)))[1]
    swapped = Job(*(planned.settings, planned.streams, {}, "cpu", print, others))
    with pytest.raises(ValueError, match="have changed since the run was planned"):
        digits.compute(swapped)


@pytest.fixture
def digits_summary(folder):
    """The tables of the MLP on digits: 50, 60 and 70 per cent right at the end."""
    arrays = result("mlp", "plain").arrays
    of_digits = {name: arrays[name] for name in ("step", *METRICS)}
    on_digits = Result(digit_job(folder, "mlp").settings, (0, 1, 2), of_digits)
    return lambda *others: summarise.summarise(STUDY, Results([*others, on_digits]))


def test_table_1_says_on_how_many_digits(digits_summary):
    tables, metrics = digits_summary()
    table = tables["table1"]
    measured = row(table, model="mlp", data=MNIST)
    assert (measured["origin"], measured["mean"]) == ("measured", pytest.approx(60))
    assert (measured["train_samples"], measured["test_samples"]) == (TRAIN, TEST)
    published = (measured["published_train_samples"], measured["published_mean"])
    assert published == (60_000, 99)
    assert np.isnan(row(table, model="cnn", data=MNIST)["train_samples"])
    assert metrics == {"test_accuracy": {"mlp_MNIST": 60.0}}


def test_claims_on_mnist_are_of_the_whole_of_it(digits_summary):
    table = digits_summary()[0]["table1"]
    claims = read_claims(folder_of("classification") / "claims.yaml", plan.TABLES)
    on_digits = {c.where["model"]: c for c in claims if c.needs}
    assert set(on_digits) == set(MODELS)
    assert measured_row(on_digits["mlp"], table) is None
    whole = table.replace({"train_samples": {TRAIN: 60_000}})
    assert measured_row(on_digits["mlp"], whole).mean == pytest.approx(60)


def test_samples_of_mnist_1d_are_counted_too(summary):
    measured = row(summary[0]["table1"], model="mlp", data="plain")
    assert (measured["train_samples"], measured["test_samples"]) == (40, 10)


def test_digits_are_compared_with_digits_alone(digits_summary):
    tables = digits_summary(result("mlp", "plain"), result("cnn", "plain"))[0]
    assert set(tables["comparisons"]["training_sets"]) == {"shared"}
    assert set(tables["errors"]["training_sets"]) == {"shared"}
    assert set(tables["summary"]["training_sets"]) == {"shared", MNIST}


@pytest.mark.parametrize("others", [[], CELLS])
def test_the_figure_has_a_row_for_digits(digits_summary, others):
    tables = digits_summary(*(result(*cell) for cell in others))[0]
    positions = STUDY.positions if others else ()
    study = STUDY.model_copy(update={"positions": positions})
    figure = draw.draw(tables, study, Drawing(width=6.0))["classification"]
    titles = [axes.get_title() for axes in figure.axes]
    assert len(titles) == (6 if others else 2)
    assert titles[-2:] == [
        "MNIST: test set, while training", "MNIST: test set, at the end"
    ]  # fmt: skip
    assert "ours on 60 training digits, published on 60,000" in (
        figure.get_supxlabel().replace("\n", " ")
    )
