"""The parameters of the width sweeps."""

from typing import Annotated, Literal, NamedTuple

from pydantic import Field, model_validator

from scaling_down.experiments.dataset.settings import (
    DatasetSection,
    TrainingSets,
    train_samples,
)
from scaling_down.workflow.parameters.sections import (
    Count,
    Drawing,
    Fraction,
    FreshSamples,
    JobWidths,
    Rate,
    Replicas,
    Section,
    Width,
)

Kind = Literal["mlp", "cnn"]
KINDS: tuple[Kind, ...] = ("mlp", "cnn")
Variant = Literal["mlp_clean", "mlp_noise", "mlp_noise_own", "cnn_noise", "cnn_clean"]


class Condition(NamedTuple):
    """What a variant is: its networks, whether labels are noisy, its training sets."""

    kind: Kind
    noisy: bool
    training_sets: TrainingSets


VARIANTS: dict[Variant, Condition] = {
    "mlp_clean": Condition("mlp", noisy=False, training_sets="shared"),
    "mlp_noise": Condition("mlp", noisy=True, training_sets="shared"),
    "mlp_noise_own": Condition("mlp", noisy=True, training_sets="own"),
    "cnn_noise": Condition("cnn", noisy=True, training_sets="shared"),
    "cnn_clean": Condition("cnn", noisy=False, training_sets="shared"),
}


class Momentum(Section):
    """Stochastic gradient descent with momentum, over epochs of shuffled batches."""

    learning_rate: Rate
    momentum: Annotated[float, Field(ge=0, lt=1)]
    batch_size: Count
    epochs: Count
    evaluate_every: Count
    fresh_samples: FreshSamples


class Widths(Momentum):
    """Networks of some widths of one variant."""

    kind: Kind
    training_sets: TrainingSets
    label_noise: Fraction
    widths: tuple[Width, ...]
    dataset: DatasetSection


STEPS = {"widths": Widths}


class WidthsOfKinds(Section):
    """The widths of each kind of networks."""

    mlp: JobWidths
    cnn: JobWidths


class WidthsShown(Section):
    """The widths whose errors are followed while they train, by kind."""

    mlp: Annotated[tuple[Width, ...], Field(min_length=1)]
    cnn: Annotated[tuple[Width, ...], Field(min_length=1)]


class ReplicasOfVariants(Section):
    """How often the networks of each variant are trained."""

    mlp_clean: Replicas
    mlp_noise: Replicas
    mlp_noise_own: Replicas
    cnn_noise: Replicas
    cnn_clean: Replicas


class ReplicasPerJob(Section):
    """How many replicas of each kind train together."""

    mlp: Replicas
    cnn: Replicas


class Study(Momentum):
    """Dense and convolutional networks of many widths, with and without label noise."""

    num_samples: Annotated[int, Field(ge=10, le=100_000_000)]
    train_split: Annotated[float, Field(gt=0, lt=1)]
    label_noise: Annotated[float, Field(gt=0, le=1)]
    widths: WidthsOfKinds
    replicas: ReplicasOfVariants
    widths_by_epoch: WidthsShown
    train_error_level: Annotated[float, Field(gt=0, lt=100)]
    train_loss_level: Annotated[float, Field(gt=0, le=10)]
    resamples: Annotated[int, Field(ge=100, le=1_000_000)]

    @model_validator(mode="after")
    def _legal_together(self) -> "Study":
        train_samples(self.num_samples, self.train_split)
        for kind in KINDS:
            trained = {w for job in getattr(self.widths, kind) for w in job}
            if not set(getattr(self.widths_by_epoch, kind)) <= trained:
                raise ValueError(f"widths_by_epoch.{kind} among widths.{kind}")
        return self

    def noise_of(self, variant: Variant) -> float:
        """Return the share of the training labels that a variant replaces."""
        return self.label_noise if VARIANTS[variant].noisy else 0.0

    @property
    def train_samples(self) -> int:
        """Return the number of training samples."""
        return train_samples(self.num_samples, self.train_split)


class Settings(Study):
    """The section of the parameter file."""

    replicas_per_job: ReplicasPerJob
    drawing: Drawing
