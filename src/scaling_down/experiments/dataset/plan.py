"""The dataset is one run without replicas; other experiments read it."""

from collections.abc import Mapping
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
    return [dataset_run("dataset", params.dataset.dataset())]


def dataset_run(experiment: str, settings: Mapping[str, Any]) -> Run:
    """Return the run that makes a dataset."""
    return Run(experiment=experiment, cell="dataset", settings=dict(settings))
