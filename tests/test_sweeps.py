import itertools
import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from pydantic import TypeAdapter, ValidationError
from scipy import stats

from scaling_down.contracts import TrainingJob
from scaling_down.engine.data import Data
from scaling_down.engine.machine import prepare
from scaling_down.engine.models.mlp import MLP
from scaling_down.engine.training import METRICS, Protocol, optimise
from scaling_down.seeds import Streams
from scaling_down.statistics import COLUMNS
from scaling_down.sweeps.curves import (
    Descent,
    bootstrap_interval,
    find_descent,
    held_out_heights,
    peak_location,
    threshold,
)
from scaling_down.sweeps.labels import noisy_labels
from scaling_down.sweeps.settings import JobWidths
from scaling_down.sweeps.training import train_widths

HEIGHTS = ["rise", "fall", "second_less_first"]


@pytest.mark.parametrize(
    ("curve", "places"),
    [
        ([9, 5, 3, 4, 8, 6, 2, 1], (2, 4, 7)),
        ([9, 5, 1, 4, 8, 6, 2, 3], (2, 4, 6)),
        ([0, 1, 0], (0, 1, 2)),
        # Prominences 1 and 2: the second peak is lower and counts.
        ([8, 7, 8, 3, 5, 0], (3, 4, 5)),
        # The higher of the two minima decides: 10 - 9 is less than 4 - 1.
        ([9, 10, 0, 4, 1], (2, 3, 4)),
    ],
)
def test_most_prominent_peak(curve, places):
    assert find_descent(np.array(curve, dtype=float)) == Descent(*places)


@pytest.mark.parametrize(
    ("curve", "places"),
    [
        ([0, 5, 0, 5, 0], (0, 1, 2)),
        ([1, 5, 5, 1], (0, 1, 3)),
        ([7, 0, 0, 5, 1, 1, 3], (1, 3, 4)),
        ([0, 3, 1, 4, 0], (0, 3, 4)),
    ],
)
def test_of_equal_points_the_first_counts(curve, places):
    assert find_descent(np.array(curve, dtype=float)) == Descent(*places)


@pytest.mark.parametrize(
    "curve", [[], [1], [1, 2], [3, 2, 1], [1, 2, 3], [2, 2, 2], [3, 1, 2], [3, 1, 1, 3]]
)
def test_curves_without_a_peak(curve):
    assert find_descent(np.array(curve, dtype=float)) is None


def test_noise_smaller_than_the_peak_does_not_move_it():
    x = np.arange(30)
    curve = 20 * np.exp(-x / 4) + 10 * np.exp(-(((x - 15) / 2) ** 2)) - x / 5
    assert find_descent(curve).peak == 15
    for seed in range(20):
        noise = np.random.default_rng(seed).uniform(-0.7, 0.7, len(x))
        assert abs(find_descent(curve + noise).peak - 15) <= 1
        noise[15] = 0.7
        assert find_descent(curve + noise).peak == 15


@given(arrays(np.int64, st.integers(0, 12), elements=st.integers(-3, 3)))
def test_peak_is_that_of_all_threefold_choices(curve):
    choices = [
        # The largest prominence first, then the first peak and the lowest points.
        (max(curve[i], curve[j]) - curve[p], p, curve[i], i, curve[j], j)
        for i, p, j in itertools.combinations(range(len(curve)), 3)
        if curve[p] > max(curve[i], curve[j])
    ]
    expected = None
    if choices:
        _, p, _, i, _, j = min(choices)
        expected = Descent(i, p, j)
    assert find_descent(curve) == expected


def test_heights_worked_out_by_hand():
    curves = np.array(
        [
            [3.0, 1, 6, 2, 4],  # the others: 2 1.5 3 3 1, at 1, 2 and 4
            [3.0, 0, 4, 1, 2],  # the others: 2 2 4 3.5 2, at 0, 2 and 4
            [1.0, 3, 2, 5, 0],  # the others: 3 0.5 5 1.5 3, at 1, 2 and 3
        ]
    )
    heights = held_out_heights(curves)
    assert list(heights) == HEIGHTS
    assert heights["rise"].tolist() == [5, 1, -1]
    assert heights["fall"].tolist() == [2, 2, -3]
    assert heights["second_less_first"].tolist() == [3, -1, 2]


