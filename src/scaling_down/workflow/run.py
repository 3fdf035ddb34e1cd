"""A run: one cell of an experiment for one chunk of replicas, and its identity."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from scaling_down.workflow.code import code_digest, digest
from scaling_down.workflow.experiment import module_name


@dataclass(frozen=True)
class Run:
    """One training job: a cell of an experiment for one chunk of replicas.

    `settings` holds all that determines the numbers, `seed` is the root seed of the
    streams (None where nothing is drawn from them), `step` names the module of the
    experiment's folder that computes the run, `reads` the runs that it reads, which
    have the same replicas or none.
    """

    experiment: str
    cell: str
    settings: Mapping[str, Any]
    step: str = "compute"
    seed: int | None = None
    replicas: tuple[int, ...] = ()
    reads: Mapping[str, "Run"] = field(default_factory=dict)

    @property
    def module(self) -> str:
        """Return the module whose function `compute` computes the run."""
        return module_name(self.experiment, self.step)

    @cached_property
    def key(self) -> str:
        """Return the digest of all that determines a replica's numbers.

        The replicas are not part of it: a replica's numbers depend on its own number
        only, which stands in the file beside it.
        """
        return digest(
            {
                "experiment": self.experiment,
                "settings": dict(self.settings),
                "seed": self.seed,
                "code": code_digest(self.module),
                "reads": {name: run.key for name, run in self.reads.items()},
            }
        )

    @property
    def stem(self) -> str:
        """Return the run's file name without folder and suffix."""
        if not self.replicas:
            return f"{self.cell}-{self.key}"
        first, last = self.replicas[0], self.replicas[-1]
        return f"{self.cell}-r{first:02d}-{last:02d}-{self.key}"

    def describe(self, reads: Mapping[str, str]) -> str:
        """Return what the training command is given, as JSON.

        `reads` are the files of the runs that this one reads, by name.
        """
        return json.dumps(
            {
                "experiment": self.experiment,
                "cell": self.cell,
                "step": self.step,
                "key": self.key,
                "seed": self.seed,
                "replicas": list(self.replicas),
                "settings": dict(self.settings),
                "reads": dict(reads),
            },
            sort_keys=True,
        )


def chunks(replicas: int, per_job: int) -> list[tuple[int, ...]]:
    """Return the replicas 0, 1, ... in chunks of `per_job`."""
    numbers = range(replicas)
    return [tuple(numbers[i : i + per_job]) for i in range(0, replicas, per_job)]


def replica_chunks(params: Any, section: Any) -> list[tuple[int, ...]]:
    """Return an experiment's replicas in the chunks that train together.

    On a GPU that is all of them.
    """
    on_gpu = params.execution.device == "cuda"
    per_job = section.replicas if on_gpu else section.replicas_per_job
    return chunks(section.replicas, per_job)


def with_all_reads(runs: Iterable[Run]) -> Iterator[Run]:
    """Yield the runs and all that they read, directly or not."""
    for run in runs:
        yield run
        yield from with_all_reads(run.reads.values())


@dataclass(frozen=True)
class Plot:
    """What `dvc plots` shows of an experiment's table `plot`: columns and a title."""

    x: str
    y: Sequence[str]
    title: str
