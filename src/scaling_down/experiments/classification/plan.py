"""A run for each model, order of positions, kind of training sets and chunk."""

from typing import Any

from scaling_down.experiments.classification.settings import Training
from scaling_down.experiments.dataset.plan import shared_dataset
from scaling_down.workflow.parameters.sections import Optimisation
from scaling_down.workflow.run import Plot, Run, replica_chunks

TABLES = ("summary", "comparisons", "curves", "errors", "table1", "plot")
FIGURES = {"classification": ("png", "pdf")}


def runs(params: Any) -> list[Run]:
    """Return all runs of the benchmark."""
    section = params.classification
    shared = shared_dataset(params)
    chunks = replica_chunks(params, section.replicas, section.replicas_per_job)
    return [
        Run(
            experiment="classification",
            step="train",
            cell=f"{model}-{positions}-{training_sets}",
            settings=Training(
                model=model,
                positions=positions,
                training_sets=training_sets,
                dataset=params.dataset.alone(),
                **section.only(Optimisation),
            ),
            seed=params.general.seed,
            replicas=replicas,
            reads={"dataset": shared} if training_sets == "shared" else {},
        )
        for model in section.models
        for positions in section.positions
        for training_sets in section.training_sets
        for replicas in chunks
    ]


def plot(params: Any) -> Plot:
    """Return what `dvc plots` shows: the mean test accuracy by step."""
    section = params.classification
    cells = [
        f"{model}_{positions}_{training_sets}"
        for model in section.models
        for positions in section.positions
        for training_sets in section.training_sets
    ]
    return Plot("step", cells, "Test accuracy (%)")
