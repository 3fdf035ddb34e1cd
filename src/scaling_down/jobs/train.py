"""Train a run: one cell of an experiment for one chunk of replicas."""

import importlib
from collections.abc import Mapping
from typing import Any

import numpy as np

from scaling_down.contracts import Arrays, TrainingJob
from scaling_down.progress import LOGGER, Progress, log_provenance
from scaling_down.seeds import Streams
from scaling_down.store import finished_replicas, load_run, save_run


def train_run(description: Mapping[str, Any], output: str, device: str) -> None:
    """Compute a run and write its file.

    Replicas that stand in another file of the same key are taken from there.
    """
    replicas = tuple(description["replicas"])
    arrays = (
        _with_finished(description, output, device)
        if replicas
        else _compute(description, (), device)
    )
    save_run(output, arrays, description["key"], replicas)


def _with_finished(description: Mapping[str, Any], output: str, device: str) -> Arrays:
    replicas = tuple(description["replicas"])
    finished = finished_replicas(output)
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
    settings = description["settings"]
    label = f"{description['experiment']} {description['cell']}"
    if replicas:
        label += f", replicas {', '.join(map(str, replicas))}"
    LOGGER.info("%s: starts", label)
    log_provenance(["numpy", "scipy", "torch"])
    LOGGER.debug("key %s, settings %s", description["key"], settings)
    progress = Progress(label)
    reads = description["reads"].items()
    job = TrainingJob(
        settings=settings,
        streams=_streams(description, replicas),
        reads={name: load_run(path, replicas or None) for name, path in reads},
        device=device,
        progress=progress,
    )
    arrays = importlib.import_module(description["module"]).train(job)
    progress.done()
    return arrays


def _streams(
    description: Mapping[str, Any], replicas: tuple[int, ...]
) -> Streams | None:
    if not replicas:
        return None
    return Streams(description["seed"], description["experiment"], replicas)