def test_heights_are_zero_where_the_others_have_no_peak():
    heights = held_out_heights(np.array([[0.0, 5, 0], [3, 2, 1]]))
    assert heights["rise"].tolist() == [0, -1]
    assert heights["fall"].tolist() == [0, 1]
    np.testing.assert_array_equal(heights["second_less_first"], [np.nan, -2])


def test_a_lone_replica_has_no_heights():
    heights = held_out_heights(np.array([[3.0, 0, 5, 1]]))
    assert list(heights) == HEIGHTS
    assert all(v.shape == (1,) and np.isnan(v).all() for v in heights.values())


def test_heights_of_nothing_but_noise_are_zero_on_average():
    noise = np.random.default_rng(0).normal(size=(1000, 3, 8))
    heights = [held_out_heights(curves) for curves in noise]
    for name in HEIGHTS:
        values = np.concatenate([h[name] for h in heights])
        values = values[~np.isnan(values)]
        assert len(values) > 2000
        assert abs(values.mean()) < 4 * stats.sem(values)
    # The same places, chosen with the replica's own noise among the others'.
    means = noise.mean(axis=1)
    places = [find_descent(mean) for mean in means]
    naive = [
        m[p.peak] - m[p.first_minimum] for m, p in zip(means, places, strict=True) if p
    ]
    assert np.mean(naive) > 1


def test_heights_find_a_true_peak_on_average():
    curve = np.array([6.0, 2, 7, 12, 8, 1, 0])
    noise = np.random.default_rng(0).normal(size=(500, 3, len(curve)))
    heights = [held_out_heights(curves) for curves in curve + noise]
    means = {name: np.mean([h[name] for h in heights]) for name in HEIGHTS}
    assert means["rise"] == pytest.approx(10, abs=0.2)
    assert 11 < means["fall"] < 12  # the others take 1 for the minimum now and then
    assert -2 < means["second_less_first"] < -1


def highest(curve):
    return float(curve.max())


def test_equal_replicas_have_an_interval_of_no_width():
    row = bootstrap_interval(np.tile([0.5, 3.0, 1.25], (4, 1)), highest, 200)
    assert list(row) == COLUMNS
    assert (row["n"], row["mean"], row["sd"]) == (4, 3, 0)
    assert row["ci_low"] == row["ci_high"] == 3


def test_interval_agrees_with_resampling_by_hand():
    rng = np.random.default_rng(5)
    curves = rng.exponential(size=(8, 6))
    row = bootstrap_interval(curves, highest, 2000)
    chosen = rng.integers(8, size=(40_000, 8))
    values = curves[chosen].mean(axis=1).max(axis=1)
    low, high = np.percentile(values, [2.5, 97.5])
    assert row["n"] == 8
    assert row["mean"] == highest(curves.mean(axis=0))
    assert row["sd"] == pytest.approx(values.std(), rel=0.08)
    assert row["ci_low"] == pytest.approx(low, abs=0.15 * values.std())
    assert row["ci_high"] == pytest.approx(high, abs=0.3 * values.std())


def test_the_same_call_gives_the_same_interval():
    curves = np.random.default_rng(0).normal(size=(5, 4))
    first = bootstrap_interval(curves, highest, 300)
    np.random.default_rng(1).normal()
    assert bootstrap_interval(curves, highest, 300) == first


def test_a_lone_replica_has_an_estimate_and_no_interval():
    row = bootstrap_interval(np.array([[1.0, 4, 2]]), highest, 200)
    assert list(row) == COLUMNS
    assert (row["n"], row["mean"]) == (1, 4)
    assert np.isnan([row["sd"], row["ci_low"], row["ci_high"]]).all()


def test_a_statistic_without_a_value_has_no_interval():
    curves = np.array([[3.0, 2, 1], [3, 2, 1], [9, 2, 8]])
    for statistic in (
        lambda curve: np.nan,
        lambda curve: threshold(np.array([1.0, 2, 3]), curve, 2.5),
        lambda curve: curve[0] if curve[0] < 6 else np.nan,
    ):
        row = bootstrap_interval(curves, statistic, 200)
        assert row["n"] == 3
        assert np.isnan([row["ci_low"], row["ci_high"]]).all()
        np.testing.assert_equal(row["mean"], statistic(curves.mean(axis=0)))


WIDTHS = 2 * 1.5 ** np.arange(12)


@given(st.floats(0.1, 100), st.floats(0.5, 4), st.floats(2.01, WIDTHS[-1] - 0.01))
def test_threshold_of_a_power_law_is_exact(factor, power, x):
    level = factor * x**-power
    found = threshold(WIDTHS, factor * WIDTHS**-power, level)
    assert found == pytest.approx(x, rel=1e-9)


