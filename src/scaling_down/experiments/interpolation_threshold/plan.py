"""A run for each sweep, loss, n, K, list of widths and chunk of replicas."""

from typing import Any

from scaling_down.experiments.interpolation_threshold.settings import LOSSES
from scaling_down.workflow.run import Plot, Run, replica_chunks

TABLES = ("summary", "curves", "thresholds", "plot")
FIGURES = {
    f"interpolation_threshold_{what}": ("png", "pdf")
    for what in ("curves", "thresholds", "exponents")
}


def runs(params: Any) -> list[Run]:
    """Return all runs of the sweeps."""
    section = params.interpolation_threshold
    dataset = sweep_dataset(params)
    return [
        Run(
            experiment="interpolation_threshold",
            cell=f"{sweep.name}-{loss}-n{samples}-k{classes:02d}"
            f"-w{widths[-1]:04d}-{widths[0]:04d}",
            settings={
                "loss": loss,
                "label_noise": sweep.label_noise,
                "n_train": samples,
                "classes": classes,
                "widths": widths,
                "epochs": sweep.epochs,
                "batch_size": section.batch_size,
                "learning_rate": section.learning_rate,
            },
            step="compute.widths",
            seed=params.general.seed,
            replicas=replicas,
            reads={"dataset": dataset},
        )
        for sweep in section.sweeps
        for loss in LOSSES
        for samples, classes in sweep.cells
        for widths in section.jobs(loss, samples, classes)
        for replicas in replica_chunks(params, section)
    ]


def plot(params: Any) -> Plot:
    """Return what `dvc plots` shows: the first sweep's mean thresholds by classes."""
    return Plot("classes", LOSSES, "Interpolation threshold, parameters over n")


def sweep_dataset(params: Any) -> Run:
    """Return the run that makes the sweeps' dataset, of another size and split."""
    section = params.interpolation_threshold
    size = section.model_dump(include={"num_samples", "train_split"})
    return Run(
        experiment="interpolation_threshold",
        cell="dataset",
        settings={**params.dataset.dataset(), **size},
        step="compute.dataset",
    )
