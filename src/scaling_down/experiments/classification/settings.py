"""The parameters of the classification benchmark."""

from typing import Annotated, Literal

from pydantic import Field

from scaling_down.experiments.dataset.settings import DatasetSection
from scaling_down.workflow.parameters.sections import (
    AllDifferent,
    Drawing,
    Optimisation,
    Replicas,
)

Model = Literal["logistic", "mlp", "cnn", "gru"]
Positions = Literal["plain", "shuffled"]


class Training(Optimisation):
    """One model on plain or shuffled positions."""

    model: Model
    positions: Positions
    dataset: DatasetSection


class Study(Optimisation):
    """Four models, plain and shuffled, some replicas each."""

    models: Annotated[tuple[Model, ...], Field(min_length=1), AllDifferent]
    positions: Annotated[tuple[Positions, ...], Field(min_length=1), AllDifferent]
    replicas: Replicas


class Settings(Study):
    """The section of the parameter file."""

    replicas_per_job: Replicas
    drawing: Drawing


STEPS = {"train": Training}