def test_threshold_that_is_not_crossed():
    x = np.array([1.0, 2, 4])
    assert math.isnan(threshold(x, np.array([5.0, 4, 3]), 2))
    assert math.isnan(threshold(x, np.array([2.0, 1, 0]), 2))
    assert math.isnan(threshold(x, np.array([0.0, 1, 3]), 2))
    assert math.isnan(threshold(x, np.array([3.0, 1, 3]), 2))
    assert math.isnan(threshold(x[:1], np.array([3.0]), 2))


def test_last_crossing_counts():
    x = np.array([1.0, 10, 100, 1000, 10_000])
    assert threshold(x, np.array([4.0, 1, 8, 2, 1]), 4) == pytest.approx(10**2.5)
    assert threshold(x, np.array([1.0, 1, 4, 1, 0.5]), 2) == pytest.approx(10**2.5)
    assert threshold(x, np.array([4.0, 1, 4, 4, 1]), 2) == pytest.approx(10**3.5)


def test_a_point_at_the_level_counts_as_below():
    x = np.array([1.0, 10, 100])
    assert threshold(x, np.array([4.0, 2, 1]), 2) == pytest.approx(10)
    assert threshold(x, np.array([4.0, 3, 2]), 2) == pytest.approx(100)


@pytest.mark.parametrize("last", [0, 1e-9, 0.01])
def test_zeros_count_as_a_tenth_of_the_level(last):
    found = threshold(np.array([10.0, 1000]), np.array([1, last]), 0.1)
    assert found == pytest.approx(100)


@given(st.floats(0, 1), st.floats(0.1, 3), st.floats(-3, 3), st.floats(1.1, 1.9))
def test_peak_of_a_parabola_in_logarithms_is_exact(share, sharpness, height, ratio):
    x = 2 * ratio ** np.arange(12)
    top = x[1] * (x[-2] / x[1]) ** share
    curve = np.exp(height - sharpness * np.log(x / top) ** 2)
    assert peak_location(x, curve) == pytest.approx(top, rel=1e-6)


def test_peak_between_two_equal_points_is_their_geometric_mean():
    x = np.array([1.0, 10, 100, 1000])
    assert peak_location(x, np.array([1.0, 5, 5, 1])) == pytest.approx(10**1.5)


def test_no_peak_has_no_place():
    assert math.isnan(peak_location(np.array([1.0, 2, 4]), np.array([3.0, 2, 1])))
    assert math.isnan(peak_location(np.array([1.0, 2]), np.array([3.0, 2])))


STREAMS = Streams(1, "sweeps", (0, 1, 2))
PURE = np.random.default_rng(0).integers(10, size=20_000)


def test_without_noise_the_labels_stay():
    noisy = noisy_labels(STREAMS, PURE, 0.0, 10)
    assert noisy.dtype == np.int64
    np.testing.assert_array_equal(noisy, np.tile(PURE, (3, 1)))


def test_nothing_but_noise_is_uniform_over_the_classes():
    noisy = noisy_labels(STREAMS, np.full(20_000, 4), 1.0, 10)
    for row in noisy:
        assert stats.chisquare(np.bincount(row, minlength=10)).pvalue > 1e-4


@pytest.mark.parametrize(("rate", "classes"), [(0.15, 10), (0.5, 2), (0.9, 5)])
def test_share_of_wrong_labels(rate, classes):
    labels = PURE % classes
    wrong = noisy_labels(STREAMS, labels, rate, classes) != labels
    expected = rate * (1 - 1 / classes)
    low, high = stats.binom.interval(1 - 1e-5, len(labels), expected)
    assert ((wrong.sum(axis=1) >= low) & (wrong.sum(axis=1) <= high)).all()


def test_labels_are_replaced_each_on_its_own():
    wrong = noisy_labels(STREAMS, PURE, 0.5, 10) != PURE
    for one, other in itertools.combinations(wrong, 2):
        assert abs(np.corrcoef(one, other)[0, 1]) < 0.03
    assert abs(np.corrcoef(wrong[0, 1:], wrong[0, :-1])[0, 1]) < 0.03


