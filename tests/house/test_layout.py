"""One name everywhere, the same rooms in every experiment, nothing heavy in plans."""

import ast
import importlib
import os
import subprocess
import sys
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from scaling_down.workflow.experiment import (
    PACKAGE,
    ROOT,
    compute_room,
    experiment_names,
    folder,
    module_name,
)
from scaling_down.workflow.modules import source_file
from scaling_down.workflow.parameters.file import load_params
from scaling_down.workflow.plan import Plan

SHARED_SECTIONS = {"general", "execution"}
SHARED_STAGES = {"claims"}
HEAVY = ["torch", "pandas", "matplotlib", "numba"]
each_experiment = pytest.mark.parametrize("name", experiment_names())


def read(path):
    return YAML(typ="safe", pure=True).load(path)


@pytest.fixture(scope="module")
def plan(repository):
    return Plan(load_params(repository / "params.yaml"))


def with_tests(folder):
    """Return the experiments that have a test file or a folder of them."""
    paths = [p for p in folder.iterdir() if p.is_dir() or p.name.startswith("test_")]
    names = {path.stem.removeprefix("test_") for path in paths}
    return names - {"__pycache__", "contract"}


def test_one_name_everywhere(repository):
    experiments = (ROOT / "experiments").iterdir()
    folders = {p.name for p in experiments if p.is_dir() and p.name != "__pycache__"}
    stages = set(read(repository / "dvc.yaml")["stages"]) - SHARED_STAGES
    names = {
        "params.yaml": set(read(repository / "params.yaml")) - SHARED_SECTIONS,
        "tests/params.yaml": set(read(repository / "tests/params.yaml"))
        - SHARED_SECTIONS,
        "experiment_names": set(experiment_names()),
        "stages": {s for s in stages if not s.endswith("_figures")},
        "tests": with_tests(repository / "tests/experiments"),
    }
    for place, found in names.items():
        assert found == folders, place


@each_experiment
def test_every_experiment_has_the_same_rooms(plan, name):
    assert (folder(name) / "rules.smk").exists()
    rooms = {"plan": "runs", "summarise": "summarise", "draw": "draw"}
    rooms |= {compute_room(name, run.step): "compute" for run in plan.runs[name]}
    for room, function in rooms.items():
        tree = ast.parse(source_file(module_name(name, room)).read_text())
        defined = {n.name for n in tree.body if isinstance(n, ast.FunctionDef)}
        assert function in defined, room


@each_experiment
def test_steps_have_their_settings(plan, name):
    settings = importlib.import_module(module_name(name, "settings"))
    assert issubclass(settings.Settings, settings.Study)
    for run in plan.runs[name]:
        assert type(run.settings) is settings.STEPS[run.step]


@each_experiment
def test_captions_are_those_of_the_figures_and_of_some_tables(plan, name):
    captions = folder(name) / "captions"
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
def test_rules_are_those_of_the_steps(name):
    lines = (folder(name) / "rules.smk").read_text(encoding="utf-8").splitlines()
    rules = [line.split()[4] for line in lines if line.startswith("use rule")]
    steps = importlib.import_module(module_name(name, "settings")).STEPS
    assert sorted(rules) == sorted(f"{name}_{step}" for step in steps)


def test_planning_imports_nothing_heavy(repository):
    """Parsing the workflow happens in every call and in every cluster job."""
    rooms = [
        module_name(name, room)
        for name in experiment_names()
        for room in ("plan", "settings")
    ]
    modules = [*rooms, f"{PACKAGE}.workflow.workspace", f"{PACKAGE}.__main__"]
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
