"""A run for each variant, list of widths and chunk of replicas."""

from typing import Any

from scaling_down.experiments.double_descent.settings import NOISY
from scaling_down.workflow.run import Plot, Run, replica_chunks

TABLES = ("summary", "curves", "replicas", "plot")
FIGURES = {
    f"double_descent_{what}": ("png", "pdf") for what in ("error", "loss", "parameters")
}


def runs(params: Any) -> list[Run]:
    """Return all runs of the sweeps, the widest networks first."""
    section = params.double_descent
    dataset = sweep_dataset(params)
    protocol = section.model_dump(
        include={"learning_rate", "momentum", "batch_size", "epochs", "evaluate_every"}
    )
    return [
        Run(
            experiment="double_descent",
            cell=f"{variant}-w{min(widths):03d}-{max(widths):03d}",
            settings={
                "variant": variant,
                "label_noise": section.label_noise if noisy else 0.0,
                "widths": list(widths),
                **protocol,
            },
            step="compute.widths",
            seed=params.general.seed,
            replicas=replicas,
            reads={"dataset": dataset},
        )
        for variant, noisy in NOISY.items()
        for widths in section.sweep_of(variant).widths
        for replicas in replica_chunks(params, section.sweep_of(variant))
    ]


def plot(params: Any) -> Plot:
    """Return what `dvc plots` shows: the mean test error of dense networks by width."""
    return Plot("width", ("mlp_clean", "mlp_noise"), "Test error (%)")


def sweep_dataset(params: Any) -> Run:
    """Return the run that makes the sweeps' dataset: of another size and split."""
    section = params.double_descent
    size = section.model_dump(include={"num_samples", "train_split"})
    return Run(
        experiment="double_descent",
        cell="dataset",
        settings={**params.dataset.dataset(), **size},
        step="compute.dataset",
    )
