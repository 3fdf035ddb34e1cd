"""Which runs are computed again before others are taken over."""

from scaling_down.workflow.adopt import with_reads
from scaling_down.workflow.recompute import PlannedRun


def pair(step, name, *reads):
    """Return a run that reads others, as both states of the code plan it."""
    what = {"experiment": "toy", "step": step, "reads": dict(enumerate(reads))}
    return (run := PlannedRun(what, name)), run


def test_what_a_run_reads_is_computed_before_it_however_deep():
    first, second = pair("block", "a"), pair("block", "b", "a")
    other, ticket = pair("block", "c"), pair("ticket", "d", "b")
    pairs = [first, second, other, ticket]
    assert with_reads(pairs, {("toy", "ticket")}) == [first, second, ticket]
    assert with_reads(pairs, {("toy", "block")}) == [first, second, other]
