"""A run for each variant, number of samples, number of steps and chunk of replicas."""

from typing import Any

from scaling_down.experiments.pooling.settings import Training
from scaling_down.workflow.parameters.sections import Optimisation
from scaling_down.workflow.run import Plot, Run, replica_chunks

MULTIPLE = 4
"""Positions are halved twice, or averaged in windows of four."""
TABLES = ("summary", "comparisons", "trends", "shifts", "curves", "plot")
FIGURES = {
    f"pooling_{what}": ("png", "pdf")
    for what in ("curves", "sizes", "confounds", "shifts")
}


def runs(params: Any) -> list[Run]:
    """Return all runs, those of the most steps and samples first.

    Raises ValueError where the positions cannot be halved or shifted as asked.
    """
    section = params.pooling
    positions = params.dataset.final_seq_length
    if positions % MULTIPLE or max(section.shifts) >= positions:
        raise ValueError(
            f"dataset.final_seq_length: given {positions}, allowed: multiples of"
            f" {MULTIPLE} above pooling.shifts, which pooling halves twice"
        )
    schedules = {pair for arm in section.arms.values() for pair in arm.items()}
    longest_first = sorted(schedules, key=lambda pair: pair[::-1], reverse=True)
    return [
        run
        for n_train, steps in longest_first
        for variant in section.variants
        for run in _runs(params, variant=variant, n_train=n_train, steps=steps)
    ]


def plot(params: Any) -> Plot:
    """Return what `dvc plots` shows: mean test accuracy by number of samples."""
    return Plot("n_train", params.pooling.variants, "Test accuracy (%)")


def _runs(params: Any, **cell: Any) -> list[Run]:
    section = params.pooling
    size = {"num_samples": section.num_samples, "train_split": section.train_split}
    settings = Training(
        **{**section.only(Optimisation), **cell},
        shifts=section.shifts,
        dataset=params.dataset.alone(**size),
    )
    return [
        Run(
            experiment="pooling",
            step="train",
            cell="{variant}-{n_train:06d}-{steps:06d}".format(**cell),
            settings=settings,
            seed=params.general.seed,
            replicas=replicas,
        )
        for replicas in replica_chunks(
            params, section.replicas, section.replicas_per_job
        )
    ]
