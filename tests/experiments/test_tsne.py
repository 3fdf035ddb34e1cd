import numpy as np
import pytest
import torch
from few_digits import TEST, TRAIN, write_few_digits
from matplotlib.figure import Figure
from openTSNE import TSNE
from tidy import row

from scaling_down.claims.rows import measured_row
from scaling_down.claims.statements import read_claims
from scaling_down.dataset import DatasetSettings
from scaling_down.engine.models.cnn import CNN
from scaling_down.engine.plain import plain
from scaling_down.engine.streams import Streams
from scaling_down.experiments.contract import Job, Result, Results
from scaling_down.experiments.dataset.arrays import checksum, dataset_arrays
from scaling_down.experiments.dataset.digits import MNIST, digits_in
from scaling_down.experiments.dataset.settings import DatasetSection
from scaling_down.experiments.tsne import draw, embeddings, plan, summarise
from scaling_down.experiments.tsne.compute import digits, embed
from scaling_down.experiments.tsne.settings import (
    Embedded,
    EmbeddedDigits,
    Embedding,
    Study,
)
from scaling_down.workflow.experiment import folder
from scaling_down.workflow.parameters.file import ParameterError
from scaling_down.workflow.parameters.sections import Drawing, Optimisation

SPACES = ("pixels", "untrained", "trained")
DATASET = DatasetSection(**vars(DatasetSettings(num_samples=100, seed=1)))
EMBEDDING = Embedding(
    perplexity=5.0, early_exaggeration=12.0, early_exaggeration_iter=5, n_iter=7
)
TRAINING = Optimisation(
    optimizer="adam",
    learning_rate=0.01,
    steps=5,
    batch_size=20,
    evaluate_every=5,
    fresh_samples=40,
)
STUDY = Study(
    spaces=SPACES, embedding=EMBEDDING, neighbours=3, training=TRAINING, replicas=3
)
HALF = 4.3026527 / np.sqrt(3)  # t(0.975, 2 degrees of freedom) / sqrt(3)


def settings_of(space):
    return Embedded(
        space=space, embedding=EMBEDDING, neighbours=3, dataset=DATASET,
        training=TRAINING if space == "trained" else None,
    )  # fmt: skip


@pytest.fixture(scope="module")
def dataset():
    return dataset_arrays(DATASET)


def job(dataset, space, replicas=(0, 1)):
    streams = Streams(0, "tsne", replicas)
    reads = {"dataset": {"checksum": checksum(dataset)}}
    return Job(settings_of(space), streams, reads, "cpu", lambda *_: None)


def test_a_run_for_each_space(tiny):
    runs = plan.runs(tiny)
    assert [(run.cell, run.replicas) for run in runs] == [
        ("pixels", (0, 1)), ("trained", (0, 1))
    ]  # fmt: skip
    assert [run.settings.training is None for run in runs] == [True, False]
    assert runs[0].settings.embedding == tiny.tsne.embedding


@pytest.mark.parametrize("space", SPACES)
def test_arrays_have_a_row_for_each_replica(dataset, space):
    arrays = embed.compute(job(dataset, space))
    assert arrays["points"].shape == (2, 100, 2)
    labels = np.concatenate([dataset["y"], dataset["y_test"]])
    np.testing.assert_array_equal(arrays["labels"], [labels, labels])
    with_a_training = {"network_accuracy"} if space == "trained" else set()
    assert {"network_accuracy"} & set(arrays) == with_a_training
    for name in set(summarise.METRICS) & set(arrays):
        assert arrays[name].shape == (2,)
        assert np.isfinite(arrays[name]).all()
    assert (arrays["points"][0] != arrays["points"][1]).any()
    alike = arrays["space_purity"][0] == arrays["space_purity"][1]
    assert alike == (space == "pixels")


@pytest.mark.parametrize("space", ["pixels", "trained"])
def test_a_replica_does_not_depend_on_company(dataset, space):
    together = embed.compute(job(dataset, space, (0, 1, 2)))
    alone = embed.compute(job(dataset, space, (2,)))
    for name, array in together.items():
        np.testing.assert_array_equal(array[2:], alone[name])


