"""The parameters of the width sweeps."""

from typing import Annotated

from pydantic import Field

from scaling_down.workflow.parameters.sections import (
    Count,
    Drawing,
    Fraction,
    JobWidths,
    Rate,
    Replicas,
    Section,
)

NOISY = {"mlp_clean": False, "mlp_noise": True, "cnn_noise": True}
"""The variants, and whether their training labels are noisy."""


class Sweep(Section):
    """The networks of one kind, and how often each is trained."""

    widths: JobWidths
    replicas: Replicas
    replicas_per_job: Replicas


class Settings(Section):
    """Dense and convolutional networks of many widths, with and without label noise."""

    num_samples: Annotated[int, Field(ge=10, le=100_000_000)]
    train_split: Annotated[float, Field(gt=0, lt=1)]
    label_noise: Fraction
    learning_rate: Rate
    momentum: Annotated[float, Field(ge=0, lt=1)]
    batch_size: Count
    epochs: Count
    evaluate_every: Count
    mlp: Sweep
    cnn: Sweep
    train_error_level: Annotated[float, Field(gt=0, lt=100)]
    train_loss_level: Annotated[float, Field(gt=0, le=10)]
    resamples: Annotated[int, Field(ge=100, le=1_000_000)]
    drawing: Drawing

    def sweep_of(self, variant: str) -> Sweep:
        """Return the sweep of a variant's kind of network."""
        return getattr(self, variant.split("_")[0])
