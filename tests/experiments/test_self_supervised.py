import numpy as np
import pytest
from matplotlib.figure import Figure
from tidy import row

from scaling_down.claims.rows import measured_row
from scaling_down.claims.statements import read_claims
from scaling_down.dataset import DatasetSettings
from scaling_down.engine.augmentations import Augmentations
from scaling_down.engine.contrastive import Contrast
from scaling_down.engine.streams import Streams
from scaling_down.experiments.contract import Job, Result, Results
from scaling_down.experiments.dataset.arrays import checksum, dataset_arrays
from scaling_down.experiments.dataset.settings import DatasetSection
from scaling_down.experiments.self_supervised import (
    compute,
    draw,
    plan,
    probes,
    published,
    summarise,
)
from scaling_down.experiments.self_supervised.settings import (
    PROJECTOR_WIDTHS,
    Arm,
    Probes,
    Study,
    Training,
)
from scaling_down.workflow.experiment import folder
from scaling_down.workflow.parameters.sections import Drawing

DATASET = DatasetSection(**vars(DatasetSettings(num_samples=100, seed=1)))
PROBES = Probes(
    c_values=(1.0, 0.1), validation=0.25, tolerance=0.01, neighbours=3, dimension=4
)
HOW = {
    "learning_rate": 0.01, "batch_size": 20, "temperature": 0.5, "max_shift": 10,
    "slope_sd": 0.04, "offset_sd": 0.3, "probes": PROBES,
}  # fmt: skip
ALL = ("shift", "slope", "offset")
STUDY = Study(
    projectors=("default", "none", "deep"), epochs=2, losses=("one_sided", "two_sided"),
    trained_on=("train", "train_and_test"), augmentations=(ALL, ("shift",), ()),
    replicas=3, **HOW,
)  # fmt: skip
HALF = 4.3026527 / np.sqrt(3)  # t(0.975, 2 degrees of freedom) / sqrt(3)


def settings_of(arm):
    return Training(dataset=DATASET, **HOW, **arm.only(Arm))


@pytest.fixture(scope="module")
def dataset():
    return dataset_arrays(DATASET)


def computed(dataset, replicas=(0, 1), **changes):
    reads = {"dataset": {"checksum": checksum(dataset)}}
    streams = Streams(0, "self_supervised", replicas)
    settings = settings_of(STUDY.arm(**changes))
    return compute.compute(Job(settings, streams, reads, "cpu", lambda *_: None))


def test_settings_reach_the_engine_as_they_are():
    settings = settings_of(STUDY.arm(loss="two_sided"))
    assert compute.contrast_of(settings) == Contrast(
        learning_rate=0.01, epochs=2, batch_size=20, temperature=0.5, loss="two_sided",
        augmentations=Augmentations(
            applied=ALL, max_shift=10, slope_sd=0.04, offset_sd=0.3
        ),
    )  # fmt: skip


def test_a_run_for_each_arm_and_chunk(tiny):
    runs = plan.runs(tiny)
    arms = tiny.self_supervised.arms
    assert [run.cell for run in runs] == [arm.name for arm in arms]
    assert len({run.cell for run in runs}) == len(runs) == 6
    assert {run.replicas for run in runs} == {(0, 1)}
    first = runs[0].settings
    assert (first.projector, first.epochs, first.augmentations) == ("default", 2, ALL)
    assert first.probes == tiny.self_supervised.probes


def test_arms_differ_from_the_first_in_one_thing():
    base, *others = STUDY.arms
    assert base.columns == {
        "projector": "default", "network": "trained", "loss": "one_sided",
        "trained_on": "train", "augmentations": "shift+slope+offset",
    }  # fmt: skip
    changed = [
        tuple(v for n, v in arm.columns.items() if v != base.columns[n])
        for arm in others
    ]
    assert changed == [
        ("none",), ("deep",), ("untrained",), ("none", "untrained"),
        ("deep", "untrained"), ("two_sided",), ("train_and_test",), ("shift",),
        ("none",),
    ]  # fmt: skip


