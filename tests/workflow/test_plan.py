import json
from pathlib import Path, PurePosixPath

import pytest
from ruamel.yaml import YAML

from scaling_down.workflow.experiment import experiment_names
from scaling_down.workflow.parameters.file import load_params
from scaling_down.workflow.plan import Plan
from scaling_down.workflow.run import with_all_reads

BENCHMARK = "classification"


@pytest.fixture
def plan(tiny):
    return Plan(tiny)


@pytest.fixture
def plan_with(tiny_with):
    return lambda over: Plan(tiny_with(over))


def summary_keys(plan):
    return {name: plan.summary_key(name) for name in plan.runs}


def figures_keys(plan):
    return {name: plan.figures_key(name) for name in plan.runs}


def run_keys(plan):
    return {name: {(r.cell, r.key) for r in runs} for name, runs in plan.runs.items()}


def differing(first, second):
    return {name for name in first if first[name] != second[name]}


def readers(plan, name):
    """Return the experiments with a run that is of `name` or reads one of it."""
    return {
        other
        for other, runs in plan.runs.items()
        if any(run.experiment == name for run in with_all_reads(runs))
    }


@pytest.mark.parametrize("name", experiment_names())
def test_stems_are_unique(plan, name):
    stems = [run.stem for run in plan.runs[name]]
    assert len(set(stems)) == len(stems)
    assert set(stems) <= plan.by_stem.keys()


def test_by_stem_holds_all_that_is_read(plan):
    for stem, run in plan.by_stem.items():
        assert run.stem == stem
        assert all(read.stem in plan.by_stem for read in run.reads.values())


@pytest.fixture(params=["tiny", "quick", "full"])
def any_plan(request, tiny, repository):
    """The plan of each of the parameter files."""
    if request.param == "tiny":
        return Plan(tiny)
    preset = YAML(typ="safe").load(repository / "presets/quick.yaml")
    overrides = preset if request.param == "quick" else {}
    return Plan(load_params(repository / "params.yaml", overrides))


@pytest.mark.parametrize("name", experiment_names())
def test_cells_have_one_set_of_settings_and_each_replica_once(any_plan, name):
    settings, replicas = {}, {}
    for run in any_plan.runs[name]:
        cell = run.step, run.cell
        assert settings.setdefault(cell, run.settings) == run.settings
        replicas.setdefault(cell, []).extend(run.replicas)
    for numbers in replicas.values():
        assert numbers == list(range(len(numbers)))


@pytest.mark.parametrize("name", experiment_names())
def test_what_is_read_has_the_same_replicas_or_none(plan, name):
    for run in with_all_reads(plan.runs[name]):
        assert all(r.replicas in ((), run.replicas) for r in run.reads.values())


def test_two_runs_of_one_name_are_refused(plan_with):
    """Their cells name penalties with six digits."""
    twins = plan_with(
        {"lottery": {"ablation": {"weight_decays": [1e-3, 1.0000001e-3]}}}
    )
    with pytest.raises(ValueError, match="lottery: two different runs are ablation-"):
        assert twins.by_stem


def test_plan_is_the_same_each_time(plan, tiny):
    again = Plan(tiny)
    assert list(again.by_stem) == list(plan.by_stem)
    assert summary_keys(again) == summary_keys(plan)
    assert figures_keys(again) == figures_keys(plan)


@pytest.mark.parametrize("device", ["auto", "cuda"])
def test_device_is_no_part_of_any_key(plan, plan_with, device):
    other = plan_with({"execution": {"device": device}})
    assert run_keys(other) == run_keys(plan)
    assert figures_keys(other) == figures_keys(plan)
    assert summary_keys(other) == summary_keys(plan)


@pytest.mark.parametrize("per_job", [1, 3, 100])
def test_replicas_per_job_is_no_part_of_any_key(plan, plan_with, per_job):
    other = plan_with({BENCHMARK: {"replicas_per_job": per_job}})
    assert run_keys(other) == run_keys(plan)
    assert other.files(BENCHMARK) != plan.files(BENCHMARK)
    assert summary_keys(other) == summary_keys(plan)
    assert figures_keys(other) == figures_keys(plan)


def test_replicas_are_part_of_the_summary_alone(plan, plan_with):
    other = plan_with({BENCHMARK: {"replicas": 4}})
    assert run_keys(other) == run_keys(plan)
    assert differing(summary_keys(other), summary_keys(plan)) == {BENCHMARK}
    assert differing(figures_keys(other), figures_keys(plan)) == {BENCHMARK}


@pytest.mark.parametrize(
    "change",
    [
        {"steps": 30},
        {"learning_rate": 0.02},
        {"optimizer": "sgd"},
        {"batch_size": 20},
        {"evaluate_every": 5},
    ],
)
def test_training_settings_are_part_of_all_keys(plan, plan_with, change):
    other = plan_with({BENCHMARK: change})
    assert differing(run_keys(other), run_keys(plan)) == readers(plan, BENCHMARK)
    assert BENCHMARK in differing(summary_keys(other), summary_keys(plan))
    before = {key for _, key in run_keys(plan)[BENCHMARK]}
    assert not before & {key for _, key in run_keys(other)[BENCHMARK]}


