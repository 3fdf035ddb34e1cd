"""A run: one cell of an experiment for one chunk of replicas, and its identity."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar

from scaling_down.workflow.code import code_digest, digest
from scaling_down.workflow.experiment import PACKAGE, compute_room, module_name
from scaling_down.workflow.parameters.sections import Section

FRAME = {"engine.streams": "Streams", "engine.process": "fix_arithmetic"}
"""What decides the numbers of every step and is named by none: it is handed to them."""
FIRST_FRAME = "494bba49df051ed9"
"""The digest of the frame of all runs whose keys name none."""


def _frame() -> dict[str, str]:
    parts = [code_digest(f"{PACKAGE}.{module}", name) for module, name in FRAME.items()]
    frame = digest(parts)
    return {} if frame == FIRST_FRAME else {"frame": frame}


@dataclass(frozen=True)
class Run:
    """One job of a step: a cell of an experiment for one chunk of replicas.

    `settings` hold all that determines the numbers; `step` says which of the
    experiment's steps computes them; `cell` is a short name for people, another one for
    each key of a step. `seed` is the root seed of the streams (None where nothing is
    drawn from them), `reads` are the runs that it reads, which have the same replicas
    or none. `files` are files that no run makes, by absolute path: what is in them
    belongs to the settings, and where they lie to nothing.
    """

    experiment: str
    step: str
    cell: str
    settings: Section
    seed: int | None = None
    replicas: tuple[int, ...] = ()
    reads: Mapping[str, "Run"] = field(default_factory=dict)
    files: Mapping[str, Path] = field(default_factory=dict)

    @property
    def module(self) -> str:
        """Return the module whose function `compute` computes the run."""
        return module_name(self.experiment, compute_room(self.experiment, self.step))

    @cached_property
    def plain_settings(self) -> dict[str, Any]:
        """Return the settings as plain values."""
        return self.settings.model_dump(mode="json")

    @cached_property
    def key(self) -> str:
        """Return the digest of all that determines a replica's numbers.

        The replicas are not part of it: a replica's numbers depend on its own number
        only, which stands in the file beside it.
        """
        return digest(
            {
                "experiment": self.experiment,
                "settings": self.plain_settings,
                "seed": self.seed,
                "code": code_digest(self.module, "compute"),
                "reads": {name: run.key for name, run in self.reads.items()},
                **_frame(),
            }
        )

    @property
    def name(self) -> str:
        """Return what a person is told of the run: its step and cell."""
        return f"{self.step}-{self.cell}"

    @property
    def stem(self) -> str:
        """Return the run's file name without folder and suffix."""
        if not self.replicas:
            return f"{self.name}-{self.key}"
        first, last = self.replicas[0], self.replicas[-1]
        return f"{self.name}-r{first:02d}-{last:02d}-{self.key}"

    def description(self, reads: Mapping[str, str]) -> dict[str, Any]:
        """Return what the computing command is given, as plain values.

        `reads` are the files of the runs that this one reads, by name.
        """
        return {
            "experiment": self.experiment,
            "step": self.step,
            "cell": self.cell,
            "key": self.key,
            "seed": self.seed,
            "replicas": list(self.replicas),
            "settings": self.plain_settings,
            "reads": dict(reads),
            "files": {name: str(path) for name, path in self.files.items()},
        }

    def describe(self, reads: Mapping[str, str]) -> str:
        """Return the description as JSON."""
        return json.dumps(self.description(reads), sort_keys=True)


def chunks(replicas: int, per_job: int) -> list[tuple[int, ...]]:
    """Return the replicas 0, 1, ... in chunks of `per_job`."""
    numbers = range(replicas)
    return [tuple(numbers[i : i + per_job]) for i in range(0, replicas, per_job)]


def replica_chunks(params: Any, replicas: int, per_job: int) -> list[tuple[int, ...]]:
    """Return the replicas in the chunks that train together.

    On a GPU that is all of them.
    """
    on_gpu = params.execution.device == "cuda"
    return chunks(replicas, replicas if on_gpu else per_job)


@dataclass(frozen=True)
class ReplicaGroup:
    """What plans an experiment's runs of one chunk of replicas."""

    params: Any
    replicas: tuple[int, ...]

    experiment: ClassVar[str]

    def run(
        self, step: str, cell: str, settings: Section, reads: Mapping[str, Run]
    ) -> Run:
        """Return a run of these replicas."""
        return Run(
            experiment=self.experiment,
            step=step,
            cell=cell,
            settings=settings,
            seed=self.params.general.seed,
            replicas=self.replicas,
            reads=reads,
        )


def with_all_reads(runs: Iterable[Run]) -> Iterator[Run]:
    """Yield the runs, each after all that it reads, directly or not."""
    for run in runs:
        yield from with_all_reads(run.reads.values())
        yield run


@dataclass(frozen=True)
class Plot:
    """What `dvc plots` shows of an experiment's table `plot`: columns and a title."""

    x: str
    y: Sequence[str]
    title: str
