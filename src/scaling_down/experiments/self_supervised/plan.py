"""A run for each arm and chunk of replicas."""

from typing import Any

from scaling_down.experiments.dataset.plan import shared_dataset
from scaling_down.experiments.self_supervised.settings import (
    Arm,
    Contrastive,
    Training,
)
from scaling_down.workflow.run import Plot, Run, replica_chunks

TABLES = (
    "summary", "peaks", "arms", "comparisons", "layer_comparisons", "replicas", "plot",
)  # fmt: skip
FIGURES = {
    f"self_supervised_{what}": ("png", "pdf")
    for what in ("layers", "controls", "augmentations", "rank")
}


def runs(params: Any) -> list[Run]:
    """Return the runs of all arms."""
    section = params.self_supervised
    chunks = replica_chunks(params, section.replicas, section.replicas_per_job)
    return [
        Run(
            experiment="self_supervised",
            step="train",
            cell=arm.name,
            settings=Training(
                probes=section.probes,
                dataset=params.dataset.alone(),
                **section.only(Contrastive),
                **arm.only(Arm),
            ),
            seed=params.general.seed,
            replicas=replicas,
            reads={"dataset": shared_dataset(params)},
        )
        for arm in section.arms
        for replicas in chunks
    ]


def plot(params: Any) -> Plot:
    """Return what `dvc plots` shows: the mean accuracy of the probe by layer."""
    return Plot("layer", params.self_supervised.projectors, "Linear probe (%)")
