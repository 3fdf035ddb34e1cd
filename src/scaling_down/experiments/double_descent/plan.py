"""A run for each variant, list of widths and chunk of replicas."""

from collections.abc import Iterator
from typing import Any

from scaling_down.experiments.double_descent.settings import (
    VARIANTS,
    Momentum,
    Variant,
    Widths,
)
from scaling_down.workflow.run import Plot, Run, replica_chunks

TABLES = ("summary", "curves", "replicas", "epochs", "plot")
FIGURES = {
    f"double_descent_{what}": ("png", "pdf")
    for what in ("error", "loss", "parameters", "epochs")
}


def runs(params: Any) -> list[Run]:
    """Return all runs of the sweeps, the widest networks first."""
    return [run for variant in VARIANTS for run in _sweep(params, variant)]


def plot(params: Any) -> Plot:
    """Return what `dvc plots` shows: the mean test error of dense networks by width."""
    return Plot("width", ("mlp_clean", "mlp_noise"), "Test error (%)")


def _sweep(params: Any, variant: Variant) -> Iterator[Run]:
    section, look = params.double_descent, VARIANTS[variant]
    per_job = getattr(section.replicas_per_job, look.kind)
    chunks = replica_chunks(params, getattr(section.replicas, variant), per_job)
    size = {"num_samples": section.num_samples, "train_split": section.train_split}
    for widths in getattr(section.widths, look.kind):
        settings = Widths(
            kind=look.kind,
            training_sets=look.training_sets,
            label_noise=section.noise_of(variant),
            widths=widths,
            dataset=params.dataset.alone(**size),
            **section.only(Momentum),
        )
        for replicas in chunks:
            yield Run(
                experiment="double_descent",
                step="widths",
                cell=f"{variant}-{min(widths):03d}-{max(widths):03d}",
                settings=settings,
                seed=params.general.seed,
                replicas=replicas,
            )