def test_another_cell_leaves_the_others_their_keys(plan, plan_with):
    other = plan_with({BENCHMARK: {"models": ["logistic", "cnn", "gru"]}})
    assert run_keys(plan)[BENCHMARK] < run_keys(other)[BENCHMARK]
    assert differing(summary_keys(other), summary_keys(plan)) == {BENCHMARK}


def test_dataset_is_part_of_what_reads_it(plan, plan_with):
    other = plan_with({"dataset": {"iid_noise_scale": 0.03}})
    affected = {
        name
        for name, runs in plan.runs.items()
        if any(run.plain_settings.get("dataset") for run in with_all_reads(runs))
    } | {"dataset"}
    assert BENCHMARK in affected
    assert differing(run_keys(other), run_keys(plan)) == affected
    assert differing(summary_keys(other), summary_keys(plan)) == affected
    assert differing(figures_keys(other), figures_keys(plan)) == affected


def test_root_seed_is_part_of_what_draws_from_it(plan, plan_with):
    other = plan_with({"general": {"seed": 1}})
    changed = differing(run_keys(other), run_keys(plan))
    assert BENCHMARK in changed
    assert "dataset" not in changed


def test_what_is_shown_is_part_of_the_summary_alone(plan, plan_with):
    other = plan_with({"dataset": {"chain_sample": 1}})
    assert run_keys(other) == run_keys(plan)
    assert differing(summary_keys(other), summary_keys(plan)) == {"dataset"}


@pytest.mark.parametrize("name", experiment_names())
def test_drawing_settings_are_part_of_one_figures_key(plan, plan_with, name):
    other = plan_with({name: {"drawing": {"width": 5.5}}})
    assert run_keys(other) == run_keys(plan)
    assert summary_keys(other) == summary_keys(plan)
    assert differing(figures_keys(other), figures_keys(plan)) == {name}


def test_banner_is_part_of_all_figures_keys(plan, plan_with):
    other = plan_with({"general": {"banner": "other"}})
    assert summary_keys(other) == summary_keys(plan)
    assert differing(figures_keys(other), figures_keys(plan)) == set(plan.runs)


def test_folders_are_no_part_of_any_key(plan, plan_with):
    other = plan_with({"general": {"results": "a/b", "figures": "c"}})
    assert list(other.by_stem) == list(plan.by_stem)
    assert figures_keys(other) == figures_keys(plan)
    for name in other.runs:
        assert all(file.startswith(f"a/b/{name}/") for file in other.tables(name))
        assert all(file.startswith("a/b/") for file in other.files(name))


@pytest.mark.parametrize("name", experiment_names())
def test_manifests_hold_what_the_jobs_need(plan, name):
    summary, figures = plan.summary_manifest(name), plan.figures_manifest(name)
    assert json.loads(json.dumps([summary, figures])) == [summary, figures]
    assert summary["key"] == figures["summary_key"] == plan.summary_key(name)
    assert figures["key"] == plan.figures_key(name)
    assert [run["file"] for run in summary["runs"]] == plan.files(name)
    assert figures["tables"] == plan.tables(name)
    assert figures["banner"] == "TINY: FOR TESTS ONLY"
    assert "drawing" not in summary["study"]
    assert "replicas_per_job" not in str(summary["study"])


def test_what_stands_has_the_tables_of_its_key(plan, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert plan.standing() == []
    for name, key in (("lottery", plan.summary_key("lottery")), ("dataset", "other")):
        metrics = tmp_path / plan.layout.metrics(name)
        metrics.parent.mkdir(parents=True)
        metrics.write_text(json.dumps({"key": key, "files": {}}))
    assert plan.standing() == ["lottery"]
    manifest = plan.claims_manifest(plan.standing())
    assert set(manifest["summaries"]) == {"lottery"}
    assert manifest["key"] != plan.claims_manifest()["key"]
    assert manifest["claims"] == plan.claims_manifest()["claims"]
    assert plan.claims_manifest(list(plan.runs)) == plan.claims_manifest()


def test_complete_are_those_whose_runs_and_what_they_read_are_there(
    plan, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    assert plan.complete() == []
    (shared,) = plan.files("dataset")
    for file in [*plan.files("classification"), shared]:
        Path(file).parent.mkdir(parents=True, exist_ok=True)
        Path(file).touch()
    assert plan.complete() == ["classification", "dataset"]
    assert plan.complete([shared]) == []
    assert plan.complete(plan.files("classification")[:1]) == ["dataset"]
    Path(shared).unlink()
    assert plan.complete() == []


@pytest.mark.parametrize("name", experiment_names())
def test_names_of_files(plan, name):
    *tables, metrics = plan.tables(name)
    assert metrics == f"results/{name}/metrics.json"
    assert f"results/{name}/summary.csv" in tables
    for run in plan.runs[name]:
        assert plan.file(run) == f"results/{run.experiment}/runs/{run.stem}.npz"
    for figure, files in plan.figures(name).items():
        assert figure.startswith(name)
        assert all(PurePosixPath(file).stem == figure for file in files)
        assert all(PurePosixPath(file).parent.name == "figures" for file in files)