@pytest.mark.parametrize("projector", PROJECTOR_WIDTHS)
def test_arrays_have_a_row_for_each_replica_and_a_column_for_each_layer(
    dataset, projector
):
    arrays = computed(dataset, projector=projector)
    widths = [40, 475, 250, 125, *PROJECTOR_WIDTHS[projector]]
    np.testing.assert_array_equal(arrays["width"], [widths, widths])
    assert arrays["loss"].shape == (2, 2)
    np.testing.assert_array_equal(arrays["digit_count"].sum(1), [20, 20])
    assert arrays["digit_hits"].shape == (2, len(widths), 10)
    assert (arrays["digit_hits"] <= arrays["digit_count"][:, None]).all()
    assert np.isin(arrays["c"], PROBES.c_values).all()
    for name in ("converged", "original", "projected", "effective_rank"):
        assert arrays[name].shape == (2, len(widths))
        assert np.isfinite(arrays[name]).all()
    assert (arrays["loss"][0] != arrays["loss"][1]).all()
    rank = arrays["effective_rank"]
    assert rank[0, 0] == rank[1, 0]
    assert (rank[0, 1:] != rank[1, 1:]).all()
    assert (rank <= widths).all()


def test_a_replica_does_not_depend_on_company(dataset):
    together = computed(dataset, (0, 1, 2))
    alone = computed(dataset, (2,))
    for name, array in together.items():
        np.testing.assert_array_equal(array[2:], alone[name])


def test_untrained_networks_are_those_that_training_begins_with(dataset):
    arrays = computed(dataset, epochs=0)
    assert arrays["loss"].shape == (2, 0)
    other = computed(dataset, epochs=0, projector="deep")
    np.testing.assert_array_equal(
        arrays["effective_rank"][:, :5], other["effective_rank"][:, :5]
    )


def test_trained_on_all_samples_or_on_the_training_set(dataset, monkeypatch):
    seen = []

    def contrast(model, x, *_):
        seen.append(x)
        return np.zeros((2, 2))

    monkeypatch.setattr(compute, "contrast", contrast)
    computed(dataset)
    computed(dataset, trained_on="train_and_test")
    np.testing.assert_array_equal(seen[0], dataset["x"])
    everything = np.concatenate([dataset["x"], dataset["x_test"]])
    np.testing.assert_array_equal(seen[1], everything)


def test_held_out_samples_are_a_share_of_all():
    held_out = compute.held_out_samples(40, 0.25, np.random.default_rng(0))
    assert (held_out.shape, held_out.sum()) == ((40,), 10)
    other = compute.held_out_samples(40, 0.25, np.random.default_rng(1))
    assert (held_out != other).any()
    assert compute.held_out_samples(3, 0.01, np.random.default_rng(0)).sum() == 1


def blobs(noise, seed=0):
    """Two classes that differ along the first axis, and in their angle."""
    rng = np.random.default_rng(seed)
    y = np.arange(80) % 2
    x = y[:, None] * [3.0, 0.0] + noise * rng.normal(size=(80, 2)) + 1
    return probes.Data(x[:60], y[:60], x[60:], y[60:])


def test_separable_classes_are_found_by_all_probes():
    held_out = np.arange(60) < 20
    found = probes.probed(blobs(0.1), PROBES, held_out, np.eye(2))
    assert found["converged"] == found["original"] == found["projected"] == 1
    assert found["c"] == 0.1  # the smaller of equals
    np.testing.assert_array_equal(found["digit_hits"][:2], [10, 10])


def test_c_is_chosen_by_the_samples_held_out(monkeypatch):
    asked = []

    def accuracy(data, **settings):
        asked.append((len(data.x), len(data.x_test), settings["C"]))
        return {0.1: 0.5, 1.0: 0.75}[settings["C"]]

    monkeypatch.setattr(probes, "_accuracy", accuracy)
    held_out = np.arange(60) < 15
    assert probes.converged_probe(blobs(1), PROBES, held_out) == (0.75, 1.0)
    assert asked == [(45, 15, 0.1), (45, 15, 1.0), (60, 20, 1.0)]


