"""Manifests: what a summarising, drawing or judging job is given, in a file.

Such a job is cheap and its outputs have plain names, so nothing in a name tells
whether they belong to the parameters. The outputs carry their manifest's key; a
manifest's file is named by its content, so that a running workflow keeps its own
whatever another call plans. A fresh clone has no manifests, so that it makes its
tables and figures from its own runs.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scaling_down.workflow.belonging import belongs
from scaling_down.workflow.code import digest
from scaling_down.workflow.files import write_json
from scaling_down.workflow.paths import MANIFESTS, OUTDATED
from scaling_down.workflow.plan import Plan


@dataclass(frozen=True)
class CheapJob:
    """A job that is done anew whenever its outputs do not belong to its manifest.

    `keyed` are the outputs that carry the manifest's key, or say it of the others;
    `runs` are the run files that it reads, which Snakemake does not compare by time.
    """

    name: str
    manifest: Mapping[str, Any]
    keyed: Sequence[str]
    runs: Sequence[str] = ()

    @property
    def file(self) -> str:
        """Return the file of the manifest."""
        return str(MANIFESTS / f"{self.name}-{digest(self.manifest)}.json")

    def stands(self) -> bool:
        """Tell whether the outputs are there and carry the manifest's key."""
        key = self.manifest["key"]
        return all(Path(o).exists() and _carries(o, key) for o in self.keyed)

    def markers(self) -> list[str]:
        """Return a file newer than the outputs if they are out of date, else nothing.

        Outputs that do not exist are no reason: their job runs anyway. Runs that do
        not exist are one, since Snakemake would not miss them beside outputs that do.
        """
        if not all(Path(output).exists() for output in self.keyed):
            return []
        standing = (
            Path(self.file).exists()
            and self.stands()
            and all(Path(run).exists() for run in self.runs)
        )
        return [] if standing else [mark_outdated(self.name, self.keyed)]


def mark_outdated(name: str, files: Sequence[str]) -> str:
    """Make a file that is newer than `files`, and return its name.

    As an input it makes Snakemake do their job again, which compares nothing but times.
    The name depends on the files' times, so that a mark of earlier files does not count
    for later ones, and no running workflow reads it.
    """
    times = [Path(file).stat().st_mtime_ns for file in files]
    mark = OUTDATED / f"{name}-{digest(times)}"
    mark.parent.mkdir(parents=True, exist_ok=True)
    mark.touch()
    return str(mark)


def cheap_jobs(plan: Plan, damaged: Collection[str] = ()) -> Iterator[CheapJob]:
    """Yield the summarising, drawing and judging jobs of a plan.

    The last one, `light`, judges the experiments that need no training; those with
    `damaged` files do.
    """
    for name in plan.runs:
        *_, metrics = plan.tables(name)
        yield CheapJob(
            f"{name}_summarise",
            plan.summary_manifest(name),
            keyed=[metrics],
            runs=plan.files(name),
        )
        figures = plan.figure_files(name)
        yield CheapJob(f"{name}_draw", plan.figures_manifest(name), keyed=figures)
    keyed = [plan.scorecard.counts, *plan.scorecard.figures]
    yield CheapJob("claims", plan.claims_manifest(), keyed=keyed)
    of_some = plan.claims_manifest(plan.complete(damaged))
    yield CheapJob("light", of_some, keyed=[])


def write(job: CheapJob) -> None:
    """Write the manifest of a job unless it stands."""
    if not Path(job.file).exists():
        write_json(job.file, job.manifest)


def _carries(output: str, key: str) -> bool:
    if output.endswith(".json"):
        return belongs(output, key)
    return key.encode() in Path(output).read_bytes()
