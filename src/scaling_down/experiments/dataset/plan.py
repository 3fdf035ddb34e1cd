"""The dataset is one run without replicas; experiments that share it read it."""

from typing import Any

from scaling_down.workflow.run import Run

TABLES = ("summary", "templates", "chain", "samples")
FIGURES = {
    "dataset_templates": ("png", "pdf"),
    "dataset_chain": ("png", "pdf"),
    "dataset_chain_animated": ("gif",),
    "dataset_samples": ("png", "pdf"),
}


def runs(params: Any) -> list[Run]:
    """Return the one run: the dataset of the section `dataset`."""
    return [shared_dataset(params)]


def shared_dataset(params: Any) -> Run:
    """Return the run that generates the dataset which the experiments share."""
    settings = params.dataset.alone()
    return Run("dataset", step="generate", cell="shared", settings=settings)
