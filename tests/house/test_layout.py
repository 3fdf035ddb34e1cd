import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from scaling_down.workflow.code import imports, source_file
from scaling_down.workflow.experiment import PACKAGE, ROOT, experiment_names
from scaling_down.workflow.parameters.file import load_params
from scaling_down.workflow.plan import Plan
from scaling_down.workflow.run import with_all_reads

SHARED_SECTIONS = {"general", "execution"}
SHARED_STAGES = {"claims"}
HEAVY = ["torch", "pandas", "matplotlib"]
each_experiment = pytest.mark.parametrize("name", experiment_names())


def read(path):
    return YAML(typ="safe", pure=True).load(path)


@pytest.fixture(scope="module")
def stages(repository):
    return read(repository / "dvc.yaml")["stages"]


@pytest.fixture(scope="module")
def plan(repository):
    return Plan(load_params(repository / "params.yaml"))


def listed(stage, kind):
    """Return the paths or keys of a stage's deps, params, outs or metrics."""
    entries = stage.get(kind, [])
    return [next(iter(e)) if isinstance(e, dict) else e for e in entries]


def options(stage, kind, path):
    for entry in stage[kind]:
        if isinstance(entry, dict) and path in entry:
            return entry[path]
    return {}


def test_one_name_everywhere(repository, stages):
    folders = {
        path.name
        for path in (ROOT / "experiments").iterdir()
        if path.is_dir() and path.name != "__pycache__"
    }
    tests = {
        path.stem.removeprefix("test_")
        for path in (repository / "tests/experiments").glob("test_*.py")
    }
    names = {
        "params.yaml": set(read(repository / "params.yaml")) - SHARED_SECTIONS,
        "tests/params.yaml": set(read(repository / "tests/params.yaml"))
        - SHARED_SECTIONS,
        "experiment_names": set(experiment_names()),
        "stages": {s for s in stages if not s.endswith("_figures")} - SHARED_STAGES,
        "figure stages": {
            s.removesuffix("_figures") for s in stages if s.endswith("_figures")
        },
        "tests": tests,
    }
    for place, found in names.items():
        assert found == folders, place


@each_experiment
def test_every_experiment_has_the_same_rooms(name):
    folder = ROOT / "experiments" / name
    rooms = ("__init__", "settings", "plan", "summarise", "draw")
    for room in (*(f"{room}.py" for room in rooms), "rules.smk", "captions"):
        assert (folder / room).exists(), room
    assert any(folder.glob("compute*"))


@each_experiment
def test_rooms_hold_what_their_name_says(plan, name):
    functions = {"plan": "runs", "summarise": "summarise", "draw": "draw"}
    functions |= {run.step: "train" for run in plan.runs[name]}
    for room, function in functions.items():
        tree = ast.parse((ROOT / "experiments" / name / f"{room}.py").read_text())
        defined = {n.name for n in tree.body if isinstance(n, ast.FunctionDef)}
        assert function in defined, room


@each_experiment
def test_captions_are_those_of_the_figures_and_of_some_tables(plan, name):
    captions = ROOT / "experiments" / name / "captions"
    figures, tables = set(plan.figures(name)), map(Path, plan.tables(name))
    captioned = {path.stem for path in captions.iterdir()}
    assert figures <= captioned <= figures | {table.stem for table in tables}
    for path in captions.iterdir():
        assert path.suffix == ".rst"
        assert path.read_text(encoding="utf-8").strip()


@each_experiment
def test_figures_are_named_by_their_experiment(plan, name):
    for figure in plan.figures(name):
        owner = max((n for n in experiment_names() if figure.startswith(n)), key=len)
        assert owner == name


@each_experiment
def test_rules_are_named_by_their_experiment(name):
    text = (ROOT / "experiments" / name / "rules.smk").read_text(encoding="utf-8")
    lines = [line.split() for line in text.splitlines()]
    named = [words[4] for words in lines if words[:2] == ["use", "rule"]]
    named += [words[1].rstrip(":") for words in lines if words[:1] == ["rule"]]
    assert {name, f"{name}_summarise", f"{name}_draw"} <= set(named)
    assert all(rule == name or rule.startswith(f"{name}_") for rule in named)


@each_experiment
def test_stages_call_snakemake_for_one_target(stages, name):
    assert stages[name]["cmd"].endswith(f" -- {name}_summarise")
    assert stages[f"{name}_figures"]["cmd"].endswith(f" -- {name}_draw")
    for stage in (stages[name], stages[f"{name}_figures"]):
        assert stage["cmd"].startswith("snakemake ")


@each_experiment
def test_stage_has_the_tables_as_outs(stages, plan, name):
    stage, runs = stages[name], f"results/{name}/runs"
    *tables, metrics = plan.tables(name)
    assert sorted(listed(stage, "outs")) == sorted([runs, *tables])
    assert listed(stage, "metrics") == [metrics]
    assert options(stage, "outs", runs) == {"persist": True}
    for path in tables:
        assert not options(stage, "outs", path).get("persist")
    assert not options(stage, "metrics", metrics).get("persist")


