"""The parameters of the width sweeps."""

from typing import Annotated, Literal

from pydantic import Field

from scaling_down.experiments.dataset.settings import DatasetSection
from scaling_down.workflow.parameters.sections import (
    Count,
    Drawing,
    Fraction,
    JobWidths,
    Rate,
    Replicas,
    Section,
    Width,
)

Kind = Literal["mlp", "cnn"]
Variant = Literal["mlp_clean", "mlp_noise", "cnn_noise"]
KIND_OF: dict[Variant, Kind] = {
    "mlp_clean": "mlp",
    "mlp_noise": "mlp",
    "cnn_noise": "cnn",
}
"""The variants, and the kind of their networks."""
NOISY: dict[Variant, bool] = {"mlp_clean": False, "mlp_noise": True, "cnn_noise": True}
"""The variants, and whether their training labels are noisy."""


class Momentum(Section):
    """Stochastic gradient descent with momentum, over epochs of shuffled batches."""

    learning_rate: Rate
    momentum: Annotated[float, Field(ge=0, lt=1)]
    batch_size: Count
    epochs: Count
    evaluate_every: Count


class Widths(Momentum):
    """Networks of some widths of one variant."""

    variant: Variant
    label_noise: Fraction
    widths: tuple[Width, ...]
    dataset: DatasetSection

    @property
    def kind(self) -> Kind:
        """Return the kind of the networks."""
        return KIND_OF[self.variant]


STEPS = {"widths": Widths}


class Sweep(Section):
    """The networks of one kind, and how often each is trained."""

    widths: JobWidths
    replicas: Replicas


class ReplicasPerJob(Section):
    """How many replicas of each kind train together."""

    mlp: Replicas
    cnn: Replicas


class Study(Momentum):
    """Dense and convolutional networks of many widths, with and without label noise."""

    num_samples: Annotated[int, Field(ge=10, le=100_000_000)]
    train_split: Annotated[float, Field(gt=0, lt=1)]
    label_noise: Fraction
    mlp: Sweep
    cnn: Sweep
    train_error_level: Annotated[float, Field(gt=0, lt=100)]
    train_loss_level: Annotated[float, Field(gt=0, le=10)]
    resamples: Annotated[int, Field(ge=100, le=1_000_000)]

    @property
    def train_samples(self) -> int:
        """Return the number of training samples."""
        return int(self.num_samples * self.train_split)


class Settings(Study):
    """The section of the parameter file."""

    replicas_per_job: ReplicasPerJob
    drawing: Drawing
