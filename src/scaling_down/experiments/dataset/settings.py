"""The parameters of the dataset, in upstream's terms."""

from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from scaling_down.dataset.settings import DatasetSettings
from scaling_down.workflow.parameters.sections import Count, Drawing, Section, Seed

NonNegative = Annotated[int, Field(ge=0, le=100_000)]
Scale = Annotated[float, Field(ge=0, le=1e6)]


TrainingSets = Literal["shared", "own"]
"""Whether all replicas learn from one draw of the dataset, or each from its own."""


def train_samples(num_samples: int, train_split: float) -> int:
    """Return how many of so many samples are trained on; raises ValueError for none."""
    return DatasetSettings(num_samples=num_samples, train_split=train_split).num_train


class DatasetSection(Section):
    """What `scaling_down.dataset.make_dataset` takes."""

    num_samples: Annotated[int, Field(ge=10, le=100_000_000)]
    train_split: Annotated[float, Field(gt=0, lt=1)]
    template_len: Count
    padding: tuple[NonNegative, NonNegative]
    scale_coeff: Scale
    max_translation: Count
    corr_noise_scale: Scale
    iid_noise_scale: Scale
    shear_scale: Scale
    shuffle_seq: bool
    final_seq_length: Count
    seed: Seed

    @model_validator(mode="after")
    def _legal_together(self) -> "DatasetSection":
        DatasetSettings(**self.arguments())
        return self

    def arguments(self) -> dict[str, Any]:
        """Return the arguments of `make_dataset`."""
        return self.model_dump(mode="json", include=set(DatasetSection.model_fields))

    def alone(self, **changes: object) -> "DatasetSection":
        """Return what makes the dataset and nothing else, some of it changed."""
        return DatasetSection.model_validate({**self.only(DatasetSection), **changes})


class DatasetDrawing(Drawing):
    """How the dataset's figures are drawn."""

    samples_per_class: Annotated[int, Field(ge=1, le=30)]


class Study(DatasetSection):
    """The dataset that the experiments share, and what is shown of it."""

    chain_sample: NonNegative

    @model_validator(mode="after")
    def _has_the_sample(self) -> "Study":
        of_each = DatasetSettings(**self.arguments()).samples_per_class
        if self.chain_sample >= of_each:
            raise ValueError(f"chain_sample below {of_each}, by num_samples")
        return self


class Settings(Study):
    """The section of the parameter file."""

    drawing: DatasetDrawing


STEPS = {"generate": DatasetSection}
