"""A run for each sweep, loss, n, K, list of widths and chunk of replicas."""

from collections.abc import Iterator
from typing import Any

from scaling_down.experiments.interpolation_threshold.settings import (
    INPUTS,
    LOSSES,
    Loss,
    Sweep,
    Widths,
)
from scaling_down.workflow.run import Plot, Run, replica_chunks

TABLES = (
    "summary", "replicas", "curves", "thresholds", "shared_exponents",
    "local_exponents", "lengths", "plot",
)  # fmt: skip
FIGURES = {
    f"interpolation_threshold_{what}": ("png", "pdf")
    for what in (
        "curves", "thresholds", "exponents", "labels", "local_exponents", "lengths",
        "curve_2020",
    )
}  # fmt: skip


def runs(params: Any) -> list[Run]:
    """Return all runs of the sweeps.

    Raises ValueError for other numbers of positions than widths are planned for.
    """
    positions = params.dataset.final_seq_length
    if positions != INPUTS:
        raise ValueError(
            f"dataset.final_seq_length: given {positions}, allowed: {INPUTS}, for which"
            " interpolation_threshold plans its widths"
        )
    return [
        run
        for sweep in params.interpolation_threshold.sweeps
        for loss in LOSSES
        for cell in sweep.of(loss)
        for run in _cell(params, sweep, loss, *cell)
    ]


def plot(params: Any) -> Plot:
    """Return what `dvc plots` shows: the first sweep's mean thresholds by classes."""
    return Plot("classes", LOSSES, "Interpolation threshold, parameters over n")


def _cell(
    params: Any, sweep: Sweep, loss: Loss, samples: int, classes: int
) -> Iterator[Run]:
    section = params.interpolation_threshold
    size = {"num_samples": section.num_samples, "train_split": section.train_split}
    chunks = replica_chunks(params, section.replicas, section.replicas_per_job)
    for widths in section.jobs(sweep, loss, samples, classes):
        settings = Widths(
            loss=loss,
            label_noise=sweep.label_noise,
            n_train=samples,
            classes=classes,
            widths=tuple(widths),
            epochs=sweep.epochs,
            batch_size=section.batch_size,
            learning_rate=section.learning_rate,
            dataset=params.dataset.alone(**size),
        )
        for replicas in chunks:
            yield Run(
                experiment="interpolation_threshold",
                step="widths",
                cell=f"{sweep.name}-{loss}-n{samples}-k{classes:02d}"
                f"-{widths[-1]:04d}-{widths[0]:04d}",
                settings=settings,
                seed=params.general.seed,
                replicas=replicas,
            )
