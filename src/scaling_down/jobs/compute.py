"""Compute a run: one cell of an experiment for one chunk of replicas."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from scaling_down.engine.process import prepare
from scaling_down.engine.streams import Streams
from scaling_down.experiments.contract import Arrays, Job
from scaling_down.workflow.experiment import compute_room, room, step_model
from scaling_down.workflow.overall import overall
from scaling_down.workflow.progress import LOGGER, Progress
from scaling_down.workflow.provenance import details, origin
from scaling_down.workflow.store import (
    finished_replicas,
    load_run,
    origins_of,
    save_run,
)


def compute_run(description: Mapping[str, Any], output: str, device: str) -> None:
    """Compute a run and write its file, in a process whose instructions are pinned.

    Replicas that stand in another file of the same key are taken from there.
    """
    replicas = tuple(description["replicas"])
    finished = finished_replicas(output, description["key"])
    if replicas:
        arrays = _with_finished(description, finished, device)
    else:
        arrays = _compute(description, (), device)
    origins = _origins(replicas, finished)
    save_run(
        output, arrays, description["key"], replicas, origins, what_of(description)
    )
    if far := overall():
        LOGGER.info("%s", far)


def what_of(description: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a run's file says of it, so that it explains itself anywhere."""
    names = ("experiment", "step", "cell", "seed", "settings")
    reads = {name: Path(file).stem for name, file in description["reads"].items()}
    said = {name: description[name] for name in names}
    return {**said, "reads": reads}


def _origins(replicas: tuple[int, ...], finished: Mapping[int, Path]) -> list[str]:
    """Return what the replicas come from, those of earlier runs included."""
    used = {finished[replica] for replica in replicas if replica in finished}
    computed = not replicas or not set(replicas) <= set(finished)
    return sorted(set(origin() if computed else ()).union(*map(origins_of, used)))


def _with_finished(
    description: Mapping[str, Any], finished: Mapping[int, Path], device: str
) -> Arrays:
    replicas = tuple(description["replicas"])
    rows = {r: load_run(finished[r], [r]) for r in replicas if r in finished}
    if rows:
        LOGGER.info("%s: replicas %s stand", description["cell"], sorted(rows))
    missing = tuple(r for r in replicas if r not in rows)
    if missing:
        computed = _compute(description, missing, device)
        rows |= {
            replica: {name: array[i : i + 1] for name, array in computed.items()}
            for i, replica in enumerate(missing)
        }
    names = rows[replicas[0]]
    return {n: np.concatenate([rows[r][n] for r in replicas]) for n in names}


def _compute(
    description: Mapping[str, Any], replicas: tuple[int, ...], device: str
) -> Arrays:
    experiment, step = description["experiment"], description["step"]
    label = f"{experiment} {step}-{description['cell']}"
    if replicas:
        label += f", replicas {', '.join(map(str, replicas))}"
    LOGGER.info("%s: starts", label)
    for detail in details():
        LOGGER.debug("%s", detail)
    LOGGER.debug("key %s, settings %s", description["key"], description["settings"])
    progress = Progress(label)
    reads = description["reads"].items()
    job = Job(
        settings=_settings(description),
        streams=Streams(description["seed"] or 0, experiment, replicas),
        reads={name: load_run(path, replicas or None) for name, path in reads},
        device=prepare(device),
        progress=progress,
        files={name: Path(path) for name, path in description["files"].items()},
    )
    arrays = room(experiment, compute_room(experiment, step)).compute(job)
    progress.done()
    return arrays


def _settings(description: Mapping[str, Any]) -> Any:
    model = step_model(description["experiment"], description["step"])
    return model.model_validate_json(json.dumps(description["settings"]))
