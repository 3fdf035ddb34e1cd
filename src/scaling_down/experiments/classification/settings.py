"""The parameters of the classification benchmark."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from scaling_down.experiments.dataset.digits import Digits, DigitsFolder
from scaling_down.experiments.dataset.settings import DatasetSection, TrainingSets
from scaling_down.workflow.parameters.sections import (
    AllDifferent,
    Drawing,
    Optimisation,
    Replicas,
    Updates,
)

Model = Literal["logistic", "mlp", "cnn", "gru"]
Positions = Literal["plain", "shuffled"]


class Training(Optimisation):
    """One model on plain or shuffled positions, on one draw of the dataset or many."""

    model: Model
    positions: Positions
    training_sets: TrainingSets
    dataset: DatasetSection


class DigitTraining(Updates):
    """One model on the pixels of MNIST."""

    model: Model
    digits: Digits


class Study(Optimisation):
    """Four models, plain and shuffled, on one draw of the dataset or on many.

    Without positions they learn nothing but MNIST.
    """

    models: Annotated[tuple[Model, ...], Field(min_length=1), AllDifferent]
    positions: Annotated[tuple[Positions, ...], AllDifferent]
    training_sets: Annotated[
        tuple[TrainingSets, ...], Field(min_length=1), AllDifferent
    ]
    replicas: Replicas


class Settings(Study):
    """The section of the parameter file."""

    digits: DigitsFolder | None
    replicas_per_job: Replicas
    drawing: Drawing

    @model_validator(mode="after")
    def _learns_something(self) -> "Settings":
        if not self.positions and self.digits is None:
            raise ValueError("positions, or a folder of digits, or both")
        return self


STEPS = {"train": Training, "digits": DigitTraining}
