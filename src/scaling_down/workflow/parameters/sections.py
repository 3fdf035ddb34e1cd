"""The building blocks of the parameter sections: strict, closed and frozen models."""

from pathlib import PurePosixPath
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field


class Section(BaseModel):
    """A section of the parameter file: unknown keys and wrong types are refused."""

    model_config = ConfigDict(
        extra="forbid", strict=True, frozen=True, allow_inf_nan=False
    )

    def only(self, part: type["Section"]) -> dict[str, Any]:
        """Return the values of the fields that `part` has, by name."""
        return {name: getattr(self, name) for name in part.model_fields}


def _inside(folder: str) -> str:
    path = PurePosixPath(folder)
    if path.is_absolute() or ".." in path.parts or str(path) in ("", "."):
        raise ValueError("a folder inside the project, without '..'")
    return str(path)


def _all_different(values: tuple[Any, ...]) -> tuple[Any, ...]:
    if len(set(values)) < len(values):
        raise ValueError("values that are all different")
    return values


Folder = Annotated[
    str, Field(pattern=r"^[A-Za-z0-9_][A-Za-z0-9_./-]*$"), AfterValidator(_inside)
]
AllDifferent = AfterValidator(_all_different)
Count = Annotated[int, Field(ge=1, le=1_000_000_000)]
Replicas = Annotated[int, Field(ge=1, le=1_000_000)]
Rate = Annotated[float, Field(gt=0, le=1000)]
Fraction = Annotated[float, Field(ge=0, le=1)]
Seed = Annotated[int, Field(ge=0, lt=2**32)]
Inches = Annotated[float, Field(gt=0.5, le=40)]


class General(Section):
    """What all experiments share and what shapes their numbers and files."""

    seed: Seed
    results: Folder
    figures: Folder
    full_scale: bool
    banner: Annotated[str, Field(max_length=60, pattern=r"^[\x20-\x7e]*$")]


class Execution(Section):
    """How runs are executed; changes no number and belongs to no run's identity."""

    device: Literal["cpu", "cuda", "auto"]
    instructions: Literal["portable", "native"]


class Drawing(Section):
    """The settings that every experiment's figures have."""

    width: Inches


FreshSamples = Annotated[int, Field(ge=1, le=10_000_000)]
"""Samples of the generator that no training and no test set has."""


class Optimisation(Section):
    """The settings of the optimisation loop that the experiments share."""

    optimizer: Literal["adam", "sgd"]
    learning_rate: Rate
    steps: Count
    batch_size: Count
    evaluate_every: Count
    fresh_samples: FreshSamples


class Updates(Section):
    """Those settings on data of which no generator has fresh samples.

    It stands apart: as a base of the other it would change what that one is, and with
    it the keys of all tables that are made from its settings.
    """

    optimizer: Literal["adam", "sgd"]
    learning_rate: Rate
    steps: Count
    batch_size: Count
    evaluate_every: Count


Width = Annotated[int, Field(ge=1, le=100_000)]


def _each_once(jobs: tuple[tuple[int, ...], ...]) -> tuple[tuple[int, ...], ...]:
    widths = [width for job in jobs for width in job]
    if len(set(widths)) < len(widths):
        raise ValueError("every width once")
    return jobs


JobWidths = Annotated[
    tuple[Annotated[tuple[Width, ...], Field(min_length=1)], ...],
    Field(min_length=1),
    AfterValidator(_each_once),
]
"""The widths of a sweep, as lists of those that one job trains."""
