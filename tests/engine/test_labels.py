import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import stats

from scaling_down.engine.labels import noisy_labels
from scaling_down.engine.streams import Streams

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