def test_embedding_is_what_opentsne_fits():
    x = np.random.default_rng(0).normal(size=(60, 5))
    points, divergences = embeddings.embedded(x, EMBEDDING, seed=4)
    fitted = TSNE(
        perplexity=5, early_exaggeration=12, early_exaggeration_iter=5, n_iter=7,
        random_state=4, n_jobs=1,
    ).fit(x)  # fmt: skip
    np.testing.assert_array_equal(points, fitted)
    assert divergences["kl"] == fitted.kl_divergence
    assert divergences["kl_early"] != divergences["kl"]


def test_last_features_are_those_of_an_ordinary_module():
    model = CNN(Streams(0, "tsne", (0, 1)))
    x = torch.randn(1, 7, 40, generator=torch.Generator().manual_seed(0))
    found = embed.last_features(model, x)
    assert found.shape == (2, 7, 125)
    for replica in range(2):
        expected = plain(model, replica).features(x[0])
        torch.testing.assert_close(found[replica], expected, rtol=1e-4, atol=1e-6)
    assert not model.linear._forward_pre_hooks


def test_neighbourhoods_worked_out_by_hand():
    """Two groups on a line; the last of each is a test sample."""
    x = np.array([0.0, 1, 2.1, 10, 11, 12.1, 3.3, 13.3])[:, None]
    labels = np.array([0, 0, 1, 1, 1, 1, 0, 1])
    nearest = embeddings.neighbourhoods(x, labels, train_samples=6, neighbours=1)
    # 2.1 is nearest to 1 and 3.3 nearest to 2.1; all others agree with theirs.
    assert nearest["accuracy"] == 0.5
    assert nearest["purity"] == 0.75
    three = embeddings.neighbourhoods(x, labels, train_samples=6, neighbours=3)
    assert three["accuracy"] == 1


def result(space, offset=0.0):
    kl = np.array([2.0, 2.5, 3.0])
    share = np.array([0.5, 0.6, 0.7]) + offset
    points = np.random.default_rng(0).normal(size=(3, 100, 2)).astype(np.float16)
    labels = np.tile(np.arange(100) % 10, (3, 1)).astype(np.uint8)
    arrays = {
        "points": points, "labels": labels, "kl": kl, "kl_early": 2 * kl,
        "space_accuracy": share + 0.1, "space_purity": share,
        "embedding_accuracy": share - 0.1, "embedding_purity": share - 0.2,
    }  # fmt: skip
    return Result(settings_of(space), (0, 1, 2), arrays)


@pytest.fixture(scope="module")
def summary():
    offsets = zip(SPACES, (0, 0, 0.3), strict=True)
    return summarise.summarise(STUDY, Results(result(*pair) for pair in offsets))


def test_tables_are_those_of_the_plan(summary):
    assert set(summary[0]) == set(plan.TABLES)


def test_summary_worked_out_by_hand(summary):
    found = row(summary[0]["summary"], space="pixels", metric="embedding_purity")
    assert found["n"] == 3
    assert found["mean"] == pytest.approx(40)
    assert found["ci_low"] == pytest.approx(40 - 10 * HALF)
    kl = row(summary[0]["summary"], space="pixels", metric="kl_early")
    assert kl["mean"] == pytest.approx(5)


def test_spaces_are_compared_in_pairs(summary):
    table = summary[0]["comparisons"]
    found = row(table, space="pixels", other_space="trained", metric="embedding_purity")
    assert found["mean"] == pytest.approx(-30)
    assert found["sd"] == pytest.approx(0, abs=1e-9)
    assert len(table) == 3 * len(set(summarise.METRICS) - {"network_accuracy"})


def test_points_are_those_of_the_first_replica(summary):
    points = summary[0]["points"]
    assert len(points) == 300
    expected = np.round(result("pixels").arrays["points"][0].astype(float), 2)
    np.testing.assert_array_equal(points[["x", "y"]].to_numpy()[:100], expected)
    assert set(points["replica"]) == {0}


def test_every_claim_finds_its_row(summary):
    claims = read_claims(folder("tsne") / "claims.yaml", plan.TABLES)
    for claim in claims:
        if claim.where and not claim.needs:
            assert measured_row(claim, summary[0][claim.table]) is not None, claim.id


