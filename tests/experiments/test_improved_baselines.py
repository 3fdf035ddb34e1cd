import numpy as np
import pytest
import torch
from rendering import rendered
from tidy import row

from scaling_down.claims.statements import read_claims
from scaling_down.dataset import DatasetSettings
from scaling_down.engine.protocol import Protocol as EngineProtocol
from scaling_down.engine.steps.autograd import AutogradStep
from scaling_down.engine.steps.normalised import NormalisedStep
from scaling_down.engine.streams import Streams
from scaling_down.experiments.contract import Job, Result, Results
from scaling_down.experiments.dataset.arrays import checksum, dataset_arrays
from scaling_down.experiments.dataset.settings import DatasetSection
from scaling_down.experiments.improved_baselines import (
    compute,
    draw,
    plan,
    published,
    summarise,
)
from scaling_down.experiments.improved_baselines.settings import (
    Protocol,
    Recipe,
    Settings,
    Study,
    Training,
)
from scaling_down.workflow.experiment import folder
from scaling_down.workflow.parameters.file import ParameterError, load_params

DATASET = DatasetSection(**vars(DatasetSettings(num_samples=100, train_split=0.8)))
DENSE = {
    "network": "dense", "width": 8, "learning_rate": 0.01, "weight_decay": 0.001,
    "learning_rate_schedule": "cosine", "max_shift": None, "steps": 6,
}  # fmt: skip
SHARED = {
    "batch_size": 20, "validation_share": 0.1, "evaluate_every": 3, "fresh_samples": 50,
}  # fmt: skip
RECIPES = {
    "dense": DENSE,
    "augmented": DENSE | {"max_shift": 3.0},
    "cnn": DENSE | {"network": "cnn"},
    "dilated_cnn": DENSE | {"network": "dilated_cnn"},
    "resnet": DENSE | {"network": "resnet"},
    "tcn": DENSE | {"network": "tcn"},
}


def training(recipe, n_train=60):
    return Training(recipe=Recipe(**recipe), n_train=n_train, dataset=DATASET, **SHARED)


def computed(recipe, replicas=(0, 1, 2), n_train=60):
    generated = {"checksum": checksum(dataset_arrays(DATASET))}
    job = Job(
        training(recipe, n_train), Streams(0, "improved", replicas),
        {"dataset": generated}, torch.device("cpu"), lambda step, steps: None,
    )  # fmt: skip
    return compute.compute(job)


@pytest.fixture(scope="module")
def paper(request):
    return load_params(request.config.rootpath / "params.yaml")


def test_the_paper_scale_has_the_review_s_protocol_and_that_of_2026(paper):
    section = paper.improved_baselines
    assert (section.n_train, section.validation_share) == (4000, 0.1)
    for arm in ("dense", "cnn", "dense_augmented"):
        assert section.arms[arm].replicas == 100
    for arm in ("dilated_cnn", "resnet", "tcn"):
        recipe = section.arms[arm]
        assert (recipe.replicas, recipe.steps) == (10, 10_000)
        assert (recipe.learning_rate, recipe.weight_decay) == (0.01, 0)
    assert set(section.sizes.train_sizes) >= {1000, 40_000}


def test_what_is_trained_for_two_purposes_is_one_run(tiny):
    runs = plan.runs(tiny)
    recipes = {(r.settings.recipe, r.settings.n_train) for r in runs}
    # Three arms, one more number of samples, one more candidate.
    assert len(recipes) == 5
    assert len({run.stem for run in runs}) == len(runs)
    section = tiny.improved_baselines
    dense = [r for r in runs if r.settings.recipe == section.recipe("dense")]
    by_size = {60: [], 180: []}
    for run in dense:
        by_size[run.settings.n_train] += run.replicas
    assert by_size == {60: [0, 1, 2], 180: [0, 1]}


def test_every_cell_of_the_paper_scale_has_a_file_of_its_own(paper):
    runs = plan.runs(paper)
    assert len({run.stem for run in runs}) == len(runs)
    assert len({(r.settings.recipe, r.settings.n_train) for r in runs}) == len(
        {run.cell for run in runs}
    )


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"arms": {"dense": {"width": 0}}}, "width"),
        ({"arms": {"dense": {"network": "transformer"}}}, "network"),
        ({"arms": {"dense": {"width": 7}}}, "not one that its search tries"),
        ({"validation_share": 1.0}, "validation_share"),
    ],
)
def test_wrong_parameters_are_refused(tiny_with, wrong, message):
    with pytest.raises(ParameterError, match=message):
        tiny_with({"improved_baselines": wrong})


