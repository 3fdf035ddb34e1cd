"""A run for each model, order of positions and chunk of replicas."""

from typing import Any

from scaling_down.experiments.dataset.plan import dataset_run
from scaling_down.workflow.parameters.sections import Optimisation
from scaling_down.workflow.run import Plot, Run, replica_chunks

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


def plot(params: Any) -> Plot:
    """Return what `dvc plots` shows: the mean test accuracy of each cell by step."""
    section = params.classification
    cells = [f"{m}_{p}" for p in section.positions for m in section.models]
    return Plot("step", cells, "Test accuracy (%)")
