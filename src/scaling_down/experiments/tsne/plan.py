"""A run for each space and chunk of replicas."""

from collections.abc import Iterator
from typing import Any

from scaling_down.experiments.dataset.digits import digits_in
from scaling_down.experiments.dataset.plan import shared_dataset
from scaling_down.experiments.tsne.settings import Embedded, EmbeddedDigits
from scaling_down.workflow.run import Run, replica_chunks

TABLES = ("summary", "comparisons", "points")
FIGURES = {"tsne": ("png", "pdf")}


def runs(params: Any) -> list[Run]:
    """Return the runs of all spaces; of MNIST only where its folder is given.

    Raises ValueError for a folder without the digits.
    """
    return [*_embeddings(params), *_digit_embeddings(params)]


def _embeddings(params: Any) -> Iterator[Run]:
    section = params.tsne
    for space in section.spaces:
        for replicas in _chunks(params):
            yield Run(
                experiment="tsne",
                step="embed",
                cell=space,
                settings=Embedded(
                    space=space,
                    embedding=section.embedding,
                    neighbours=section.neighbours,
                    training=section.training if space == "trained" else None,
                    dataset=params.dataset.alone(),
                ),
                seed=params.general.seed,
                replicas=replicas,
                reads={"dataset": shared_dataset(params)},
            )


def _digit_embeddings(params: Any) -> Iterator[Run]:
    section = params.tsne
    if section.digits is None:
        return
    digits, files = digits_in(section.digits)
    for replicas in _chunks(params):
        yield Run(
            experiment="tsne",
            step="digits",
            cell="pixels",
            settings=EmbeddedDigits(
                embedding=section.embedding,
                neighbours=section.neighbours,
                digits=digits,
            ),
            seed=params.general.seed,
            replicas=replicas,
            files=files,
        )


def _chunks(params: Any) -> list[tuple[int, ...]]:
    section = params.tsne
    return replica_chunks(params, section.replicas, section.replicas_per_job)
