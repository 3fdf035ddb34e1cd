import json
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from scaling_down.workflow import experiment
from scaling_down.workflow.parameters.sections import Section
from scaling_down.workflow.run import Run, chunks, replica_chunks, with_all_reads

TRAIN = "experiments/toy/compute.py"
FRAME = ("engine/streams.py", "engine/process.py")
TREE = {
    **{file: (experiment.ROOT / file).read_text() for file in FRAME},
    TRAIN: "def compute(job):\n    return {}\n",
    "experiments/other/compute.py": "def compute(job):\n    return {}\n",
}


class Toy(Section):
    model: str = "mlp"
    steps: int = 20


class Longer(Toy):
    more: None = None


class Upstream(Section):
    size: int = 3


UPSTREAM = Run("toy", "make", "upstream", Upstream())
PLAIN = {
    "experiment": "toy",
    "step": "train",
    "cell": "mlp-plain",
    "settings": Toy(),
    "seed": 0,
    "replicas": (0, 1),
    "reads": {"data": UPSTREAM},
}


@pytest.fixture(autouse=True)
def _tree(source_tree):
    source_tree(TREE)


def run(**changes) -> Run:
    """Return the plain run, some of its fields changed.

    The upstream run is made anew: a run remembers its key.
    """
    fresh = {"data": Run("toy", "make", "upstream", Upstream())}
    return Run(**{**PLAIN, "reads": fresh, **changes})


def test_key_of_a_fixed_run_is_frozen():
    assert run().key == "0b249e522b5fa85a"


@pytest.mark.parametrize("replicas", [(), (0,), (1,), (0, 1, 2), (7, 8)])
def test_replicas_are_not_part_of_the_key(replicas):
    assert run(replicas=replicas).key == run().key


@pytest.mark.parametrize(
    "changes",
    [
        {"experiment": "other"},
        {"settings": Toy(steps=21)},
        {"settings": Toy(model="cnn")},
        {"settings": Longer()},
        {"seed": 1},
        {"seed": None},
        {"reads": {}},
        {"reads": {"other": UPSTREAM}},
        {"reads": {"data": replace(UPSTREAM, settings=Upstream(size=4))}},
        {"reads": {"data": replace(UPSTREAM, seed=0)}},
        {
            "reads": {
                "data": Run(
                    "toy", "make", "upstream", Upstream(), reads={"a": UPSTREAM}
                )
            }
        },
    ],
)
def test_all_else_is_part_of_the_key(changes):
    assert run(**changes).key != run().key


def test_a_step_of_several_has_a_module_of_its_own(source_tree):
    source_tree(
        {
            "experiments/several/compute/train.py": "def compute(job):\n    return 1",
            "experiments/several/compute/look.py": "def compute(job):\n    return 2",
        }
    )
    one, other = (run(experiment="several", step=step) for step in ("train", "look"))
    assert one.module.endswith("several.compute.train")
    assert one.key != other.key


def test_code_is_part_of_the_key(source_tree):
    before = run().key
    source_tree({TRAIN: "# A comment.\n" + TREE[TRAIN]})
    assert run().key == before
    source_tree({TRAIN: TREE[TRAIN].replace("{}", "{'a': 0}")})
    assert run().key != before


def test_code_of_what_is_read_is_part_of_the_key(source_tree):
    other = Run("other", "make", "upstream", Upstream())
    before = run(reads={"data": other}).key
    source_tree(
        {"experiments/other/compute.py": "def compute(job):\n    return {'a': 1}"}
    )
    assert (
        run(reads={"data": Run("other", "make", "upstream", Upstream())}).key != before
    )


def test_stem():
    key = run().key
    assert run().stem == f"train-mlp-plain-r00-01-{key}"
    assert run(replicas=(7,)).stem == f"train-mlp-plain-r07-07-{key}"
    assert run(replicas=(100, 101)).stem == f"train-mlp-plain-r100-101-{key}"
    assert run(replicas=()).stem == f"train-mlp-plain-{key}"


def test_stems_are_unique():
    runs = [
        run(cell=cell, replicas=replicas, settings=Toy(steps=steps))
        for cell in ("a", "b")
        for replicas in ((), *chunks(5, 2), *chunks(5, 3))
        for steps in (1, 2)
    ]
    distinct = {(r.cell, r.replicas, r.key) for r in runs}
    assert len({r.stem for r in runs}) == len(distinct)


def test_description_says_all_that_training_needs():
    described = json.loads(run().describe({"data": "results/toy/runs/x.npz"}))
    assert described == {
        "experiment": "toy",
        "cell": "mlp-plain",
        "step": "train",
        "key": run().key,
        "seed": 0,
        "replicas": [0, 1],
        "settings": {"model": "mlp", "steps": 20},
        "reads": {"data": "results/toy/runs/x.npz"},
        "files": {},
    }


def test_where_a_file_lies_is_told_to_the_job_and_belongs_to_no_key():
    moved = run(files={"images": Path("/elsewhere/images")})
    assert moved.key == run().key
    assert moved.description({})["files"] == {"images": "/elsewhere/images"}


@pytest.mark.parametrize(
    ("replicas", "per_job", "expected"),
    [
        (1, 1, [(0,)]),
        (3, 1, [(0,), (1,), (2,)]),
        (5, 2, [(0, 1), (2, 3), (4,)]),
        (4, 2, [(0, 1), (2, 3)]),
        (3, 9, [(0, 1, 2)]),
    ],
)
def test_chunks(replicas, per_job, expected):
    assert chunks(replicas, per_job) == expected


def test_all_reads_come_along():
    deep = replace(UPSTREAM, cell="deep")
    middle = replace(UPSTREAM, cell="middle", reads={"deep": deep})
    runs = [run(reads={"a": middle, "b": UPSTREAM}), UPSTREAM]
    cells = [r.cell for r in with_all_reads(runs)]
    assert cells == ["deep", "middle", "upstream", "mlp-plain", "upstream"]


@pytest.mark.parametrize(("device", "expected"), [("cpu", [2, 2, 1]), ("cuda", [5])])
def test_a_gpu_trains_all_replicas_of_a_cell_together(device, expected):
    params = SimpleNamespace(execution=SimpleNamespace(device=device))
    assert [len(chunk) for chunk in replica_chunks(params, 5, 2)] == expected
