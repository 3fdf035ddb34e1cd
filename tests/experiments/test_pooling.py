import numpy as np
import pytest
from rendering import rendered
from tidy import row

from scaling_down.claims.statements import read_claims
from scaling_down.dataset import DatasetSettings
from scaling_down.engine.data import Data
from scaling_down.engine.models.pooled_cnn import PooledCNN
from scaling_down.engine.streams import Streams
from scaling_down.experiments.contract import Job, Result, Results
from scaling_down.experiments.dataset.settings import DatasetSection
from scaling_down.experiments.pooling import compute, draw, plan, published, summarise
from scaling_down.experiments.pooling.settings import EqualEpochs, Study, Training
from scaling_down.workflow.experiment import folder
from scaling_down.workflow.parameters.file import ParameterError, load_params
from scaling_down.workflow.parameters.sections import Drawing, Optimisation

DATASET = DatasetSection(**vars(DatasetSettings(num_samples=100, train_split=0.8)))
SIZES = (1000, 10_000, 50_000)
# Made-up accuracies in per cent, by number of samples.
ACCURACY = {
    "no_pool": (60, 80, 90),
    "stride_2": (58, 78, 88),
    "max": (80, 86, 92),
    "average": (79, 85, 91),
    "l2": (78, 87, 93),
    "blur": (77, 84, 90),
    "global_average": (50, 55, 58),
    "head_average": (70, 84, 90),
    "head_stride": (65, 82, 89),
}
NOISE = np.array([-1, 0, 1, 0.5])
"""A training set's own, common to all variants: none of it in paired differences."""


def settings_of(**changes):
    settings = {
        "variant": "max", "n_train": 30, "shifts": (1, 5), "optimizer": "adam",
        "learning_rate": 0.01, "steps": 4, "batch_size": 10, "evaluate_every": 2,
        "fresh_samples": 30,
        "dataset": DATASET,
    }  # fmt: skip
    return Training(**settings | changes)


def computed(replicas=(0, 1, 2), **changes):
    streams = Streams(0, "pooling", replicas)
    job = Job(settings_of(**changes), streams, {}, "cpu", lambda step, steps: None)
    return compute.compute(job)


@pytest.fixture(scope="module")
def paper(request):
    return load_params(request.config.rootpath / "params.yaml")


def test_arms_share_the_networks_that_they_have_in_common(paper):
    arms = paper.pooling.arms
    assert set(arms["equal_steps"].values()) == {6000}
    assert arms["equal_epochs"] == {
        1000: 600, 2000: 1200, 5000: 3000, 10_000: 6000, 20_000: 12_000
    }  # fmt: skip
    runs = plan.runs(paper)
    cells = {(r.settings.variant, r.settings.n_train, r.settings.steps) for r in runs}
    assert len(runs) == len(cells) == 9 * (6 + 4)
    assert len({run.stem for run in runs}) == len(runs)
    assert {run.settings.dataset.num_samples for run in runs} == {200_000}


def test_the_pool_of_the_paper_scale_leaves_a_thousand_to_test(paper):
    section = paper.pooling
    arguments = paper.dataset.alone(
        num_samples=section.num_samples, train_split=section.train_split
    ).arguments()
    resolved = DatasetSettings(**arguments)
    assert resolved.num_samples - resolved.num_train == 1000
    assert resolved.num_train >= max(section.train_sizes)


def test_the_tiny_plan_has_a_run_for_each_variant_size_and_length(tiny):
    runs = plan.runs(tiny)
    assert len(runs) == 2 * 3  # 80 samples: 20 steps are 5 epochs; 40: 10 are both
    assert runs[0].settings == Training(
        variant="no_pool", n_train=80, steps=20, shifts=(1, 3), optimizer="adam",
        learning_rate=0.01, batch_size=20, evaluate_every=5, fresh_samples=60,
        dataset=tiny.dataset.alone(num_samples=200, train_split=0.8),
    )  # fmt: skip