def test_a_search_needs_its_arm(tiny):
    given = tiny.improved_baselines.model_dump()
    given["arms"].pop("resnet")
    given["search"]["grids"] = {"resnet": given["search"]["grids"]["dense"]}
    with pytest.raises(ValueError, match="no such arm"):
        Settings(**given)
    given["arms"].pop("dense")
    with pytest.raises(ValueError, match="arms with 'dense'"):
        Settings(**given)


@pytest.mark.parametrize("name", RECIPES)
def test_arrays_have_a_row_for_each_replica(name):
    arrays = computed(RECIPES[name])
    assert arrays["step"].tolist() == [[0, 3, 6]] * 3
    assert arrays["validation_accuracy"].shape == (3, 3)
    for metric in ("test_accuracy_selected", "test_accuracy_population"):
        assert arrays[metric].shape == (3,)
    assert arrays["class_accuracy_population"].shape == (3, 10)
    assert len(np.unique(arrays["train_loss"][:, -1])) == 3


@pytest.mark.parametrize("name", RECIPES)
def test_a_replica_does_not_depend_on_company(name):
    together, alone = computed(RECIPES[name]), computed(RECIPES[name], (1,))
    for array in together:
        np.testing.assert_array_equal(together[array][1:2], alone[array][:1])


@pytest.mark.parametrize("name", RECIPES)
def test_what_is_tested_is_what_validation_selected(name):
    arrays = computed(RECIPES[name])
    best = arrays["validation_accuracy"].argmax(1)
    assert (arrays["selected_step"] == 3 * best).all()
    along = arrays["test_accuracy"][np.arange(3), best]
    np.testing.assert_array_equal(arrays["test_accuracy_selected"], along)


def test_held_out_samples_are_not_learned_from_and_differ_by_replica():
    x, y = np.arange(80.0)[:, None], np.arange(80)
    streams = Streams(0, "improved", (0, 1))
    learned, held_out = compute.split(streams, (x, y), training(DENSE))
    assert learned[1].shape == (2, 54)
    assert held_out[1].shape == (2, 6)
    for part in (learned, held_out):
        np.testing.assert_array_equal(part[0][..., 0], part[1])
    for replica in range(2):
        assert len({*learned[1][replica], *held_out[1][replica]}) == 60
    assert set(held_out[1][0]) != set(held_out[1][1])


def test_more_samples_come_from_the_generator_and_are_in_no_test():
    dataset = dataset_arrays(DATASET)
    published_pool = dataset["x"], dataset["y"]
    few, fresh = compute.pool_and_fresh(training(DENSE), published_pool)
    assert few[0] is not fresh[0]
    assert len(few[1]) == 80
    many, fresh_then = compute.pool_and_fresh(training(DENSE, 200), published_pool)
    assert len(many[1]) == 200
    np.testing.assert_array_equal(many[0][:80], dataset["x"])
    tests = np.concatenate([dataset["x_test"], fresh_then[0]])
    assert not (many[0][:, None] == tests).all(2).any()
    assert len(fresh[1]) == len(fresh_then[1]) == 50


def test_augmentation_is_as_strong_as_the_generator():
    """Its line falls by shear_scale * u before everything is divided by one SD."""
    dataset = dataset_arrays(DATASET)
    found = compute.deformations_of(DATASET, 3.0, dataset["t"])
    unit = np.ptp(dataset["t"]) / (10 / 6)
    assert (found.max_shift, found.scale) == (3.0, DATASET.scale_coeff)
    assert found.shear == pytest.approx(0.75 * unit)
    assert found.noise == pytest.approx(0.02 * unit)


def test_settings_reach_the_engine_as_they_are():
    assert compute.protocol_of(training(DENSE)) == EngineProtocol(
        optimizer="adam", learning_rate=0.01, learning_rate_schedule="cosine",
        weight_decay=0.001, steps=6, batch_size=20, batch_order="shuffled",
        evaluate_every=3,
    )  # fmt: skip


def test_only_the_residual_network_normalises_by_its_batches():
    t = dataset_arrays(DATASET)["t"]
    for name, recipe in RECIPES.items():
        if name != "augmented":
            step = compute.step_of(training(recipe), Streams(0, "improved", (0,)), t)
            assert step is (NormalisedStep if name == "resnet" else AutogradStep)


def test_augmentation_changes_what_is_learned():
    plain, augmented = computed(DENSE), computed(RECIPES["augmented"])
    np.testing.assert_array_equal(
        plain["train_loss"][:, 0], augmented["train_loss"][:, 0]
    )
    assert (plain["train_loss"][:, -1] != augmented["train_loss"][:, -1]).all()


