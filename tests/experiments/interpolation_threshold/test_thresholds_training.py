"""Toy trainings: what a job trains on, and what it returns."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from planted_thresholds import NAME

from scaling_down.dataset import DatasetSettings
from scaling_down.engine.layers import parameter_count
from scaling_down.engine.streams import Streams
from scaling_down.experiments.contract import Job
from scaling_down.experiments.dataset.arrays import dataset_arrays
from scaling_down.experiments.dataset.settings import DatasetSection
from scaling_down.experiments.interpolation_threshold import compute
from scaling_down.experiments.interpolation_threshold.settings import LOSSES, Widths

INPUTS = 6
STREAMS = Streams(3, NAME, (0, 1))
DATASET = DatasetSection(
    **vars(DatasetSettings(num_samples=150, train_split=0.6, final_seq_length=INPUTS))
)


@pytest.fixture(scope="module")
def dataset():
    return dataset_arrays(DATASET)


def settings_of(**changes):
    settings = {
        "loss": "nll", "label_noise": 1.0, "n_train": 20, "classes": 4,
        "widths": (5, 2), "epochs": 6, "batch_size": 20, "learning_rate": 0.01,
        "dataset": DATASET,
    }  # fmt: skip
    return Widths(**settings | changes)


def job(streams=STREAMS, **changes):
    settings = settings_of(**changes)
    return Job(settings, streams, {}, "cpu", lambda step, steps: None)


@pytest.fixture
def data_of(monkeypatch):
    """A function that returns the data that a job trains on."""
    seen = []

    def spy(_widths, _build, data, *_, **__):
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
    for samples, steps in ((1000, 2000), (2500, 6000)):
        settings = settings_of(
            loss="mse", n_train=samples, epochs=2000, batch_size=1000
        )
        protocol = compute.protocol(settings)
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


def test_training_and_test_samples_are_of_the_chosen_digits(data_of, dataset):
    data = data_of(label_noise=0.0)
    allowed = {
        tuple(x.astype(np.float32)): y
        for x, y in zip(dataset["x"], dataset["y"], strict=True)
    }
    for x, y in zip(data.x.flatten(0, 1), data.y.flatten(), strict=True):
        assert allowed[tuple(x.numpy()[:INPUTS])] == y < 4
    tested = dataset["y_test"] < 4
    assert np.array_equal(data.y_test[0], dataset["y_test"][tested])
    expected = dataset["x_test"][tested].astype(np.float32)
    assert np.array_equal(data.x_test[0, :, :INPUTS], expected)


def test_losses_widths_and_lengths_meet_the_same_samples_and_labels(data_of):
    first = data_of()
    for changes in ({"loss": "mse"}, {"widths": (3,)}, {"epochs": 12}):
        other = data_of(**changes)
        for name in ("x", "y", "x_test", "y_test"):
            assert torch.equal(getattr(first, name), getattr(other, name))


def test_label_noise_changes_training_labels_alone(data_of):
    clean, noisy = data_of(label_noise=0.0), data_of(label_noise=0.5)
    assert torch.equal(clean.x, noisy.x)
    assert torch.equal(clean.y_test, noisy.y_test)
    assert not torch.equal(clean.y, noisy.y)
    assert set(noisy.y.flatten().tolist()) <= set(range(4))


def test_of_random_labels_only_the_labels_depend_on_the_classes(data_of, dataset):
    two, four = data_of(classes=2), data_of(classes=4)
    for name in ("x", "x_test"):
        assert torch.equal(getattr(two, name), getattr(four, name))
    digits = {
        tuple(x.astype(np.float32)): y
        for x, y in zip(dataset["x"], dataset["y"], strict=True)
    }
    trained = {digits[tuple(x.numpy()[:INPUTS])] for x in two.x.flatten(0, 1)}
    assert max(trained) == 9
    assert two.x_test.shape[1] == len(dataset["x_test"])
    for data, classes in ((two, 2), (four, 4)):
        for labels in (data.y, data.y_test):
            assert set(labels.flatten().tolist()) == set(range(classes))
            assert not torch.equal(labels[0], labels[1])


def test_random_labels_say_nothing_of_the_digits(data_of, dataset):
    labels = data_of(classes=10).y_test.numpy()
    agreeing = (labels == dataset["y_test"]).mean(axis=1)
    assert (agreeing < 0.3).all()


def test_a_smaller_draw_begins_a_larger_one(data_of):
    small, large = (data_of(n_train=n, label_noise=0.0) for n in (10, 20))
    assert torch.equal(small.x, large.x[:, :10])
    assert torch.equal(small.y, large.y[:, :10])


def test_too_few_samples_are_refused(dataset, data_of):
    most = int((dataset["y"] < 4).sum())
    assert data_of(n_train=most, label_noise=0.0).x.shape[1] == most
    refusal = f"{most} samples of 4 classes, not {most + 1}"
    with pytest.raises(ValueError, match=refusal):
        data_of(n_train=most + 1, label_noise=0.0)
