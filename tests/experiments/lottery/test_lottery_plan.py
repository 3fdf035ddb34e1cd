"""Which runs the parameters ask for, and what their keys depend on."""

from pathlib import Path

import numpy as np
import pytest

from scaling_down.experiments.lottery import plan
from scaling_down.experiments.lottery.settings import Rounds
from scaling_down.workflow.parameters.file import ParameterError, load_params

TINY = Path(__file__).parents[2] / "params.yaml"
FULL = TINY.parents[1] / "params.yaml"


def stems(overrides=None):
    params = load_params(TINY, {"lottery": overrides or {}})
    return {run.stem: run for run in plan.runs(params)}


def test_more_rounds_keep_the_blocks_that_stand():
    published = {"protocols": ["published"]}
    shorter = {"rounds": 4, "masks": {"sparsities": [0.4]}}
    assert set(stems(shorter | published)) < set(stems(published))


def test_a_parameter_changes_the_keys_that_it_must_and_no_others():
    def changed(overrides):
        mine, other = stems(), stems(overrides)
        return {mine[stem].step for stem in set(mine) - set(other)}, {
            mine[stem].plain_settings.get("criterion")
            for stem in set(mine) - set(other)
        }

    assert changed({"ablation": {"steps": 13}})[0] == {"ablation"}
    assert changed({"ablation": {"dataset_seed": 44}})[0] == {"ablation"}
    assert changed({"masks": {"permutations": 21}})[0] == {"masks"}
    steps, criteria = changed({"score_step": 9})
    assert steps == {"rounds", "ablation", "masks"}
    assert "random" not in criteria
    assert changed({"random_every": 3}) == ({"rounds"}, {"random"})
    mine, other = stems(), stems({"ablation": {"sparsity": 0.4}, "random_every": 1})
    tickets = {
        mine[stem].plain_settings.get("ticket")
        for stem in set(mine) - set(other)
        if mine[stem].step == "ablation"
    }
    assert tickets == {"lottery", "random", "matched", "narrow"}
    assert changed({"sparse_below": 0.2})[0] >= {"rounds", "ablation"}
    assert changed({"replicas_per_job": 1})[0] >= {"rounds"}
    assert {r.key for r in stems().values()} == {
        r.key for r in stems({"replicas_per_job": 1}).values()
    }


def test_a_magnitude_block_reads_the_one_before_it_and_a_random_one_none():
    blocks = [run for run in stems().values() if run.step == "rounds"]
    # Published: three of magnitude, two of rounds 1, 3 and 5; corrected: one, and two.
    assert len(blocks) == 8
    for run in blocks:
        assert isinstance(run.settings, Rounds)
        chained = run.settings.criterion == "magnitude" and run.settings.rounds[0] > 0
        assert run.settings.keeps_masks == (run.settings.score_step == 8)
        assert set(run.reads) == {"dataset"} | ({"previous"} if chained else set())
        if chained:
            previous = run.reads["previous"]
            assert previous.settings.rounds[-1] == run.settings.rounds[0] - 1
            assert previous.settings.next_sparsity == run.settings.sparsities[0]
            assert previous.replicas == run.replicas
    random = [r.settings for r in blocks if r.settings.random_masks == "fresh"]
    assert [settings.rounds for settings in random] == [(1, 3), (5,)]


def test_a_span_without_a_random_round_has_no_block():
    runs = stems({"rounds_per_job": 1, "random_every": 1}).values()
    random = [r.settings.rounds for r in runs if r.reads and r.step == "rounds"]
    assert all(random)


def test_a_magnitude_ticket_reads_the_block_that_holds_its_round():
    readers = [run for run in stems().values() if "block" in run.reads]
    assert {run.step for run in readers} == {"ablation", "masks"}
    for run in readers:
        read = run.reads["block"].settings
        assert run.settings.round in read.rounds
        assert read.criterion == "magnitude"
        of = {run.plain_settings.get(name) for name in ("ticket", "criterion")}
        assert "random" not in of
        assert "narrow" not in of


def test_the_published_schedule_has_the_papers_ticket_at_index_91():
    section = load_params(FULL).lottery
    assert section.schedule == pytest.approx(np.linspace(0, 1, 100))
    assert section.round_of(0.92) == 91


@pytest.mark.parametrize(
    ("overrides", "allowed"),
    [
        ({"rounds": 7}, "rounds up to points"),
        ({"score_step": 12}, "score_step below steps"),
        ({"protocols": ["corrected"]}, "begin with published"),
        ({"ablation": {"conditions": [["flipped", "original", "own"]]}}, "baseline"),
        ({"rounds": 2}, "sparsities that the 2 rounds reach"),
        ({"masks": {"sparsities": [0.4, 0.41]}}, "different rounds"),
        ({"score_step": "first"}, "lottery.score_step"),
    ],
)
def test_parameters_that_contradict_each_other_are_refused(overrides, allowed):
    with pytest.raises(ParameterError, match=allowed):
        load_params(TINY, {"lottery": overrides})
