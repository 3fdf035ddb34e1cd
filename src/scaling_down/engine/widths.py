"""Networks of several widths, trained one after the other in one job."""

from collections.abc import Callable

import numpy as np

from scaling_down.engine.data import Data
from scaling_down.engine.layers import StackedModel, parameter_count
from scaling_down.engine.training import (
    METRICS,
    History,
    NonFiniteLoss,
    Protocol,
    optimise,
)
from scaling_down.experiments.contract import Arrays, Job


def train_widths(
    job: Job,
    data: Data,
    build: Callable[[int], StackedModel],
    protocol: Protocol,
    train: Callable[..., History] = optimise,
) -> Arrays:
    """Train the network that `build` makes of each width of the job's settings.

    `train` is the engine's optimise or another function that is called like it.

    Returns `width` and `parameters` [R, W] int64, `step` [R, T] int64, and losses
    and accuracies (fractions) [R, W, T]. Raises ArithmeticError, with the width, for
    a loss that is not finite.
    """
    widths = job.settings.widths
    histories, parameters = [], []
    for place, width in enumerate(widths):
        model = build(width)
        parameters.append(parameter_count(model))
        try:
            history = train(
                model, data, protocol, job.streams,
                progress=_progress_of_part(job, place, len(widths)),
            )  # fmt: skip
        except NonFiniteLoss as error:
            raise ArithmeticError(f"width {width}, {error}") from None
        histories.append(history)
    by_replica = {
        "width": np.array(widths, dtype=np.int64),
        "parameters": np.array(parameters, dtype=np.int64),
        "step": histories[0]["step"],
    }
    replicas = len(job.streams.replicas)
    arrays = {name: np.tile(row, (replicas, 1)) for name, row in by_replica.items()}
    curves = {name: np.stack([h[name] for h in histories], axis=1) for name in METRICS}
    return {**arrays, **curves}


def _progress_of_part(job: Job, part: int, parts: int) -> Callable[[int, int], None]:
    return lambda step, steps: job.progress(part * steps + step, parts * steps)
