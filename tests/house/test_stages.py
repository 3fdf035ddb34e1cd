"""dvc.yaml is what the plan and the imports make of it."""

import pytest
from ruamel.yaml import YAML

from scaling_down.workflow.parameters.file import load_params
from scaling_down.workflow.plan import Plan
from scaling_down.workflow.stages import Pipeline


@pytest.fixture(scope="module")
def written(repository):
    return Pipeline(Plan(load_params(repository / "params.yaml"))).text()


def test_the_file_is_up_to_date(repository, written, fix):
    path = repository / "dvc.yaml"
    if fix:
        path.write_text(written, encoding="utf-8")
    assert path.read_text(encoding="utf-8") == written, "stale: run `make stages`"


@pytest.fixture(scope="module")
def stages(written):
    return YAML(typ="safe", pure=True).load(written)["stages"]


def listed(stage, kind):
    """Return the paths or keys of a stage's deps, params, outs or metrics."""
    entries = stage.get(kind, [])
    return [next(iter(e)) if isinstance(e, dict) else e for e in entries]


def test_only_runs_persist(stages):
    for name, stage in stages.items():
        persistent = [
            path
            for out in stage["outs"]
            for path, options in out.items()
            if options.get("persist")
        ]
        tables = not name.endswith("_figures") and name != "claims"
        assert persistent == ([f"results/{name}/runs"] if tables else [])


def test_dependencies_exist(repository, stages):
    for name, stage in stages.items():
        for path in listed(stage, "deps"):
            made = path.startswith("results/")
            assert made or (repository / path).exists(), f"{name}: {path}"


@pytest.mark.parametrize(
    ("stage", "path"),
    [
        ("classification", "src/scaling_down/engine/models/gru.py"),
        ("classification", "src/scaling_down/dataset/transforms.py"),
        ("lottery", "src/scaling_down/experiments/lottery/compute/masks.py"),
        ("lottery_figures", "src/scaling_down/figures/bands.py"),
        ("double_descent", "src/scaling_down/statistics/curves.py"),
        ("classification", "results/dataset/metrics.json"),
        ("classification_figures", "results/classification/curves.csv"),
        ("claims", "results/lottery/ablations.csv"),
    ],
)
def test_stages_depend_on_what_they_use(stages, stage, path):
    assert path in listed(stages[stage], "deps")


def test_no_stage_depends_on_what_it_does_not_import(stages):
    assert not any("models" in d for d in listed(stages["dataset"], "deps"))
    assert not any("engine" in d for d in listed(stages["lottery_figures"], "deps"))


def test_drawing_parameters_belong_to_the_figures_alone(stages):
    assert "lottery.drawing" in listed(stages["lottery_figures"], "params")
    assert "lottery.drawing" not in listed(stages["lottery"], "params")
    assert {"general.seed", "dataset.seed", "lottery.steps"} <= set(
        listed(stages["lottery"], "params")
    )