@given(
    st.lists(st.integers(0, 50), min_size=2, max_size=5, unique=True),
    st.data(),
    st.integers(2, 12),
    st.floats(0, 1),
)
def test_labels_of_a_replica_do_not_depend_on_its_company(
    replicas, data, classes, rate
):
    drawn = arrays(np.int64, (len(replicas), 40), elements=st.integers(0, classes - 1))
    labels = data.draw(drawn)
    before = labels.copy()
    together = noisy_labels(Streams(3, "a", tuple(replicas)), labels, rate, classes)
    np.testing.assert_array_equal(labels, before)
    assert together.shape == labels.shape
    assert together.min() >= 0
    assert together.max() < classes
    for place, replica in enumerate(replicas):
        alone = Streams(3, "a", (replica,))
        for own in (labels[place], labels[place : place + 1]):
            noisy = noisy_labels(alone, own, rate, classes)
            np.testing.assert_array_equal(noisy, together[place : place + 1])


def test_shared_and_repeated_labels_meet_the_same_noise():
    before = PURE.copy()
    shared = noisy_labels(STREAMS, PURE, 0.15, 10)
    np.testing.assert_array_equal(PURE, before)
    repeated = noisy_labels(STREAMS, np.tile(PURE, (3, 1)), 0.15, 10)
    np.testing.assert_array_equal(shared, repeated)
    assert shared.flags.writeable
    for one, other in itertools.combinations(shared, 2):
        assert (one != other).mean() > 0.2


def test_every_call_draws_the_same_noise():
    np.testing.assert_array_equal(
        noisy_labels(STREAMS, PURE, 0.15, 10), noisy_labels(STREAMS, PURE, 0.15, 10)
    )


def test_every_experiment_and_seed_has_its_own_noise():
    first = noisy_labels(STREAMS, PURE, 0.15, 10)
    for other in (Streams(2, "sweeps", (0, 1, 2)), Streams(1, "others", (0, 1, 2))):
        assert (noisy_labels(other, PURE, 0.15, 10) != first).mean() > 0.2


def test_unsigned_labels_are_no_trouble():
    noisy = noisy_labels(STREAMS, PURE.astype(np.uint8), 0.15, 10)
    np.testing.assert_array_equal(noisy, noisy_labels(STREAMS, PURE, 0.15, 10))


JOB_WIDTHS = TypeAdapter(JobWidths)


def test_widths_of_jobs_keep_their_order():
    assert JOB_WIDTHS.validate_python([[300], [2, 50], [7]]) == ((300,), (2, 50), (7,))


@pytest.mark.parametrize("jobs", [[[2, 3], [5, 2]], [[4, 4]], [[1], [1]]])
def test_a_width_is_in_one_job_only(jobs):
    with pytest.raises(ValidationError, match="every width once"):
        JOB_WIDTHS.validate_python(jobs)


@pytest.mark.parametrize("jobs", [[], [[]], [[2], []], [[0]], [[-3]], [[2.5]], [2]])
def test_no_jobs_and_no_widths_are_refused(jobs):
    with pytest.raises(ValidationError):
        JOB_WIDTHS.validate_python(jobs)


SGD = {
    "optimizer": "sgd",
    "learning_rate": 0.05,
    "momentum": 0.9,
    "steps": 12,
    "batch_size": 8,
    "batch_order": "shuffled",
    "evaluate_every": 5,
}
REPLICAS = (4, 0, 9)


def samples(n, seed):
    x = np.random.default_rng(seed).normal(size=(n, 6))
    x[:, 0] = np.arange(n) / n  # tells the samples apart
    return x, np.abs(x[:, 1:4]).argmax(axis=1)


def job_of(widths, replicas=REPLICAS, progress=lambda done, total: None):
    streams = Streams(1, "sweeps", replicas)
    return TrainingJob({"widths": widths}, streams, {}, "cpu", progress)


def data_of(job):
    x, y = samples(40, 0)
    return Data.from_arrays(x, noisy_labels(job.streams, y, 0.3, 3), *samples(20, 1))


def train(job, network=MLP, **changes):
    """Train dense networks of 6 inputs and 3 classes, in a process set up for it."""
    prepare("cpu")
    protocol = Protocol(**SGD | changes)
    return train_widths(
        job,
        data_of(job),
        lambda width: network(job.streams, 6, (width, width), 3),
        protocol,
    )


