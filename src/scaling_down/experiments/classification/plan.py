"""A run for each model, order of positions and chunk of replicas."""

from typing import Any

from scaling_down.experiments.dataset.plan import dataset_run
from scaling_down.runs import Run, replica_chunks
from scaling_down.settings import Optimisation

TABLES = ("summary", "comparisons", "curves", "table1", "plot")
FIGURES = {"classification": ("png", "pdf")}


def runs(params: Any) -> list[Run]:
    """Return all runs of the benchmark."""
    section = params.classification
    shared = section.model_dump(include=set(Optimisation.model_fields))
    dataset = dataset_run("dataset", params.dataset.dataset())
    return [
        Run(
            experiment="classification",
            cell=f"{model}-{positions}",
            settings={"model": model, "positions": positions, **shared},
            seed=params.general.seed,
            replicas=replicas,
            reads={"dataset": dataset},
        )
        for model in section.models
        for positions in section.positions
        for replicas in replica_chunks(params, section)
    ]
