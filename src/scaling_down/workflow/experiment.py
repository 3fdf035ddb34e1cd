"""Finds an experiment's rooms; nothing else imports a module by its name."""

import importlib
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

PACKAGE = "scaling_down"
ROOT = Path(__file__).parents[1]


@cache
def experiment_names() -> tuple[str, ...]:
    """Return the names of all experiments: the folders that have settings."""
    found = (ROOT / "experiments").glob("*/settings.py")
    return tuple(sorted(path.parent.name for path in found))


def folder(experiment: str) -> Path:
    """Return the folder of an experiment's rooms."""
    return ROOT / "experiments" / experiment


def room(experiment: str, name: str) -> ModuleType:
    """Return a module of an experiment's folder, such as `plan` or `draw`."""
    return importlib.import_module(module_name(experiment, name))


def settings_model(experiment: str) -> Any:
    """Return the model of an experiment's section of the parameter file."""
    return room(experiment, "settings").Settings


def module_name(experiment: str, name: str) -> str:
    """Return the dotted name of a module of an experiment's folder."""
    return f"{PACKAGE}.experiments.{experiment}.{name}"


def study_model(experiment: str) -> Any:
    """Return the model of what an experiment's tables and figures depend on."""
    return room(experiment, "settings").Study


def step_model(experiment: str, step: str) -> Any:
    """Return the model of the settings of one of an experiment's steps."""
    return room(experiment, "settings").STEPS[step]


def compute_room(experiment: str, step: str) -> str:
    """Return which module of an experiment's folder computes a step.

    An experiment of one step has `compute.py`; one of several has a folder `compute`
    with a module for each.
    """
    return f"compute.{step}" if (folder(experiment) / "compute").is_dir() else "compute"
