"""Which runs are computed again before others are taken over, and that they count."""

import numpy as np
import pytest

from scaling_down.workflow import adopt
from scaling_down.workflow.adopt import NotAdopted, with_reads
from scaling_down.workflow.recompute import PlannedRun
from scaling_down.workflow.store import save_run


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


def test_some_stored_runs_of_each_step_are_computed_again():
    pairs = [
        (PlannedRun({**old.description, "key": file}, file), new)
        for step in ("block", "ticket")
        for file in "abcdef"
        for old, new in [pair(step, file)]
    ]
    sample = list(adopt._sample(pairs, 2))
    assert [old.step[1] for old, _ in sample] == ["block"] * 2 + ["ticket"] * 2
    assert len({id(one) for one in sample}) == 4
    assert sample == list(adopt._sample(pairs, 2))


def test_a_stored_run_that_is_not_what_the_code_computes_is_refused(
    tmp_path, monkeypatch
):
    stored, again = tmp_path / "stored-k.npz", tmp_path / "again-k.npz"
    run = PlannedRun({"reads": {}}, str(stored))
    monkeypatch.setattr(adopt, "recompute", lambda source, runs, folder: [again])
    save_run(again, {"loss": np.zeros(2)}, "k", (0, 1))
    save_run(stored, {"loss": np.zeros(2)}, "k", (0, 1))
    adopt._compare_stored((run, run), tmp_path / "folder")
    save_run(stored, {"loss": np.array([0, 1e-9])}, "k", (0, 1))
    with pytest.raises(NotAdopted, match="again-k: loss differ"):
        adopt._compare_stored((run, run), tmp_path / "folder")