def test_a_projection_that_keeps_nothing_leaves_chance():
    held_out = np.arange(60) < 20
    lost = np.array([[0.0, 0.0], [1.0, 0.0]])  # the second axis alone
    data = blobs(0.01)
    found = probes.probed(data, PROBES, held_out, lost)
    assert found["projected"] < found["converged"]


def test_neighbours_are_by_cosine():
    x = np.array([[1.0, 0.0], [2.0, 0.1], [0.0, 1.0], [0.1, 3.0]])
    data = probes.Data(
        x, np.array([0, 0, 1, 1]), np.array([[50.0, 1.0], [0.0, 0.1]]), np.array([0, 0])
    )
    np.testing.assert_array_equal(probes.neighbour_hits(data, 1), [True, False])


@pytest.mark.parametrize(
    ("features", "rank"),
    [
        (np.eye(6)[:, :4], 4),
        (np.outer(np.arange(1, 5), [1, 2]), 1),
        (np.diag([3.0, 1.0]), 4 / 3**0.75),  # shares of 3/4 and 1/4
        (np.diag([1.0, 1e-44]).astype(np.float32), 1),
        (np.zeros((5, 3)), 1),
    ],
)
def test_effective_rank_of_known_spectra(features, rank):
    assert probes.effective_rank(features) == pytest.approx(rank, rel=1e-4)


CURVES = {
    "default": [[0.3, 0.7, 0.9, 0.6], [0.3, 0.6, 0.8, 0.5], [0.3, 0.9, 0.7, 0.4]],
    "none": [[0.3, 0.8, 0.6, 0.5], [0.3, 0.7, 0.6, 0.5], [0.3, 0.9, 0.6, 0.5]],
}


def result(arm):
    converged = np.array(CURVES.get(arm.projector, CURVES["default"]))
    converged = converged - (0 if arm.epochs else 0.2)
    hits = np.full((3, 4, 10), 5)
    hits[:, -1, [0, 3, 6, 8]] = 8
    arrays = {
        "loss": np.tile([3.0, 2.5], (3, 1))[:, : arm.epochs],
        "digit_count": np.full((3, 10), 10), "digit_hits": hits,
        "width": np.tile([40, 8, 4, 2], (3, 1)), "converged": converged,
        "c": np.ones((3, 4)), "original": converged - 0.01,
        "projected": converged / 2, "effective_rank": 10 * converged,
    }  # fmt: skip
    return Result(settings_of(arm), (0, 1, 2), arrays)


@pytest.fixture(scope="module")
def summary():
    return summarise.summarise(STUDY, Results(result(arm) for arm in STUDY.arms))


BASE = STUDY.arm().columns


def test_tables_are_those_of_the_plan(summary):
    assert set(summary[0]) == set(plan.TABLES)


def test_summary_worked_out_by_hand(summary):
    table = summary[0]["summary"]
    found = row(table, **BASE, layer=2, metric="linear_accuracy")
    assert found["n"] == 3
    assert found["mean"] == pytest.approx(80)
    assert found["ci_high"] == pytest.approx(80 + 10 * HALF)
    found = row(table, **BASE, layer=2, metric="linear_accuracy_original")
    assert found["mean"] == pytest.approx(79)
    found = row(table, **BASE, layer=3, metric="neighbour_accuracy")
    assert found["mean"] == pytest.approx(62)  # 4 x 8 and 6 x 5 of 100
    found = row(table, **BASE, layer=1, metric="linear_accuracy_less_next")
    assert found["mean"] == pytest.approx((-20 - 20 + 20) / 3)
    found = row(table, **BASE, layer=1, metric="linear_accuracy_less_output")
    assert found["mean"] == pytest.approx((10 + 10 + 50) / 3)


