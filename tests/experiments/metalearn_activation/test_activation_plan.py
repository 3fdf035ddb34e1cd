"""The plan: which activations are learned, and what each is compared on."""

import pytest

from scaling_down.experiments.metalearn_activation import plan
from scaling_down.experiments.metalearn_activation.settings import Settings
from scaling_down.workflow.parameters.file import load_params


@pytest.fixture(scope="module")
def paper(repository):
    return load_params(repository / "params.yaml")


def test_every_activation_is_compared_once(paper):
    section = paper.metalearn_activation
    cells = [(run.step, run.cell) for run in plan.runs(paper)]
    assert len(set(cells)) == len(cells)
    learned = [f"{f}-{p}" for f in section.families for p in section.protocols]
    expected = {("metalearn", cell) for cell in learned}
    expected |= {("comparison", cell) for cell in (*learned, *section.baselines)}
    assert set(cells) == expected
    assert section.families == ("learned", "relu_gains", "swish_gains")


def test_replicas_come_in_chunks(tiny):
    changed = tiny.model_copy(
        update={
            "metalearn_activation": tiny.metalearn_activation.model_copy(
                update={"replicas": 3, "replicas_per_job": 2}
            )
        }
    )
    assert {run.replicas for run in plan.runs(changed)} == {(0, 1), (2,)}


def test_comparisons_read_what_they_compare(tiny):
    for run in plan.runs(tiny):
        if run.step == "comparison" and run.settings.family:
            read = run.reads["metalearned"]
            assert read.step == "metalearn"
            assert read.cell == run.cell
        else:
            assert not run.reads


def test_circumstances_differ_in_what_is_unseen(paper):
    run = next(run for run in plan.runs(paper) if run.step == "comparison")
    seen, unseen, dataset, longer = run.settings.circumstances
    assert (seen.steps, unseen.steps, dataset.steps, longer.steps) == (301,) * 3 + (
        1204,
    )
    assert seen.dataset == unseen.dataset == longer.dataset
    assert (dataset.dataset.seed, dataset.dataset.final_seq_length) == (43, 72)
    assert (seen.dataset.num_samples, seen.dataset.seed) == (10000, 42)


def test_defaults_are_the_paper_s(paper):
    section = paper.metalearn_activation
    assert section.inner.model_dump() == {
        "hidden": 128, "noise": 0.1, "learning_rate": 0.01, "decay": 0.4,
        "steps": 301, "batch_size": 100, "counted": 200, "test_samples": 500,
    }  # fmt: skip
    assert section.outer.model_dump() == {
        "hidden": (100,), "share": 0.2, "steps": 301, "learning_rate": 0.3,
        "momentum": 0.0, "clamp": 0.1,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"learning_rates": (0.02,)}, "learning_rates among which is inner's"),
        ({"transfer.longer_steps": 5}, "longer_steps from inner's"),
        ({"inner.counted": 7}, "counted up to steps"),
        ({"grid.resolution": 100}, "resolution"),
    ],
)
def test_what_does_not_go_together_is_refused(tiny, changes, message):
    section = tiny.metalearn_activation.model_dump()
    for key, value in changes.items():
        *path, name = key.split(".")
        part = section
        for step in path:
            part = part[step]
        part[name] = value
    with pytest.raises(ValueError, match=message):
        Settings.model_validate(section)