# Made-up accuracies: of every arm, on the test set; 5 points less on fresh samples, a
# point more in validation, three in training; after the last step two points less.
ACCURACY = {
    "dense": 70, "cnn": 96, "dense_augmented": 85, "dilated_cnn": 97, "resnet": 98,
    "tcn": 99,
}  # fmt: skip
NOISE = np.array([-1.0, 0, 1, 2])


def study_of(paper, replicas):
    given = paper.improved_baselines.model_dump()
    for arm in given["arms"].values():
        arm["replicas"] = replicas
    given["sizes"] |= {"train_sizes": (1000, 40_000), "replicas": min(2, replicas)}
    given["search"]["replicas"] = 1
    return Study(**{name: given[name] for name in Study.model_fields})


def result(settings, accuracy, replicas):
    own = (accuracy + NOISE[:replicas]) / 100
    curve = np.stack([0 * own, own, own - 0.02], 1)
    arrays = {
        "test_accuracy": curve,
        "train_accuracy": curve + 0.03,
        "validation_accuracy": curve + 0.01,
        "step": np.tile([0, 100, 200], (replicas, 1)),
        "selected_step": np.full(replicas, 100),
        "test_accuracy_selected": own,
        "test_accuracy_population": own - 0.05,
    }
    return Result(settings, tuple(range(replicas)), arrays)


def summarised(paper, replicas=4):
    study = study_of(paper, replicas)
    shared = {**study.only(Protocol), "dataset": paper.dataset.alone()}
    cells = {(study.recipe(arm), 4000): value for arm, value in ACCURACY.items()}
    cells |= {(study.recipe("dense"), 1000): 55, (study.recipe("dense"), 40_000): 92}
    for arm, grid in study.search.grids.items():
        for candidate in grid.candidates(study.recipe(arm)):
            cells.setdefault((candidate, 4000), 40)
    results = [
        result(
            Training(recipe=recipe, n_train=n, **shared), value,
            min(2, replicas) if n != 4000 else replicas,
        )
        for (recipe, n), value in cells.items()
    ]  # fmt: skip
    return study, *summarise.summarise(study, Results(results))


@pytest.fixture(scope="module")
def tables(paper):
    return summarised(paper)[1]


SELECTED = {"metric": "test_accuracy_selected"}


def test_tables_are_those_of_the_plan(tables):
    assert set(tables) == set(plan.TABLES)


def test_accuracies_worked_out_by_hand(tables):
    found = row(tables["summary"], arm="cnn", n_train=4000, **SELECTED)
    assert (found["n"], found["mean"]) == (4, pytest.approx(96.5))
    means = {
        "test_accuracy_population": 91.5, "test_accuracy_last": 94.5,
        "train_accuracy_last": 97.5, "validation_accuracy_best": 97.5,
    }  # fmt: skip
    for metric, mean in means.items():
        found = row(tables["summary"], arm="cnn", n_train=4000, metric=metric)
        assert found["mean"] == pytest.approx(mean), metric


def test_differences_are_paired_over_the_replicas_that_both_have(tables):
    where = {"arm": "dense", "n_train": 40_000, "other": "dense", **SELECTED}
    found = row(tables["comparisons"], **where, other_n_train=4000)
    assert (found["n"], found["mean"]) == (2, pytest.approx(22))
    assert found["sd"] == pytest.approx(0, abs=1e-9)


def test_the_search_tells_what_was_chosen_by_validation_alone(paper, tables):
    search = tables["search"]
    assert set(search["metric"]) == {"validation_accuracy_best"}
    chosen = search[search["chosen"]]
    assert list(chosen["arm"]) == list(paper.improved_baselines.search.grids)
    assert row(chosen, arm="dense")["mean"] == pytest.approx(70)
    assert (search["n"] == 1).all()


def test_every_claim_finds_its_row(tables):
    for claim in read_claims(folder("improved_baselines") / "claims.yaml", plan.TABLES):
        row(tables[claim.table], **claim.where)


def test_published_numbers_belong_to_arms(paper):
    arms = {*published.REVIEW, *published.LATER, "dense_augmented"}
    assert arms == set(paper.improved_baselines.arms) == set(draw.NAMES)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("replicas", [1, 4])
def test_figures_are_drawn_from_the_written_tables(paper, tmp_path, replicas):
    study, made, _ = summarised(paper, replicas)
    figures = rendered(
        draw.draw, made, study, paper.improved_baselines.drawing, tmp_path
    )
    assert set(figures) == set(plan.FIGURES)
