"""The parameters of the comparison of pooling methods."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from scaling_down.experiments.dataset.settings import DatasetSection, train_samples
from scaling_down.workflow.parameters.sections import (
    AllDifferent,
    Count,
    Drawing,
    Optimisation,
    Replicas,
    Section,
)

Variant = Literal[
    "no_pool",
    "stride_2",
    "max",
    "average",
    "l2",
    "blur",
    "global_average",
    "head_average",
    "head_stride",
]
Arm = Literal["equal_steps", "equal_epochs"]
Sizes = Annotated[tuple[Count, ...], Field(min_length=1), AllDifferent]
Shift = Annotated[int, Field(ge=1, le=39)]


class Training(Optimisation):
    """Networks of one variant on some samples of the pool."""

    variant: Variant
    n_train: Count
    shifts: Annotated[tuple[Shift, ...], Field(min_length=1), AllDifferent]
    dataset: DatasetSection


STEPS = {"train": Training}


class EqualEpochs(Section):
    """An arm in which each sample is seen as often at all numbers of samples."""

    epochs: Count
    train_sizes: Sizes


class Study(Optimisation):
    """All variants at all numbers of training samples, some replicas each."""

    variants: Annotated[tuple[Variant, ...], Field(min_length=1), AllDifferent]
    train_sizes: Sizes
    equal_epochs: EqualEpochs
    num_samples: Annotated[int, Field(ge=10, le=100_000_000)]
    train_split: Annotated[float, Field(gt=0, lt=1)]
    shifts: Annotated[tuple[Shift, ...], Field(min_length=1), AllDifferent]
    replicas: Replicas

    @model_validator(mode="after")
    def _legal_together(self) -> "Study":
        most = train_samples(self.num_samples, self.train_split)
        if max(*self.train_sizes, *self.equal_epochs.train_sizes) > most:
            raise ValueError(
                f"train_sizes up to {most}, by num_samples and train_split"
            )
        return self

    @property
    def arms(self) -> dict[Arm, dict[int, int]]:
        """Return the steps that each arm takes, by number of training samples.

        Where both arms take as many, they share the networks.
        """
        arm = self.equal_epochs
        return {
            "equal_steps": dict.fromkeys(self.train_sizes, self.steps),
            "equal_epochs": {
                n: arm.epochs * -(-n // self.batch_size) for n in arm.train_sizes
            },
        }


class Settings(Study):
    """The section of the parameter file."""

    replicas_per_job: Replicas
    drawing: Drawing