def test_metrics(summary):
    expected = {"pixels": 40.0, "untrained": 40.0, "trained": 70.0}
    assert summary[1] == {"embedding_purity": expected}


def test_the_figure_has_each_digit_in_each_panel(summary):
    figures = draw.draw(summary[0], STUDY, Drawing(width=6.0))
    assert set(figures) == set(plan.FIGURES)
    figure = figures["tsne"]
    assert isinstance(figure, Figure)
    assert "n = 3" in figure.get_supxlabel()
    titles = [draw.TITLES[space] for space in SPACES]
    assert [axes.get_title() for axes in figure.axes] == titles
    (legend,) = figure.legends
    assert [text.get_text() for text in legend.get_texts()] == list("0123456789")
    for axes in figure.axes:
        assert [text.get_text() for text in axes.texts] == [str(d) for d in range(10)]
        assert "KL divergence 2.50 [" in axes.get_xlabel()
        assert axes.xaxis.label.get_fontsize() >= 7
    assert "purity (%) 40.0 [" in figure.axes[0].get_xlabel()
    assert len(set(draw.COLOURS)) == 10


def test_a_lone_replica_has_numbers_without_intervals():
    alone = [
        Result(r.settings, (0,), {n: a[:1] for n, a in r.arrays.items()})
        for r in map(result, SPACES)
    ]
    tables, _ = summarise.summarise(STUDY, Results(alone))
    label = draw.draw(tables, STUDY, Drawing(width=6.0))["tsne"].axes[0].get_xlabel()
    assert label.startswith("KL divergence 2.00\npurity")


@pytest.fixture(scope="module")
def few(tmp_path_factory):
    return str(write_few_digits(tmp_path_factory.mktemp("mnist") / "digits"))


def digit_job(few, replicas=(0, 1)):
    chosen, files = digits_in(few)
    settings = EmbeddedDigits(embedding=EMBEDDING, neighbours=3, digits=chosen)
    streams = Streams(0, "tsne", replicas)
    return Job(settings, streams, {}, "cpu", lambda *_: None, files)


def test_digits_are_one_more_run_or_all(tiny_with, few):
    both = plan.runs(tiny_with({"tsne": {"digits": few}}))
    assert [run.step for run in both] == ["embed", "embed", "digits"]
    alone = plan.runs(tiny_with({"tsne": {"digits": few, "spaces": []}}))
    assert [run.key for run in alone] == [both[-1].key]
    with pytest.raises(ParameterError, match="spaces, or a folder of digits"):
        tiny_with({"tsne": {"spaces": []}})


@pytest.fixture(scope="module")
def embedded_digits(few):
    return digits.compute(digit_job(few))


def test_digits_are_embedded_as_the_spaces_are(dataset, few, embedded_digits):
    arrays = embedded_digits
    assert set(arrays) == set(embed.compute(job(dataset, "pixels")))
    assert arrays["points"].shape == (2, TRAIN + TEST, 2)
    assert arrays["labels"].shape == (2, TRAIN + TEST)
    assert (arrays["points"][0] != arrays["points"][1]).any()
    alone = digits.compute(digit_job(few, (1,)))
    for name, array in arrays.items():
        np.testing.assert_array_equal(array[1:], alone[name])


@pytest.mark.parametrize("spaces", [(), ("pixels",)])
def test_digits_have_a_panel_of_their_own(few, dataset, embedded_digits, spaces):
    study = STUDY.model_copy(update={"spaces": spaces})
    results = [
        Result(settings_of(s), (0, 1), embed.compute(job(dataset, s))) for s in spaces
    ]
    results.append(Result(digit_job(few).settings, (0, 1), embedded_digits))
    tables, metrics = summarise.summarise(study, Results(results))
    assert list(metrics["embedding_purity"]) == [*spaces, MNIST]
    assert tables["comparisons"].empty
    (of_mnist,) = [c for c in read_claims(folder("tsne") / "claims.yaml") if c.needs]
    assert measured_row(of_mnist, tables["summary"]).n == 2
    figure = draw.draw(tables, study, Drawing(width=6.0))["tsne"]
    titles = [axes.get_title() for axes in figure.axes]
    assert titles == [*spaces, "pixels of MNIST"]
    assert "MNIST: 90 digits, published of 70,000" in figure.get_supxlabel()
