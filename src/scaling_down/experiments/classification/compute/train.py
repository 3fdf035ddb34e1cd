"""Train one model on plain or shuffled positions."""

import numpy as np

from scaling_down.engine.streams import Streams
from scaling_down.engine.training import optimise
from scaling_down.experiments.classification.models import MODELS
from scaling_down.experiments.classification.settings import Training
from scaling_down.experiments.contract import Arrays, Job
from scaling_down.experiments.dataset.samples import data_of, in_order, sample_sets
from scaling_down.experiments.optimisation import sequential_protocol


def compute(job: Job[Training]) -> Arrays:
    """Return the history of `optimise`: step, losses, accuracies, final accuracies."""
    settings = job.settings
    sets = sample_sets(
        settings.dataset, settings.fresh_samples, settings.training_sets,
        job.streams, job.reads.get("dataset"),
    )  # fmt: skip
    inputs = sets["x"].shape[-1]
    if settings.positions == "shuffled":
        sets = in_order(sets, shuffled_positions(job.streams, inputs))
    data = data_of(sets, job.device)
    model = MODELS[settings.model](job.streams, inputs=inputs)
    return optimise(
        model, data, sequential_protocol(settings), job.streams, progress=job.progress
    )


def shuffled_positions(streams: Streams, length: int) -> np.ndarray:
    """Return an order of the positions for each replica, [R, length].

    All models of a replica get the same order, so that their comparison is paired.
    """
    return np.stack([g.permutation(length) for g in streams.generators("positions")])
