"""A run for each variant, list of widths and chunk of replicas."""

from collections.abc import Iterator
from typing import Any

from scaling_down.experiments.double_descent.settings import (
    KIND_OF,
    NOISY,
    Momentum,
    Variant,
    Widths,
)
from scaling_down.workflow.run import Plot, Run, replica_chunks

TABLES = ("summary", "curves", "replicas", "plot")
FIGURES = {
    f"double_descent_{what}": ("png", "pdf") for what in ("error", "loss", "parameters")
}


def runs(params: Any) -> list[Run]:
    """Return all runs of the sweeps, the widest networks first."""
    return [run for variant in NOISY for run in _sweep(params, variant)]


def plot(params: Any) -> Plot:
    """Return what `dvc plots` shows: the mean test error of dense networks by width."""
    return Plot("width", ("mlp_clean", "mlp_noise"), "Test error (%)")


def _sweep(params: Any, variant: Variant) -> Iterator[Run]:
    section, kind = params.double_descent, KIND_OF[variant]
    sweep, per_job = getattr(section, kind), getattr(section.replicas_per_job, kind)
    size = {"num_samples": section.num_samples, "train_split": section.train_split}
    for widths in sweep.widths:
        settings = Widths(
            variant=variant,
            label_noise=section.label_noise if NOISY[variant] else 0.0,
            widths=widths,
            dataset=params.dataset.alone(**size),
            **section.only(Momentum),
        )
        for replicas in replica_chunks(params, sweep.replicas, per_job):
            yield Run(
                experiment="double_descent",
                step="widths",
                cell=f"{variant}-{min(widths):03d}-{max(widths):03d}",
                settings=settings,
                seed=params.general.seed,
                replicas=replicas,
            )
