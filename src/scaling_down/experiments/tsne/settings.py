"""The parameters of the t-SNE embeddings."""

from typing import Annotated, Literal

from pydantic import Field

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


STEPS = {"embed": Embedded}


class Study(Section):
    """Samples as they are and as a network has them, embedded from several seeds."""

    spaces: Annotated[tuple[Space, ...], Field(min_length=1), AllDifferent]
    embedding: Embedding
    neighbours: Count
    training: Optimisation
    replicas: Replicas


class Settings(Study):
    """The section of the parameter file."""

    replicas_per_job: Replicas
    drawing: Drawing
