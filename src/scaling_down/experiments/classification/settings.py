"""The parameters of the classification benchmark."""

from typing import Annotated, Literal

from pydantic import Field

from scaling_down.experiments.dataset.settings import DatasetSection, TrainingSets
from scaling_down.workflow.parameters.sections import (
    AllDifferent,
    Drawing,
    Optimisation,
    Replicas,
)

Model = Literal["logistic", "mlp", "cnn", "gru"]
Positions = Literal["plain", "shuffled"]


class Training(Optimisation):
    """One model on plain or shuffled positions, on one draw of the dataset or many."""

    model: Model
    positions: Positions
    training_sets: TrainingSets
    dataset: DatasetSection


class Study(Optimisation):
    """Four models, plain and shuffled, on one draw of the dataset or on many."""

    models: Annotated[tuple[Model, ...], Field(min_length=1), AllDifferent]
    positions: Annotated[tuple[Positions, ...], Field(min_length=1), AllDifferent]
    training_sets: Annotated[
        tuple[TrainingSets, ...], Field(min_length=1), AllDifferent
    ]
    replicas: Replicas


class Settings(Study):
    """The section of the parameter file."""

    replicas_per_job: Replicas
    drawing: Drawing


STEPS = {"train": Training}
