"""Train one model on plain or shuffled positions."""

import numpy as np

from scaling_down.engine.data import Data
from scaling_down.engine.models.cnn import CNN
from scaling_down.engine.models.gru import BiGRU
from scaling_down.engine.models.logistic import Logistic
from scaling_down.engine.models.mlp import ResidualMLP
from scaling_down.engine.streams import Streams
from scaling_down.engine.training import optimise
from scaling_down.experiments.classification.settings import Training
from scaling_down.experiments.contract import Arrays, Job
from scaling_down.experiments.dataset.arrays import dataset_arrays
from scaling_down.experiments.optimisation import sequential_protocol

MODELS = {"logistic": Logistic, "mlp": ResidualMLP, "cnn": CNN, "gru": BiGRU}


def compute(job: Job[Training]) -> Arrays:
    """Return the history: step, losses and accuracies, each [R, T]."""
    settings = job.settings
    dataset = dataset_arrays(settings.dataset, job.reads["dataset"])
    x, x_test = dataset["x"], dataset["x_test"]
    if settings.positions == "shuffled":
        orders = shuffled_positions(job.streams, x.shape[1])
        x, x_test = x[:, orders].swapaxes(0, 1), x_test[:, orders].swapaxes(0, 1)
    data = Data.from_arrays(x, dataset["y"], x_test, dataset["y_test"], job.device)
    model = MODELS[settings.model](job.streams, inputs=x.shape[-1])
    return optimise(
        model, data, sequential_protocol(settings), job.streams, progress=job.progress
    )


def shuffled_positions(streams: Streams, length: int) -> np.ndarray:
    """Return an order of the positions for each replica, [R, length].

    All models of a replica get the same order, so that their comparison is paired.
    """
    return np.stack([g.permutation(length) for g in streams.generators("positions")])