@pytest.mark.parametrize(
    "wrong", [{"variants": ["mean"]}, {"train_sizes": []}, {"shifts": [40]}]
)
def test_wrong_parameters_are_refused(tiny_with, wrong):
    with pytest.raises(ParameterError, match=f"pooling.{next(iter(wrong))}"):
        tiny_with({"pooling": wrong})


@pytest.mark.parametrize("variant", compute.VARIANTS)
def test_arrays_have_a_row_for_each_replica(variant):
    arrays = computed(variant=variant)
    assert arrays["test_accuracy"].shape == (3, 3)
    for name in ("agreement", "shifted_accuracy"):
        assert arrays[name].shape == (3, 2)
        assert ((arrays[name] >= 0) & (arrays[name] <= 1)).all()
    assert len(np.unique(arrays["train_loss"][:, -1])) == 3


@pytest.mark.parametrize("variant", compute.VARIANTS)
def test_a_replica_does_not_depend_on_company(variant):
    together, alone = computed(variant=variant), computed((1,), variant=variant)
    for name, array in together.items():
        np.testing.assert_array_equal(array[1:2], alone[name])


def test_each_replica_draws_its_own_samples_and_variants_share_them():
    x, y = np.arange(50.0)[:, None], np.arange(50)
    drawn, labels = compute.training_samples(Streams(0, "p", (0, 1)), x, y, 20)
    np.testing.assert_array_equal(drawn[:, :, 0], labels)
    assert all(len(set(row)) == 20 for row in labels)
    assert set(labels[0]) != set(labels[1])
    fewer = compute.training_samples(Streams(0, "p", (0, 1)), x, y, 5)[1]
    np.testing.assert_array_equal(fewer, labels[:, :5])
    with pytest.raises(ValueError, match="a pool of 50 samples, not 60"):
        compute.training_samples(Streams(0, "p", (0,)), x, y, 60)


def test_a_network_that_averages_everything_hardly_minds_a_shift():
    """Without convolutions over the edges, global averages would not mind at all."""
    streams, rng = Streams(0, "p", (0, 1)), np.random.default_rng(0)
    x, y = rng.normal(size=(200, 40)), rng.integers(10, size=200)
    data = Data.from_arrays(x, y, x, y)
    agreement = {
        head: compute.shifted_metrics(PooledCNN(streams, "none", head), data, 3)[0]
        for head in ("all", "global_average")
    }
    assert (agreement["global_average"] > 0.8).all()
    assert (agreement["all"] < agreement["global_average"]).all()


def test_a_whole_turn_leaves_all_predictions_as_they_are():
    streams, rng = Streams(0, "p", (0, 1)), np.random.default_rng(0)
    x, y = rng.normal(size=(300, 40)), rng.integers(10, size=300)
    data = Data.from_arrays(x, y, x, y)
    model = PooledCNN(streams, "max")
    agreement, accuracy = compute.shifted_metrics(model, data, 40)
    assert agreement.tolist() == [1, 1]
    hits = (compute.predictions(model, data.x_test).numpy() == y).mean(1)
    np.testing.assert_allclose(accuracy, hits)


STUDY = Study(
    variants=tuple(ACCURACY), train_sizes=SIZES, num_samples=70_000, train_split=0.8,
    equal_epochs=EqualEpochs(epochs=10, train_sizes=(1000, 10_000)), replicas=4,
    **settings_of().only(Optimisation) | {"batch_size": 100}, shifts=(1, 5),
)  # fmt: skip


