"""The parameters of contrastive learning and of the probes of its layers."""

from typing import Annotated, Literal

from pydantic import Field

from scaling_down.experiments.dataset.settings import DatasetSection
from scaling_down.workflow.parameters.sections import (
    AllDifferent,
    Count,
    Drawing,
    Rate,
    Replicas,
    Section,
    Width,
)

Projector = Literal["default", "none", "deep"]
Loss = Literal["one_sided", "two_sided"]
TrainedOn = Literal["train", "train_and_test"]
Augmentation = Literal["shift", "slope", "offset"]
Augmentations = Annotated[tuple[Augmentation, ...], AllDifferent]
Spread = Annotated[float, Field(ge=0, le=1000)]

PROJECTOR_WIDTHS: dict[Projector, tuple[int, ...]] = {
    "default": (125, 16),
    "none": (),
    "deep": (125, 125, 125, 16),
}
"""Widths of the dense layers on the convolutions."""
CONDITIONS = ("projector", "network", "loss", "trained_on", "augmentations")
"""The columns that name an arm in tables."""
CONVOLUTIONS = 3
"""The layer before the projector, counted from the input, which is layer 0."""


class Contrastive(Section):
    """How the networks are trained, and on what views of the samples."""

    learning_rate: Rate
    batch_size: Count
    temperature: Rate
    max_shift: Count
    slope_sd: Spread
    offset_sd: Spread


class Probes(Section):
    """How the features of a layer are classified."""

    c_values: Annotated[tuple[Rate, ...], Field(min_length=1), AllDifferent]
    validation: Annotated[float, Field(gt=0, le=0.9)]
    tolerance: Annotated[float, Field(gt=0, le=1)]
    neighbours: Count
    dimension: Width


class Arm(Section):
    """What the arms differ in; without epochs the networks stay untrained."""

    projector: Projector
    epochs: Annotated[int, Field(ge=0, le=1_000_000)]
    loss: Loss
    trained_on: TrainedOn
    augmentations: Augmentations

    @property
    def name(self) -> str:
        """Return a short name for people."""
        length = "trained" if self.epochs else "untrained"
        views = "-".join(self.augmentations) or "unchanged"
        return f"{self.projector}-{length}-{self.loss}-{self.trained_on}-{views}"

    @property
    def columns(self) -> dict[str, str]:
        """Return the columns that name the arm in tables: CONDITIONS."""
        network = "trained" if self.epochs else "untrained"
        views = "+".join(self.augmentations) or "none"
        values = (self.projector, network, self.loss, self.trained_on, views)
        return dict(zip(CONDITIONS, values, strict=True))


class Training(Contrastive, Arm):
    """The networks of one arm: trained, then probed layer by layer."""

    probes: Probes
    dataset: DatasetSection


STEPS = {"train": Training}


class Study(Contrastive):
    """Three projectors, trained and not, and variations of the first of them."""

    projectors: Annotated[tuple[Projector, ...], Field(min_length=1), AllDifferent]
    epochs: Count
    losses: Annotated[tuple[Loss, ...], Field(min_length=1), AllDifferent]
    trained_on: Annotated[tuple[TrainedOn, ...], Field(min_length=1), AllDifferent]
    augmentations: Annotated[
        tuple[Augmentations, ...], Field(min_length=1), AllDifferent
    ]
    probes: Probes
    replicas: Replicas

    def arm(self, **changes: object) -> Arm:
        """Return the arm of the first value of each list, some of them changed."""
        base = Arm(
            projector=self.projectors[0],
            epochs=self.epochs,
            loss=self.losses[0],
            trained_on=self.trained_on[0],
            augmentations=self.augmentations[0],
        )
        return base.model_copy(update=changes)

    @property
    def arms(self) -> list[Arm]:
        """Return every projector, trained and not, and what else is varied.

        Each further loss, choice of samples and set of augmentations is an arm that
        differs from the first in this alone.
        """
        return [
            *(self.arm(projector=projector) for projector in self.projectors),
            *(self.arm(projector=projector, epochs=0) for projector in self.projectors),
            *(self.arm(loss=loss) for loss in self.losses[1:]),
            *(self.arm(trained_on=samples) for samples in self.trained_on[1:]),
            *(self.arm(augmentations=names) for names in self.augmentations[1:]),
        ]


class Settings(Study):
    """The section of the parameter file."""

    replicas_per_job: Replicas
    drawing: Drawing
