"""Stored runs computed again on this machine: the same bits, or what differs."""

import random
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from scaling_down.workflow.files import DamagedFile
from scaling_down.workflow.provenance import processor
from scaling_down.workflow.recompute import (
    OWN_SOURCE,
    PlannedRun,
    RecomputeError,
    differences,
    planned,
    recompute,
)
from scaling_down.workflow.store import origins_of


@dataclass(frozen=True)
class Verified:
    """A stored run, the arrays that came out other, and where it was made."""

    file: str
    different: tuple[str, ...] = ()
    made_here: bool = False
    """Whether it was made on a processor like this one."""
    failure: str = ""
    """Why it could not be computed again and compared."""

    @property
    def is_error(self) -> bool:
        """Whether it could not be compared, or other bits have no excuse."""
        return bool(self.failure) or (bool(self.different) and self.made_here)

    def sentence(self) -> str:
        """Return what is to be said of the run."""
        if self.failure:
            return f"{self.file}: NOT COMPARED: {self.failure}"
        if not self.different:
            return f"{self.file}: the same bits"
        arrays = ", ".join(self.different)
        if self.made_here:
            return f"{self.file}: DIFFERENT on a processor of the same kind: {arrays}"
        return f"{self.file}: other bits on this processor: {arrays}"


def verify(params: Path, sample: int | None) -> Iterator[Verified]:
    """Compute a random sample of the stored runs again, or all; compare the bits.

    Raises RecomputeError where the runs cannot be planned.
    """
    stored = [run for run in planned(OWN_SOURCE, params) if Path(run.file).exists()]
    for run in _sample(stored, sample):
        with tempfile.TemporaryDirectory() as folder:
            yield _verified(run, Path(folder))


def _sample(runs: Sequence[PlannedRun], sample: int | None) -> Sequence[PlannedRun]:
    if sample is None:
        return runs
    return random.sample(runs, min(sample, len(runs)))


def _verified(run: PlannedRun, folder: Path) -> Verified:
    reads = run.description["reads"].items()
    absolute = {name: str(Path(file).absolute()) for name, file in reads}
    again = PlannedRun({**run.description, "reads": absolute}, run.file)
    try:
        (file,) = recompute(OWN_SOURCE, [again], folder)
        different = differences(Path(run.file), file)
        made_here = processor() in origins_of(run.file)
    except (DamagedFile, RecomputeError) as error:
        return Verified(run.file, failure=str(error))
    return Verified(run.file, tuple(different), made_here)
