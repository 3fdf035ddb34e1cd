"""Summarise an experiment: from the arrays of its runs to tidy tables."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from scaling_down.experiments.contract import Result, Results
from scaling_down.jobs.tables import write_table
from scaling_down.workflow.belonging import write_with_key
from scaling_down.workflow.experiment import room, step_model, study_model
from scaling_down.workflow.store import load_run, origins_of


def summarise_experiment(manifest: Mapping[str, Any], outputs: Sequence[str]) -> None:
    """Write an experiment's tables, then its metrics, which say their key."""
    experiment, runs = manifest["experiment"], manifest["runs"]
    study = study_model(experiment).model_validate_json(json.dumps(manifest["study"]))
    results = load_results(experiment, runs)
    tables, metrics = room(experiment, "summarise").summarise(study, results)
    *table_files, metrics_file = outputs
    for file in table_files:
        write_table(file, tables[Path(file).stem])
    origins = set().union(*(origins_of(run["file"]) for run in runs))
    metrics = {**metrics, "origins": sorted(origins)}
    write_with_key(metrics_file, metrics, manifest["key"], table_files)


def load_results(experiment: str, runs: Sequence[Mapping[str, Any]]) -> Results:
    """Return the results of all cells, each with its chunks of replicas joined."""
    cells: dict[str, list[Mapping[str, Any]]] = {}
    for run in runs:
        cells.setdefault(run["key"], []).append(run)
    return Results(_joined(experiment, members) for members in cells.values())


def _joined(experiment: str, members: Sequence[Mapping[str, Any]]) -> Result[Any]:
    first = members[0]
    parts = [load_run(run["file"], run["replicas"] or None) for run in members]
    arrays = parts[0]
    if len(parts) > 1:
        arrays = {name: np.concatenate([p[name] for p in parts]) for name in arrays}
    replicas = tuple(replica for run in members for replica in run["replicas"])
    model = step_model(experiment, first["step"])
    settings = model.model_validate_json(json.dumps(first["settings"]))
    return Result(settings, replicas, arrays)
