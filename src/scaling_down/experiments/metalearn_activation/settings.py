"""The parameters of the metalearned activation."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from scaling_down.experiments.dataset.settings import DatasetSection
from scaling_down.workflow.parameters.sections import (
    AllDifferent,
    Count,
    Drawing,
    Fraction,
    FreshSamples,
    Rate,
    Replicas,
    Section,
    Seed,
    Width,
)

Shape = Literal["relu", "elu", "swish", "tanh", "softplus", "sigmoid", "sin"]
GainShape = Literal["relu", "swish"]
Family = Literal["learned", "relu_gains", "swish_gains"]
MetaProtocol = Literal["published", "corrected"]
Scenario = Literal["seen", "unseen", "dataset", "longer"]

SHAPES: dict[Family, Shape] = {
    "learned": "elu", "relu_gains": "relu", "swish_gains": "swish"
}  # fmt: skip
"""The known function that each metalearned activation begins with."""
SCENARIOS: tuple[Scenario, ...] = ("seen", "unseen", "dataset", "longer")
Noise = Annotated[float, Field(ge=0, le=10)]


class Inner(Section):
    """The inner training: a network of one hidden layer, by RMSProp.

    The outer loss is the mean of the last `counted` losses.
    """

    hidden: Width
    noise: Noise
    learning_rate: Rate
    decay: Fraction
    steps: Count
    batch_size: Count
    counted: Count
    test_samples: Count

    @model_validator(mode="after")
    def _legal_together(self) -> "Inner":
        if self.counted > self.steps:
            raise ValueError(f"counted up to steps, {self.steps}")
        return self


class Outer(Section):
    """The outer training: stochastic gradient descent on the activation."""

    hidden: Annotated[tuple[Width, ...], Field(min_length=1)]
    share: Annotated[float, Field(gt=0, le=10)]
    steps: Annotated[int, Field(ge=3, le=1_000_000)]
    learning_rate: Rate
    momentum: Annotated[float, Field(ge=0, lt=1)]
    clamp: Annotated[float, Field(gt=0, le=1e6)]


class GridSection(Section):
    """The table that stands for an activation: its reach and nodes a unit."""

    reach: Annotated[int, Field(ge=2, le=1000)]
    resolution: Literal[16, 32, 64, 128, 256, 512, 1024]


class Metalearning(Section):
    """An activation that is learned through inner trainings."""

    family: Family
    protocol: MetaProtocol
    inner: Inner
    outer: Outer
    grid: GridSection
    dataset: DatasetSection


class Circumstance(Section):
    """A scenario: on which samples networks are trained, and for how many steps.

    `seen` is the training that the published protocol learns on; the others have
    initial weights and orders of samples of their own.
    """

    scenario: Scenario
    steps: Count
    dataset: DatasetSection


class Comparison(Section):
    """Inner trainings with one activation, in all circumstances, at all rates.

    It is a metalearned one, which is read and has `family`, `protocol` and `outer`, or
    a known `shape`. `problems` are the unseen trainings of each replica.
    """

    family: Family | None = None
    protocol: MetaProtocol | None = None
    outer: Outer | None = None
    shape: Shape | None = None
    circumstances: tuple[Circumstance, ...]
    learning_rates: tuple[Rate, ...]
    problems: Count
    fresh_samples: FreshSamples
    inner: Inner
    grid: GridSection

    @property
    def activation(self) -> str:
        """The activation's name: its family, or the shape that it is."""
        return self.family or self.shape or ""


STEPS = {"metalearn": Metalearning, "comparison": Comparison}


class Transfer(Section):
    """What no activation has seen: other initial weights, data, and lengths."""

    problems: Count
    dataset_seed: Seed
    dataset_length: Annotated[int, Field(ge=1, le=100_000)]
    longer_steps: Count


class Study(Section):
    """Metalearned activations, and known ones beside them."""

    num_samples: Annotated[int, Field(ge=10, le=100_000_000)]
    inner: Inner
    outer: Outer
    grid: GridSection
    protocols: Annotated[tuple[MetaProtocol, ...], Field(min_length=1), AllDifferent]
    gains: Annotated[tuple[GainShape, ...], AllDifferent]
    baselines: Annotated[tuple[Shape, ...], Field(min_length=1), AllDifferent]
    learning_rates: Annotated[tuple[Rate, ...], Field(min_length=1), AllDifferent]
    fresh_samples: FreshSamples
    transfer: Transfer
    replicas: Replicas

    @property
    def families(self) -> tuple[Family, ...]:
        """Return the metalearned activations: the network, and shapes with gains."""
        gains: dict[GainShape, Family] = {"relu": "relu_gains", "swish": "swish_gains"}
        return ("learned", *(gains[shape] for shape in self.gains))

    @model_validator(mode="after")
    def _legal_together(self) -> "Study":
        if self.inner.learning_rate not in self.learning_rates:
            raise ValueError(
                f"learning_rates among which is inner's, {self.inner.learning_rate}"
            )
        if self.transfer.longer_steps < self.inner.steps:
            raise ValueError(f"longer_steps from inner's, {self.inner.steps}, up")
        return self


class Settings(Study):
    """The section of the parameter file."""

    replicas_per_job: Replicas
    drawing: Drawing
