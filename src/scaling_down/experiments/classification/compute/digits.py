"""Train one model on the pixels of MNIST."""

from scaling_down.engine.data import Data
from scaling_down.engine.training import optimise
from scaling_down.experiments.classification.models import MODELS
from scaling_down.experiments.classification.settings import DigitTraining
from scaling_down.experiments.contract import Arrays, Job
from scaling_down.experiments.dataset.digits import digit_arrays
from scaling_down.experiments.optimisation import sequential_protocol


def compute(job: Job[DigitTraining]) -> Arrays:
    """Return the history of `optimise`: step, losses, accuracies.

    The benchmark's models, with the pixels in the order of rows where the positions of
    MNIST-1D were.
    """
    settings = job.settings
    arrays = digit_arrays(settings.digits, job.files)
    data = Data.from_arrays(
        arrays["x"], arrays["y"], arrays["x_test"], arrays["y_test"], job.device
    )
    model = MODELS[settings.model](job.streams, inputs=arrays["x"].shape[1])
    return optimise(
        model, data, sequential_protocol(settings), job.streams, progress=job.progress
    )
