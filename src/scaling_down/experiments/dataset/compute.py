"""Generate a dataset, and say what it must be wherever it is generated again."""

from scaling_down.experiments.contract import Arrays, Job
from scaling_down.experiments.dataset.arrays import checksum, dataset_arrays
from scaling_down.experiments.dataset.settings import DatasetSection


def compute(job: Job[DatasetSection]) -> Arrays:
    """Return the `checksum` of the dataset.

    Its samples are kept nowhere: whoever needs them generates them in a tenth of a
    second, and checks them against this.
    """
    return {"checksum": checksum(dataset_arrays(job.settings))}
