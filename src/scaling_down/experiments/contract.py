"""What an experiment's `compute(job)` and `summarise(settings, results)` are given."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from scaling_down.engine.streams import Streams

Arrays = dict[str, np.ndarray]


@dataclass(frozen=True)
class Job:
    """One run to compute.

    `reads` holds the arrays of the runs that it reads, by name, cut to the replicas
    of this job. Every array that `compute` returns has the replica as axis 0, unless
    the run has no replicas; then there are no `streams` either.
    """

    settings: Mapping[str, Any]
    streams: Streams | None
    reads: Mapping[str, Arrays]
    device: str
    progress: Callable[[int, int], None]


@dataclass(frozen=True)
class Result:
    """What is known of a cell: its settings and the arrays of all its replicas."""

    settings: Mapping[str, Any]
    replicas: tuple[int, ...]
    arrays: Arrays