def test_what_training_returns():
    arrays = train(job_of([3, 17]))
    assert set(arrays) == {"width", "parameters", "step", *METRICS}
    for name, expected in {
        "width": [3, 17],
        # h^2 + 11 h + 3, worked out by hand
        "parameters": [45, 479],
        "step": [0, 5, 10, 12],
    }.items():
        assert arrays[name].dtype == np.int64
        assert arrays[name].tolist() == [expected] * 3
    for name in METRICS:
        assert arrays[name].dtype == np.float64
        assert arrays[name].shape == (3, 2, 4)
    assert (arrays["train_loss"][..., -1] < arrays["train_loss"][..., 0]).all()
    samples_right = 40 * arrays["train_accuracy"]
    np.testing.assert_allclose(samples_right, samples_right.round(), atol=1e-9)


def test_each_width_trains_as_it_does_alone():
    together = train(job_of([3, 17, 2]))
    for place, width in enumerate([3, 17, 2]):
        alone = train(job_of([width]))
        job = job_of([width])
        model = MLP(job.streams, 6, (width, width), 3)
        history = optimise(model, data_of(job), Protocol(**SGD), job.streams)
        for name in METRICS:
            np.testing.assert_array_equal(together[name][:, place], history[name])
            np.testing.assert_array_equal(alone[name][:, 0], history[name])
        for name in ("width", "parameters"):
            np.testing.assert_array_equal(together[name][:, place], alone[name][:, 0])


@pytest.mark.parametrize("group", [(4,), (9, 4), (7, 0, 9)])
def test_each_replica_trains_as_it_does_in_other_company(group):
    together = train(job_of([2, 17]))
    others = train(job_of([2, 17], group))
    for place, replica in enumerate(group):
        if replica in REPLICAS:
            own = REPLICAS.index(replica)
            for name, values in others.items():
                np.testing.assert_array_equal(values[place], together[name][own])
    final = together["train_loss"][..., -1]
    assert len(np.unique(final)) == final.size


class Attentive(MLP):
    """A network that notes the samples of its training batches, [R, B] a step."""

    met: list[np.ndarray] = []  # noqa: RUF012

    def stacked_logits(self, x):
        if torch.is_grad_enabled():
            self.met.append((x[..., 0].numpy() * 40).round().astype(int))
        return super().stacked_logits(x)


def met_samples(widths, replicas):
    """The samples in the order in which they are met: [widths, R, epochs, N]."""
    Attentive.met = []
    train(job_of(widths, replicas), Attentive, steps=15)
    met = np.stack(Attentive.met).reshape(len(widths), 3, 5, len(replicas), 8)
    return met.transpose(0, 3, 1, 2, 4).reshape(len(widths), len(replicas), 3, 40)


def test_batches_are_shuffled_for_each_replica_and_equal_for_all_widths():
    met = met_samples([2, 5], REPLICAS)
    np.testing.assert_array_equal(np.sort(met), np.broadcast_to(range(40), met.shape))
    np.testing.assert_array_equal(met[0], met[1])
    orders = met[0].reshape(9, 40)
    assert len(np.unique(orders, axis=0)) == 9
    for place, replica in enumerate(REPLICAS):
        alone = met_samples([5], (replica,))
        np.testing.assert_array_equal(alone[0, 0], met[0, place])


def test_a_step_too_long_is_an_error_with_width_replica_and_step():
    expected = r"^width 3, replica (4|0|9): the loss is not finite at step 1$"
    with pytest.raises(ArithmeticError, match=expected):
        train(job_of([3, 17]), learning_rate=1e30)


class Spoilt(MLP):
    """A network whose second replica, at width 5, has a weight that is not finite."""

    def __init__(self, streams, inputs, hidden, classes):
        super().__init__(streams, inputs, hidden, classes)
        if hidden[0] == 5:
            with torch.no_grad():
                self.layers[2].bias[1] = self.value

    value = math.inf


@pytest.mark.parametrize("value", [math.inf, math.nan])
def test_the_error_names_the_width_and_the_replica(monkeypatch, value):
    monkeypatch.setattr(Spoilt, "value", value)
    expected = "^width 5, replica 0: the loss is not finite at step 0$"
    with pytest.raises(ArithmeticError, match=expected):
        train(job_of([3, 5, 2]), Spoilt)


def test_progress_goes_from_nothing_to_all_over_the_widths():
    reports = []
    job = job_of([2, 3, 4], progress=lambda *report: reports.append(report))
    train(job, steps=120)
    done, totals = zip(*reports, strict=True)
    assert set(totals) == {360}
    assert (done[0], done[-1]) == (0, 360)
    assert list(done) == sorted(done)
    assert {120, 240} < set(done)
    assert len(set(done)) > 6
