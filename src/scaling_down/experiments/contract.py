"""What an experiment's `compute(job)` and `summarise(study, results)` are given."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import numpy as np

from scaling_down.engine.streams import Streams
from scaling_down.workflow.parameters.sections import Section

if TYPE_CHECKING:
    import torch

Arrays = dict[str, np.ndarray]
S = TypeVar("S", bound=Section)


@dataclass(frozen=True)
class Job(Generic[S]):
    """One run to compute.

    `settings` are those of the run's step. `reads` holds the arrays of the runs that
    it reads, by name, cut to the replicas of this job; `files` are those of its plan.
    Every array that `compute` returns has the replica as axis 0, unless the run has no
    replicas. `progress(done, total)` may be called now and then.
    """

    settings: S
    streams: Streams
    reads: Mapping[str, Arrays]
    device: torch.device
    progress: Callable[[int, int], None]
    files: Mapping[str, Path] = field(default_factory=dict)


@dataclass(frozen=True)
class Result(Generic[S]):
    """What is known of a cell: its settings and the arrays of all its replicas."""

    settings: S
    replicas: tuple[int, ...]
    arrays: Arrays


class Results:
    """The results of all cells of an experiment, found by what they are."""

    def __init__(self, results: Iterable[Result[Any]]) -> None:
        self.results = tuple(results)

    def of(self, kind: type[S], /, **settings: object) -> list[Result[S]]:
        """Return the results of a step, by its settings class, in the plan's order.

        Only those whose settings have the given values.
        """
        return [
            result
            for result in self.results
            if isinstance(result.settings, kind)
            and all(getattr(result.settings, n) == v for n, v in settings.items())
        ]

    def one(self, kind: type[S], /, **settings: object) -> Result[S]:
        """Return the one result of a step with these settings.

        Raises ValueError unless there is exactly one.
        """
        found = self.of(kind, **settings)
        if len(found) != 1:
            raise ValueError(f"{len(found)} results of {kind.__name__} {settings}")
        return found[0]