@each_experiment
def test_figures_stage_has_the_figures_as_outs(stages, plan, name):
    stage = stages[f"{name}_figures"]
    figures = [file for files in plan.figures(name).values() for file in files]
    assert sorted(listed(stage, "outs")) == sorted(figures)
    assert not any(options(stage, "outs", path).get("persist") for path in figures)
    assert "metrics" not in stage


@each_experiment
def test_stages_have_their_parameters(stages, name):
    assert {"general", name} <= set(listed(stages[name], "params"))
    figures = listed(stages[f"{name}_figures"], "params")
    assert {"general.banner", f"{name}.drawing"} <= set(figures)


def computing(module) -> bool:
    """Tell whether a module has more than a docstring."""
    body = ast.parse(source_file(module).read_text(encoding="utf-8")).body
    return not all(isinstance(node, ast.Expr) for node in body)


def uncovered(repository, dependencies, modules) -> set[str]:
    """Return the source files of modules, imports included, that no dep covers."""
    needed = {m for module in modules for m in imports(module) if computing(m)}
    files = {source_file(m).relative_to(repository) for m in needed}
    covers = set(dependencies)
    return {
        str(file) for file in files if not covers & {str(file), *map(str, file.parents)}
    }


@each_experiment
def test_stage_depends_on_its_code(repository, stages, plan, name):
    base = f"{PACKAGE}.experiments.{name}"
    steps = {run.module for run in plan.runs[name] if run.experiment == name}
    for path in (ROOT / "experiments" / name).glob("compute*"):
        steps.add(f"{base}.{path.stem}")
    modules = {f"{base}.settings", f"{base}.plan", f"{base}.summarise", *steps}
    dependencies = listed(stages[name], "deps")
    assert uncovered(repository, dependencies, modules) == set()


@each_experiment
def test_figures_stage_depends_on_its_code(repository, stages, name):
    dependencies = listed(stages[f"{name}_figures"], "deps")
    module = f"{PACKAGE}.experiments.{name}.draw"
    assert uncovered(repository, dependencies, {module}) == set()


@each_experiment
def test_figures_stage_depends_on_the_tables(stages, plan, name):
    dependencies = listed(stages[f"{name}_figures"], "deps")
    results = [d for d in dependencies if d.startswith("results/")]
    assert sorted(results) == sorted(plan.tables(name))


@each_experiment
def test_stage_depends_on_the_experiments_that_it_reads(stages, plan, name):
    reads = {run.experiment for run in with_all_reads(plan.runs[name])} - {name}
    dependencies = listed(stages[name], "deps")
    results = {d for d in dependencies if d.startswith("results/")}
    assert results == {plan.layout.metrics(other) for other in reads}


@each_experiment
@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("corr_noise_scale", 0.3),
        ("final_seq_length", 36),
        ("iid_noise_scale", 0.3),
        ("max_translation", 40),
        ("num_samples", 7000),
        ("padding", [30, 60]),
        ("scale_coeff", 0.3),
        ("seed", 7),
        ("shear_scale", 0.3),
        ("shuffle_seq", True),
        ("template_len", 11),
        ("train_split", 0.6),
    ],
)
def test_stage_depends_on_the_settings_of_the_dataset(
    repository, stages, plan, name, key, value
):
    changed = Plan(load_params(repository / "params.yaml", {"dataset": {key: value}}))
    if {r.key for r in changed.runs[name]} != {r.key for r in plan.runs[name]}:
        through = plan.layout.metrics("dataset") in listed(stages[name], "deps")
        stated = {"dataset", f"dataset.{key}"} & set(listed(stages[name], "params"))
        assert through or stated


def test_dependencies_exist(repository, stages):
    for name, stage in stages.items():
        for path in listed(stage, "deps"):
            made = path.startswith("results/")
            assert made or (repository / path).exists(), f"{name}: {path}"
        assert listed(stage, "deps") == sorted(set(listed(stage, "deps"))), name


def test_planning_imports_nothing_heavy(repository):
    """Parsing the workflow happens in every call and in every cluster job."""
    base = f"{PACKAGE}.experiments"
    rooms = [
        f"{base}.{n}.{r}" for n in experiment_names() for r in ("plan", "settings")
    ]
    modules = [*rooms, f"{PACKAGE}.workspace", f"{PACKAGE}.__main__"]
    program = (
        f"import sys, importlib\n"
        f"for name in {modules}: importlib.import_module(name)\n"
        f"print(*(name for name in {HEAVY} if name in sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, "PYTHONPATH": str(repository / "src")},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.split() == []


def test_packages_have_an_init():
    for path in ROOT.rglob("*.py"):
        assert (path.parent / "__init__.py").exists(), path
