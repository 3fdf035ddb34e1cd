import numpy as np
import pytest

from scaling_down.engine.streams import Streams

STREAMS = Streams(42, "lottery", (0, 1, 2))


def first(streams, replica=0, purpose="init"):
    return streams.generator(replica, purpose).integers(2**63)


def test_first_values_are_frozen():
    # Results of finished runs stand on these: a new value re-draws everything.
    values = STREAMS.generator(0, "init").integers(1_000_000, size=4)
    assert values.tolist() == [611777, 835793, 708014, 251201]
    values = STREAMS.generator(2, "batch-order").integers(1_000_000, size=4)
    assert values.tolist() == [236721, 531392, 268582, 10320]


@pytest.mark.parametrize(
    "other",
    [
        first(Streams(43, "lottery", (0,))),
        first(Streams(42 + 2**32, "lottery", (0,))),
        first(Streams(42, "lottery2", (0,))),
        first(STREAMS, replica=1),
        first(STREAMS, replica=2**32),
        first(STREAMS, purpose="batch-order"),
        first(Streams(42, "init", (0,)), purpose="lottery"),
        first(Streams(0, "lottery", (42,)), replica=42),
    ],
)
def test_every_part_of_the_key_matters(other):
    assert other != first(STREAMS)


def test_a_stream_starts_anew_whatever_was_drawn_before():
    expected = first(STREAMS)
    STREAMS.generator(1, "init").random(1000)
    STREAMS.generator(0, "label-noise").random(1000)
    assert first(STREAMS) == expected


def test_generators_follow_the_order_of_the_replicas():
    shuffled = Streams(42, "lottery", (2, 0))
    drawn = [g.integers(2**63) for g in shuffled.generators("init")]
    assert drawn == [first(STREAMS, 2), first(STREAMS, 0)]


def test_streams_of_neighbouring_replicas_are_uncorrelated():
    draws = [
        g.standard_normal(20_000)
        for g in Streams(0, "a", tuple(range(8))).generators("x")
    ]
    off_diagonal = np.corrcoef(draws) - np.eye(8)
    assert np.abs(off_diagonal).max() < 0.04


def test_without_replicas_nothing_is_drawn():
    nobody = Streams(42, "lottery", ())
    assert nobody.replicas == ()
    assert nobody.generators("init") == []


@pytest.mark.parametrize(("seed", "replicas"), [(-1, ()), (-1, (0,)), (0, (0, -1))])
def test_impossible_keys_are_refused(seed, replicas):
    with pytest.raises(ValueError, match="replica"):
        Streams(seed, "lottery", replicas)
