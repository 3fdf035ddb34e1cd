"""The claims: what the sources say, and which row of which table decides."""

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    TypeAdapter,
    ValidationError,
    model_validator,
)
from ruamel.yaml import YAML, YAMLError

Value = str | float | int
Spread = Annotated[float, Field(ge=0)]
RUNS_WITH_SPREAD = 3
"""The spread of two runs has one degree of freedom: Welch's test rejects too often."""


class Statement(BaseModel):
    """A part of a claim: unknown keys and wrong types are refused."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class Expectation(Statement):
    """The region in which the true mean lies if the words of the claim are true."""

    above: float | None = None
    below: float | None = None

    @model_validator(mode="after")
    def _bounded(self) -> "Expectation":
        if self.above is None and self.below is None:
            raise ValueError("a region needs a bound above, below or both")
        above, below = self.above, self.below
        if above is not None and below is not None and not above < below:
            raise ValueError("a region lies between above and a larger below")
        return self


class Published(Statement):
    """What the source prints: a mean over its runs, or words alone.

    `spread` is the standard deviation over the runs, or those of the two means whose
    difference `value` is. `rounding` is how far the number may lie from what was
    rounded: half a unit of its last digit unless said otherwise.
    """

    value: float | None = None
    runs: Annotated[int, Field(ge=1)] | None = None
    spread: (
        Spread | Annotated[list[Spread], Field(min_length=1, max_length=2)] | None
    ) = None
    rounding: Annotated[float, Field(ge=0)] | None = None
    words: str = ""

    @model_validator(mode="after")
    def _complete(self) -> "Published":
        if self.value is None:
            if not self.words or (self.runs, self.spread, self.rounding) != (None,) * 3:
                raise ValueError("a value with its runs, or words alone")
        elif self.runs is None:
            raise ValueError("a printed value needs the number of its runs")
        elif self.spread is not None and self.runs < RUNS_WITH_SPREAD:
            raise ValueError(f"a spread needs {RUNS_WITH_SPREAD} runs or more")
        return self

    @property
    def spreads(self) -> list[float]:
        """Return the standard deviations behind the value, none if not printed."""
        if self.spread is None:
            return []
        return self.spread if isinstance(self.spread, list) else [self.spread]

    @property
    def half_unit(self) -> float:
        """Return how far the printed number may lie from what was rounded."""
        if self.rounding is not None:
            return self.rounding
        decimals = len(f"{self.value:.10f}".rstrip("0").partition(".")[2])
        return 0.5 * 10.0**-decimals

    def text(self) -> str:
        """Return it as the scorecard shows it."""
        if self.value is None:
            return self.words
        single = self.spread is not None and not isinstance(self.spread, list)
        number = f"{self.value:.10g}" + (f" ± {self.spread:.10g}" if single else "")
        return f"{number} ({self.words})" if self.words else number


class Claim(Statement):
    """A claim, and the row of a table that decides on it.

    A `claim` is a source's; an `exploratory` statement is ours, stated when the first
    `stated_on` replicas had been seen; a `check` holds by symmetry and tests the
    experiment. The row is the one whose columns equal `where`: its interval is held
    against `expect`, and the `published` value against its mean. `reason` says why no
    value is published, or, without `where` and `expect`, why nothing can be judged.
    A `headline` is shown first, on the project's front page. `needs` says what must be
    given for the row to be there, where the default parameters do not give it: without
    its row such a claim is not judged.
    """

    id: Annotated[str, Field(pattern=r"^[a-z0-9-]+$")]
    kind: Literal["claim", "exploratory", "check"]
    source: str
    statement: str
    published: Published | None = None
    reason: str = ""
    table: str = "summary"
    where: dict[str, Value] | None = None
    expect: Expectation | None = None
    stated_on: Annotated[int, Field(ge=0)] | None = None
    headline: bool = False
    needs: str = ""

    @model_validator(mode="after")
    def _complete(self) -> "Claim":
        if self.published is None and not self.reason:
            raise ValueError("what is published, or the reason why nothing is")
        if self.expect is None and (self.where is not None or not self.reason):
            raise ValueError("a region to expect, or the reason why none can be judged")
        if self.expect is not None and self.where is None:
            raise ValueError("where to find the row that decides")
        if (self.kind == "exploratory") != (self.stated_on is not None):
            raise ValueError("stated_on for what is exploratory, and for nothing else")
        return self


def read_claims(path: Path, tables: Collection[str] | None = None) -> list[Claim]:
    """Return the claims that an experiment's `claims.yaml` states; it may state none.

    Raises ValueError, in one line, where the file is no list of claims, an id stands
    twice, or a claim is of none of the `tables`, where these are given.
    """
    if not path.exists():
        return []
    try:
        values: Any = YAML(typ="safe", pure=True).load(path.read_text(encoding="utf-8"))
        claims = TypeAdapter(list[Claim]).validate_python(values)
    except YAMLError as error:
        raise ValueError(f"{path}: {' '.join(str(error).split())}") from None
    except ValidationError as error:
        raise ValueError(f"{path}: {_one_line(error, values)}") from None
    for number, claim in enumerate(claims):
        if claim.id in (other.id for other in claims[:number]):
            raise ValueError(f"{path}: {claim.id}: this id stands twice")
        if tables is not None and claim.table not in tables:
            raise ValueError(f"{path}: {claim.id}: there is no table {claim.table}")
    return claims


def as_plain(claims: Sequence[Claim]) -> list[dict[str, Any]]:
    """Return the claims as plain values, for a manifest."""
    return [claim.model_dump(mode="json") for claim in claims]


def of_plain(values: Mapping[str, Any]) -> Claim:
    """Return the claim of plain values; a manifest's further keys are left out."""
    return Claim(**{name: values[name] for name in Claim.model_fields})


def _one_line(error: ValidationError, values: Any) -> str:
    """Word the first mistake: which claim, which key, what is wrong."""
    first = error.errors()[0]
    said = first["msg"].removeprefix("Value error, ")
    if not first["loc"]:
        return said
    number, *keys = first["loc"]
    claim = values[number] if isinstance(values[number], dict) else {}
    name = str(claim.get("id", f"claim {int(number) + 1}"))
    return ": ".join(filter(None, (name, ".".join(map(str, keys)), said)))
