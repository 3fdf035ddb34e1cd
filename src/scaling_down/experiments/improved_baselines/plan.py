"""A run for each recipe, number of samples and chunk of replicas."""

from collections.abc import Iterator
from typing import Any

from scaling_down.experiments.dataset.plan import shared_dataset
from scaling_down.experiments.improved_baselines.settings import (
    Protocol,
    Recipe,
    Settings,
    Training,
)
from scaling_down.workflow.run import Run, replica_chunks

TABLES = ("summary", "comparisons", "curves", "search", "replicas")
FIGURES = {
    f"improved_baselines_{what}": ("png", "pdf")
    for what in ("accuracies", "sizes", "augmentation")
}
MULTIPLE = 8
"""Of the positions that the residual network halves three times."""
Cell = tuple[Recipe, int]
"""A recipe and a number of training samples."""


def runs(params: Any) -> list[Run]:
    """Return all runs; what is trained for two purposes is one run.

    Raises ValueError where the residual network cannot halve the positions.
    """
    section, shared = params.improved_baselines, shared_dataset(params)
    positions = params.dataset.final_seq_length
    if positions % MULTIPLE:
        raise ValueError(
            f"dataset.final_seq_length: given {positions}, allowed: multiples of"
            f" {MULTIPLE}, which improved_baselines halves three times"
        )
    replicas: dict[Cell, int] = {}
    for cell, count in _cells(section):
        replicas[cell] = max(count, replicas.get(cell, 0))
    return [
        Run(
            experiment="improved_baselines",
            step="train",
            cell=_name(cell),
            settings=Training(
                recipe=cell[0],
                n_train=cell[1],
                dataset=params.dataset.alone(),
                **section.only(Protocol),
            ),
            seed=params.general.seed,
            replicas=chunk,
            reads={"dataset": shared},
        )
        for cell, count in replicas.items()
        for chunk in replica_chunks(params, count, section.replicas_per_job)
    ]


def _cells(section: Settings) -> Iterator[tuple[Cell, int]]:
    """Yield recipes and numbers of samples, with replicas, the longest runs first."""
    for arm in reversed(section.arms):
        yield (section.recipe(arm), section.n_train), section.arms[arm].replicas
    for n_train in section.sizes.train_sizes:
        yield (section.recipe("dense"), n_train), section.sizes.replicas
    for arm, grid in section.search.grids.items():
        for candidate in grid.candidates(section.recipe(arm)):
            yield (candidate, section.n_train), section.search.replicas


def _name(cell: Cell) -> str:
    recipe, n_train = cell
    augmented = "" if recipe.max_shift is None else f"-shift{recipe.max_shift:g}"
    rates = f"{recipe.learning_rate:g}-{recipe.weight_decay:g}{augmented}"
    return f"{recipe.network}-{recipe.width}-{rates}-{n_train}"
