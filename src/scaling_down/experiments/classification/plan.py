"""A run for each model, order of positions and chunk of replicas."""

from typing import Any

from scaling_down.experiments.classification.settings import Training
from scaling_down.experiments.dataset.plan import shared_dataset
from scaling_down.workflow.parameters.sections import Optimisation
from scaling_down.workflow.run import Plot, Run, replica_chunks

TABLES = ("summary", "comparisons", "curves", "table1", "plot")
FIGURES = {"classification": ("png", "pdf")}


def runs(params: Any) -> list[Run]:
    """Return all runs of the benchmark."""
    section = params.classification
    chunks = replica_chunks(params, section.replicas, section.replicas_per_job)
    return [
        Run(
            experiment="classification",
            step="train",
            cell=f"{model}-{positions}",
            settings=Training(
                model=model,
                positions=positions,
                dataset=params.dataset.alone(),
                **section.only(Optimisation),
            ),
            seed=params.general.seed,
            replicas=replicas,
            reads={"dataset": shared_dataset(params)},
        )
        for model in section.models
        for positions in section.positions
        for replicas in chunks
    ]


def plot(params: Any) -> Plot:
    """Return what `dvc plots` shows: the mean test accuracy of each cell by step."""
    section = params.classification
    cells = [f"{m}_{p}" for m in section.models for p in section.positions]
    return Plot("step", cells, "Test accuracy (%)")
