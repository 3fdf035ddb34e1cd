"""A run for each space and chunk of replicas."""

from typing import Any

from scaling_down.experiments.dataset.plan import shared_dataset
from scaling_down.experiments.tsne.settings import Embedded
from scaling_down.workflow.run import Run, replica_chunks

TABLES = ("summary", "comparisons", "points")
FIGURES = {"tsne": ("png", "pdf")}


def runs(params: Any) -> list[Run]:
    """Return the runs of all spaces."""
    section = params.tsne
    chunks = replica_chunks(params, section.replicas, section.replicas_per_job)
    return [
        Run(
            experiment="tsne",
            step="embed",
            cell=space,
            settings=Embedded(
                space=space,
                embedding=section.embedding,
                neighbours=section.neighbours,
                training=section.training if space == "trained" else None,
                dataset=params.dataset.alone(),
            ),
            seed=params.general.seed,
            replicas=replicas,
            reads={"dataset": shared_dataset(params)},
        )
        for space in section.spaces
        for replicas in chunks
    ]
