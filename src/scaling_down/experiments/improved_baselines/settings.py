"""The parameters of the stronger baselines."""

from collections.abc import Iterator
from itertools import product
from typing import Annotated, Literal

from pydantic import Field, model_validator

from scaling_down.experiments.dataset.settings import DatasetSection
from scaling_down.workflow.parameters.sections import (
    AllDifferent,
    Count,
    Drawing,
    FreshSamples,
    Rate,
    Replicas,
    Section,
)

Network = Literal["dense", "cnn", "dilated_cnn", "resnet", "tcn"]
Arm = Literal["dense", "cnn", "dense_augmented", "dilated_cnn", "resnet", "tcn"]
Width = Annotated[int, Field(ge=1, le=10_000)]
Decay = Annotated[float, Field(ge=0, le=10)]
Shift = Annotated[float, Field(ge=0, le=1000)]


class Recipe(Section):
    """A network and how it is trained, with Adam.

    `max_shift` is in positions; without it nothing is augmented.
    """

    network: Network
    width: Width
    learning_rate: Rate
    learning_rate_schedule: Literal["constant", "cosine"]
    weight_decay: Decay
    max_shift: Shift | None
    steps: Count


class Protocol(Section):
    """What all networks have in common: batches, validation, evaluations."""

    batch_size: Count
    validation_share: Annotated[float, Field(gt=0, le=0.9)]
    evaluate_every: Count
    fresh_samples: FreshSamples


class Training(Protocol):
    """Networks of one recipe on so many samples, those held out included."""

    recipe: Recipe
    n_train: Annotated[int, Field(ge=2, le=10_000_000)]
    dataset: DatasetSection


STEPS = {"train": Training}


class ArmSection(Recipe):
    """A recipe, and how many replicas are trained by it."""

    replicas: Replicas


class Grid(Section):
    """What a search tries, every value with every other."""

    width: Annotated[tuple[Width, ...], Field(min_length=1), AllDifferent]
    learning_rate: Annotated[tuple[Rate, ...], Field(min_length=1), AllDifferent]
    weight_decay: Annotated[tuple[Decay, ...], Field(min_length=1), AllDifferent]
    max_shift: Annotated[tuple[Shift | None, ...], Field(min_length=1), AllDifferent]

    def candidates(self, recipe: Recipe) -> Iterator[Recipe]:
        """Yield every recipe that differs from this one in what is tried alone."""
        names = Grid.model_fields
        for values in product(*(getattr(self, name) for name in names)):
            changes = dict(zip(names, values, strict=True))
            yield Recipe(**{**recipe.only(Recipe), **changes})


class Search(Section):
    """The search for architectures and penalties, on validation samples alone."""

    replicas: Replicas
    grids: dict[Arm, Grid]


class Sizes(Section):
    """The dense network on other numbers of samples."""

    train_sizes: Annotated[
        tuple[Annotated[int, Field(ge=10, le=10_000_000)], ...],
        Field(min_length=1),
        AllDifferent,
    ]
    replicas: Replicas


class Study(Protocol):
    """All arms, the numbers of samples, and the search behind the arms."""

    n_train: Annotated[int, Field(ge=10, le=10_000_000)]
    arms: dict[Arm, ArmSection]
    sizes: Sizes
    search: Search

    @model_validator(mode="after")
    def _legal_together(self) -> "Study":
        if "dense" not in self.arms:
            raise ValueError("arms with 'dense', which learns from other numbers too")
        for arm, grid in self.search.grids.items():
            if arm not in self.arms:
                raise ValueError(f"a search for {arm!r}, but there is no such arm")
            if self.recipe(arm) not in grid.candidates(self.recipe(arm)):
                raise ValueError(f"the arm {arm!r} is not one that its search tries")
        return self

    def recipe(self, arm: Arm) -> Recipe:
        """Return the recipe of an arm."""
        return Recipe(**self.arms[arm].only(Recipe))


class Settings(Study):
    """The section of the parameter file."""

    replicas_per_job: Replicas
    drawing: Drawing
