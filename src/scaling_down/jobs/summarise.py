"""Summarise an experiment: from the arrays of its runs to tidy tables."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from scaling_down.experiments.contract import Result
from scaling_down.jobs.tables import write_table
from scaling_down.workflow.experiment import room
from scaling_down.workflow.files import write_json
from scaling_down.workflow.store import libraries_of, load_run


def summarise_experiment(manifest: Mapping[str, Any], outputs: Sequence[str]) -> None:
    """Write an experiment's tables, then its metrics, which carry the key."""
    results = load_results(manifest["runs"])
    summarise = room(manifest["experiment"], "summarise").summarise
    tables, metrics = summarise(manifest["settings"], results)
    *table_files, metrics_file = outputs
    for file in table_files:
        write_table(file, tables[Path(file).stem])
    libraries = set().union(*(libraries_of(run["file"]) for run in manifest["runs"]))
    identity = {"key": manifest["key"], "libraries": sorted(libraries)}
    write_json(metrics_file, {**metrics, **identity})


def load_results(runs: Sequence[Mapping[str, Any]]) -> dict[str, Result]:
    """Return the results of all cells, each with its chunks of replicas joined."""
    cells: dict[str, list[Mapping[str, Any]]] = {}
    for run in runs:
        cells.setdefault(run["cell"], []).append(run)
    return {cell: _joined(members) for cell, members in cells.items()}


def _joined(members: Sequence[Mapping[str, Any]]) -> Result:
    parts = [load_run(run["file"], run["replicas"] or None) for run in members]
    arrays = parts[0]
    if len(parts) > 1:
        arrays = {name: np.concatenate([p[name] for p in parts]) for name in arrays}
    replicas = tuple(replica for run in members for replica in run["replicas"])
    return Result(members[0]["settings"], replicas, arrays)
