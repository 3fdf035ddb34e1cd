"""A run for each model, order of positions, kind of training sets and chunk."""

from collections.abc import Iterator
from itertools import product
from typing import Any

from scaling_down.experiments.classification.settings import DigitTraining, Training
from scaling_down.experiments.dataset.digits import MNIST, digits_in
from scaling_down.experiments.dataset.plan import shared_dataset
from scaling_down.workflow.parameters.sections import Optimisation, Updates
from scaling_down.workflow.run import Plot, Run, replica_chunks

TABLES = ("summary", "comparisons", "curves", "errors", "table1", "plot")
FIGURES = {"classification": ("png", "pdf")}


def runs(params: Any) -> list[Run]:
    """Return all runs of the benchmark; those on MNIST only where its folder is given.

    Raises ValueError for a folder without the digits.
    """
    return [*_trainings(params), *_digit_trainings(params)]


def _trainings(params: Any) -> Iterator[Run]:
    section = params.classification
    shared = shared_dataset(params)
    for model, positions, training_sets in _cells(section):
        for replicas in _chunks(params):
            yield Run(
                experiment="classification",
                step="train",
                cell=f"{model}-{positions}-{training_sets}",
                settings=Training(
                    model=model,
                    positions=positions,
                    training_sets=training_sets,
                    dataset=params.dataset.alone(),
                    **section.only(Optimisation),
                ),
                seed=params.general.seed,
                replicas=replicas,
                reads={"dataset": shared} if training_sets == "shared" else {},
            )


def _digit_trainings(params: Any) -> Iterator[Run]:
    section = params.classification
    if section.digits is None:
        return
    digits, files = digits_in(section.digits)
    for model in section.models:
        settings = DigitTraining(model=model, digits=digits, **section.only(Updates))
        for replicas in _chunks(params):
            yield Run(
                experiment="classification",
                step="digits",
                cell=model,
                settings=settings,
                seed=params.general.seed,
                replicas=replicas,
                files=files,
            )


def _cells(section: Any) -> Iterator[tuple[Any, Any, Any]]:
    return product(section.models, section.positions, section.training_sets)


def _chunks(params: Any) -> list[tuple[int, ...]]:
    section = params.classification
    return replica_chunks(params, section.replicas, section.replicas_per_job)


def plot(params: Any) -> Plot:
    """Return what `dvc plots` shows: the mean test accuracy by step."""
    section = params.classification
    cells = [*map("_".join, _cells(section))]
    if section.digits is not None:
        cells += [f"{model}_plain_{MNIST}" for model in section.models]
    return Plot("step", cells, "Test accuracy (%)")