def test_peaks_are_measured_where_the_others_have_theirs(summary):
    where = {**BASE, "accuracy": "linear_accuracy"}
    peak = row(summary[0]["peaks"], **where, metric="peak_accuracy")
    # Layer 2 for the third; for the first two the others have 75 at both layers, and
    # of equals the first counts.
    assert peak["mean"] == pytest.approx((70 + 60 + 70) / 3)
    over = row(summary[0]["peaks"], **where, metric="peak_over_output")
    assert over["mean"] == pytest.approx((10 + 10 + 30) / 3)
    layer = row(summary[0]["peaks"], **where, metric="peak_layer")
    assert layer["mean"] == pytest.approx((2 + 2 + 1) / 3)
    alike = {**BASE, "projector": "none", "accuracy": "linear_accuracy"}
    layer = row(summary[0]["peaks"], **alike, metric="peak_layer")
    # All at layer 1: no narrower than the grid.
    assert (layer["ci_low"], layer["mean"], layer["ci_high"]) == (0.5, 1, 1.5)


def test_arms_worked_out_by_hand(summary):
    table = summary[0]["arms"]
    assert row(table, **BASE, metric="isolated_digits")["mean"] == pytest.approx(30)
    assert row(table, **BASE, metric="rank_correlation")["mean"] == pytest.approx(1)
    assert row(table, **BASE, metric="loss_final")["mean"] == pytest.approx(2.5)
    untrained = table[table["network"] == "untrained"]
    assert "loss_final" not in set(untrained["metric"])


def test_comparisons_are_of_pairs_that_differ_in_one_thing(summary):
    table = summary[0]["comparisons"]
    found = row(
        table, projector="none", other_projector="deep", network="trained",
        metric="output_accuracy",
    )  # fmt: skip
    assert found["mean"] == pytest.approx(0)
    chosen = table[table["metric"] == "output_accuracy"]
    differing = sum(chosen[c] != chosen[f"other_{c}"] for c in BASE)
    assert (differing == 1).all()
    # Three pairs of projectors, trained and not, and each with its untrained ones; a
    # pair of losses, one of samples, three of augmentations.
    assert len(chosen) == 3 + 3 + 3 + 1 + 1 + 3


def test_layers_are_compared_within_a_projector(summary):
    table = summary[0]["layer_comparisons"]
    assert (table["projector"] == table["other_projector"]).all()
    found = row(
        table, projector="none", network="trained", other_network="untrained",
        layer=2, metric="linear_accuracy",
    )  # fmt: skip
    assert found["mean"] == pytest.approx(20)
    assert found["sd"] == pytest.approx(0, abs=1e-9)


def test_every_claim_finds_its_row(summary):
    claims = read_claims(folder("self_supervised") / "claims.yaml", plan.TABLES)
    assert len(claims) > 10
    for claim in claims:
        if claim.where:
            assert measured_row(claim, summary[0][claim.table]) is not None, claim.id


def test_metrics_and_plot(summary):
    accuracies = summary[1]["linear_accuracy"]
    assert accuracies["default_output"] == 50
    assert accuracies["none_peak"] == 80
    assert set(accuracies) == {
        f"{p}_{what}" for p in PROJECTOR_WIDTHS for what in ("peak", "output")
    }
    assert list(summary[0]["plot"]) == ["layer", *STUDY.projectors]


def test_published_runs_have_a_number_for_each_layer():
    for run in published.LINEAR.values():
        for projector, values in run.items():
            assert len(values) == 4 + len(PROJECTOR_WIDTHS[projector])


def test_figures_are_those_of_the_plan(summary):
    figures = draw.draw(summary[0], STUDY, Drawing(width=6.0))
    assert set(figures) == set(plan.FIGURES)
    for figure in figures.values():
        assert isinstance(figure, Figure)
        assert figure.get_figwidth() == 6
        assert "n = 3" in figure.get_supxlabel()
    layers = figures["self_supervised_layers"]
    (legend,) = layers.legends
    assert {text.get_text() for text in legend.get_texts()} == {
        "end of convolutions", "trained", "untrained", "tolerance 0.01",
        "paper (one run)", "notebook of 2024 (one run)",
    }  # fmt: skip
    assert [axes.get_title() for axes in layers.axes] == list(draw.TITLES.values())
    views, others = figures["self_supervised_augmentations"].axes
    assert len(views.get_legend().get_texts()) == len(STUDY.augmentations) + 1
    assert len(others.get_legend().get_texts()) == 4