def result(variant, n, steps, replicas):
    own = NOISE[:replicas]
    final = (ACCURACY[variant][SIZES.index(n)] + own) / 100
    accuracy = np.stack([0.1 + 0 * own, final - 0.02, final], 1)
    agreement = np.stack([final, final - 0.1], 1)
    arrays = {
        "step": np.tile([0, steps // 2, steps], (replicas, 1)),
        "train_accuracy": accuracy + 0.04,
        "test_accuracy": accuracy,
        "train_loss": 0.5 - accuracy / 2,
        "test_loss": 1 - accuracy,
        "test_accuracy_population": final - 0.01,
        "agreement": agreement,
        "shifted_accuracy": agreement / 2,
    }
    settings = settings_of(variant=variant, n_train=n, steps=steps)
    return Result(settings, tuple(range(replicas)), arrays)


def summarised(replicas=4):
    pairs = {pair for arm in STUDY.arms.values() for pair in arm.items()}
    results = [result(v, *pair, replicas) for v in ACCURACY for pair in pairs]
    return summarise.summarise(STUDY, Results(results))


@pytest.fixture(scope="module")
def tables():
    return summarised()[0]


AT_1000 = {"arm": "equal_steps", "n_train": 1000}
FINAL = "test_accuracy_final"


def test_tables_are_those_of_the_plan(tables):
    assert set(tables) == set(plan.TABLES)


def test_accuracies_worked_out_by_hand(tables):
    found = row(tables["summary"], **AT_1000, variant="max", metric=FINAL)
    assert found["n"] == 4
    assert found["mean"] == pytest.approx(80.125)
    train = row(
        tables["summary"], **AT_1000, variant="max", metric="train_accuracy_final"
    )
    assert train["mean"] == pytest.approx(84.125)
    agreement = row(tables["summary"], **AT_1000, variant="max", metric="agreement")
    assert agreement["mean"] == pytest.approx(75.125)  # less 0 and less 10


def test_differences_are_paired_by_training_set(tables):
    where = {**AT_1000, "metric": FINAL}
    found = row(tables["comparisons"], **where, variant="pooled", baseline="no_pool")
    assert found["mean"] == pytest.approx(19)  # 79 on average, against 60
    assert found["sd"] == pytest.approx(0, abs=1e-9)
    other = {"variant": "l2", "baseline": "max"}
    assert row(tables["comparisons"], **where, **other)["mean"] == pytest.approx(-2)


def test_the_trend_is_a_slope_over_tenfold_samples(tables):
    found = row(
        tables["trends"], arm="equal_epochs", variant="pooled", baseline="no_pool"
    )
    assert found["mean"] == pytest.approx(6 - 19)
    sizes = {10: np.array([3.0, 1]), 100: np.array([1.0, 1]), 1000: np.array([-1.0, 1])}
    np.testing.assert_allclose(summarise.slope_per_tenfold(sizes), [-2, 0], atol=1e-12)
    assert np.isnan(summarise.slope_per_tenfold({10: np.array([3.0])})).all()


def test_shifts_and_curves_are_in_per_cent(tables):
    where = {**AT_1000, "variant": "no_pool"}
    found = row(tables["shifts"], **where, shift=5, metric="agreement")
    assert found["mean"] == pytest.approx(50.125)
    first = row(tables["curves"], **where, step=0, metric="test_accuracy")
    assert first["mean"] == pytest.approx(10)


def test_the_plot_has_the_columns_that_the_plan_names(tables, paper):
    shown = plan.plot(paper)
    assert list(tables["plot"].columns) == [shown.x, *shown.y]


def test_every_claim_finds_its_row(tables):
    for claim in read_claims(folder("pooling") / "claims.yaml", plan.TABLES):
        if claim.where:
            row(tables[claim.table], **claim.where)


def test_published_accuracies_are_those_of_the_paper_s_variants():
    assert tuple(published.TEST_ACCURACY) == draw.OF_THE_PAPER
    assert all(len(v) == 6 for v in published.TEST_ACCURACY.values())


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("replicas", [1, 4])
def test_figures_are_drawn_from_the_written_tables(tmp_path, replicas):
    made, _ = summarised(replicas)
    figures = rendered(draw.draw, made, STUDY, Drawing(width=6.75), tmp_path)
    assert set(figures) == set(plan.FIGURES)


def test_a_variant_alone_has_tables_and_figures(tmp_path):
    study = STUDY.model_copy(update={"variants": ("no_pool",)})
    pairs = {pair for arm in study.arms.values() for pair in arm.items()}
    alone = Results([result("no_pool", *pair, 3) for pair in pairs])
    made, _ = summarise.summarise(study, alone)
    assert made["comparisons"].empty
    assert made["trends"].empty
    figures = rendered(draw.draw, made, study, Drawing(width=6.75), tmp_path)
    assert set(figures) == set(plan.FIGURES)
