"""The claims: what the sources say, and which row of which table decides."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    TypeAdapter,
    ValidationError,
    model_validator,
)
from ruamel.yaml import YAML

Value = str | float | int


class Statement(BaseModel):
    """A part of a claim: unknown keys and wrong types are refused."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class Expectation(Statement):
    """The region in which a measured number agrees with the claim."""

    above: float | None = None
    below: float | None = None

    @model_validator(mode="after")
    def _bounded(self) -> "Expectation":
        if self.above is None and self.below is None:
            raise ValueError("a bound above, below or both")
        return self


class Claim(Statement):
    """A claim of a source, and the row of a table that decides on it.

    The row is the one whose columns equal `where`; its interval is held against
    `expect`. `published` words what the source prints.
    """

    id: Annotated[str, Field(pattern=r"^[a-z0-9-]+$")]
    source: str
    statement: str
    published: str
    table: str
    where: dict[str, Value]
    expect: Expectation


def read_claims(path: Path) -> list[Claim]:
    """Return the claims that an experiment's `claims.yaml` states; it may state none.

    Raises ValueError where the file is not a list of claims.
    """
    if not path.exists():
        return []
    values: Any = YAML(typ="safe", pure=True).load(path.read_text(encoding="utf-8"))
    try:
        return TypeAdapter(list[Claim]).validate_python(values)
    except ValidationError as error:
        raise ValueError(f"{path}: {error}") from None


def as_plain(claims: Sequence[Claim]) -> list[dict[str, Any]]:
    """Return the claims as plain values, for a manifest."""
    return [claim.model_dump(mode="json") for claim in claims]
