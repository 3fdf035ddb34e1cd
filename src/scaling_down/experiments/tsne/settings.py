"""The parameters of the t-SNE embeddings."""

from typing import Annotated, Literal

from pydantic import model_validator

from scaling_down.experiments.dataset.digits import Digits, DigitsFolder
from scaling_down.experiments.dataset.settings import DatasetSection
from scaling_down.workflow.parameters.sections import (
    AllDifferent,
    Count,
    Drawing,
    Optimisation,
    Rate,
    Replicas,
    Section,
)

Space = Literal["pixels", "untrained", "trained"]


class Embedding(Section):
    """How t-SNE embeds, in openTSNE's terms."""

    perplexity: Rate
    early_exaggeration: Rate
    early_exaggeration_iter: Count
    n_iter: Count


class Embedded(Section):
    """One space, embedded; `training` is that of the network, where there is one."""

    space: Space
    embedding: Embedding
    neighbours: Count
    training: Optimisation | None
    dataset: DatasetSection


class EmbeddedDigits(Section):
    """The pixels of MNIST, embedded."""

    embedding: Embedding
    neighbours: Count
    digits: Digits


STEPS = {"embed": Embedded, "digits": EmbeddedDigits}


class Study(Section):
    """Samples as they are and as a network has them, embedded from several seeds.

    Without spaces nothing is embedded but MNIST.
    """

    spaces: Annotated[tuple[Space, ...], AllDifferent]
    embedding: Embedding
    neighbours: Count
    training: Optimisation
    replicas: Replicas


class Settings(Study):
    """The section of the parameter file."""

    digits: DigitsFolder | None
    replicas_per_job: Replicas
    drawing: Drawing

    @model_validator(mode="after")
    def _embeds_something(self) -> "Settings":
        if not self.spaces and self.digits is None:
            raise ValueError("spaces, or a folder of digits, or both")
        return self
