"""The inner training that both steps share: a dataset and networks that descend."""

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from scaling_down.engine.batches import batches
from scaling_down.engine.data import Data
from scaling_down.engine.evaluation import SAMPLES_AT_ONCE
from scaling_down.engine.streams import Streams
from scaling_down.engine.unrolled.sgd import UnrolledSGD
from scaling_down.experiments.contract import Job
from scaling_down.experiments.dataset.arrays import dataset_arrays
from scaling_down.experiments.metalearn_lr.settings import Grid, Metalearning


@dataclass(frozen=True)
class InnerTraining:
    """Networks of all replicas, trained from the same initial weights each time."""

    streams: Streams
    data: Data
    hidden: int
    batch_size: int
    inputs: int
    classes: int

    @classmethod
    def of(cls, job: Job[Metalearning] | Job[Grid]) -> "InnerTraining":
        """Return the training of a job's settings on the shared dataset."""
        dataset = dataset_arrays(job.settings.dataset, job.reads["dataset"])
        data = Data.from_arrays(
            dataset["x"], dataset["y"], dataset["x_test"], dataset["y_test"], job.device
        )
        settings, classes = job.settings, int(dataset["y"].max()) + 1
        return cls(
            job.streams, data, settings.hidden, settings.batch_size,
            dataset["x"].shape[1], classes,
        )  # fmt: skip

    def begin(
        self, rates: Tensor
    ) -> tuple[UnrolledSGD, Iterator[tuple[Tensor, Tensor]]]:
        """Return networks at their first step, and the batches, in order.

        `rates` is [R, copies].
        """
        sgd = UnrolledSGD(self.streams, rates, self.inputs, self.hidden, self.classes)
        data = self.data
        order = batches(data.x, data.y, self.batch_size, "sequential", self.streams)
        return sgd, order

    def train_loss(self, sgd: UnrolledSGD) -> Tensor:
        """Return the loss over all training samples as the networks stand."""
        x, y = self.data.x, self.data.y
        parts = (t.split(SAMPLES_AT_ONCE, 1) for t in (x, y))
        sums = [
            sgd.losses(*part).double() * part[1].shape[1]
            for part in zip(*parts, strict=True)
        ]
        return torch.stack(sums).sum(0) / y.shape[1]
