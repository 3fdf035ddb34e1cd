"""Stored runs taken over under new keys, after a change that is proved to change none.

The proof: with the code of a revision and with the present code, in one environment,
all tiny runs of the steps whose code changed are the same bits, and so is a sample of
the stored runs when it is computed again. Nothing is taken over if one differs.
"""

import io
import random
import subprocess
import tarfile
import tempfile
from collections.abc import Container, Iterator
from dataclasses import dataclass
from pathlib import Path

from scaling_down.workflow.recompute import (
    OWN_SOURCE,
    PlannedRun,
    differences,
    planned,
    recompute,
)
from scaling_down.workflow.store import load_run, origins_of, save_run, what_is

Pair = tuple[PlannedRun, PlannedRun]
"""The same run as the revision plans it and as the present code does."""


class NotAdopted(ValueError):  # noqa: N818
    """A run differs; the message says which, and in what."""


@dataclass(frozen=True)
class Adoption:
    """Which runs were taken over, and on what evidence."""

    files: tuple[str, ...]
    tiny: int
    stored: int


def adopt(revision: str, params: Path, tiny: Path, sample: int = 1) -> Adoption:
    """Take over the stored runs of a revision under the keys of the present code.

    `sample` stored runs of each step are computed again. Raises NotAdopted where a run
    differs, and RecomputeError where one cannot be computed.
    """
    commit = _git("rev-parse", "--short=12", revision).strip()
    with tempfile.TemporaryDirectory() as folder:
        source = _checked_out(commit, Path(folder) / "source")
        pairs = [p for p in _pairs(source, params) if p[0].key != p[1].key]
        stored = [pair for pair in pairs if Path(pair[0].file).exists()]
        compared = _compare_tiny(source, tiny, Path(folder))
        for pair in (again := list(_sample(stored, sample))):
            _compare_stored(pair, Path(folder) / "again")
    evidence = f"{compared} tiny and {len(again)} stored runs the same bits"
    files = [_take_over(pair, commit, evidence) for pair in stored]
    return Adoption(tuple(files), compared, len(again))


def _pairs(source: Path, params: Path) -> Iterator[Pair]:
    """Yield the runs that both trees plan, equal in settings, seed and replicas."""
    before = {run.what: run for run in planned(source, params)}
    for run in planned(OWN_SOURCE, params):
        if run.what in before:
            yield before[run.what], run


def _compare_tiny(source: Path, tiny: Path, folder: Path) -> int:
    """Compare the tiny runs of the steps that changed; return how many there are."""
    pairs = list(_pairs(source, tiny.absolute()))
    changed = {old.step for old, new in pairs if old.key != new.key}
    for name in ("before", "after"):
        (folder / name).mkdir()
    needed = with_reads(pairs, changed)
    before = recompute(source, [old for old, _ in needed], folder / "before")
    after = recompute(OWN_SOURCE, [new for _, new in needed], folder / "after")
    for files in zip(before, after, strict=True):
        _refuse_differences(*files)
    return len(needed)


def with_reads(pairs: list[Pair], steps: Container[tuple[str, str]]) -> list[Pair]:
    """Return the pairs of some steps and all that they read, in the order given.

    That order has what is read before its readers.
    """
    needed: list[Pair] = []
    wanted: set[str] = set()
    for pair in reversed(pairs):
        old, _ = pair
        if old.step in steps or old.file in wanted:
            needed.append(pair)
            wanted.update(old.description["reads"].values())
    return needed[::-1]


def _sample(pairs: list[Pair], count: int) -> Iterator[Pair]:
    """Yield `count` stored runs of each step, the same in every call."""
    steps: dict[tuple[str, str], list[Pair]] = {}
    for pair in pairs:
        steps.setdefault(pair[0].step, []).append(pair)
    for members in steps.values():
        chosen = random.Random(members[0][0].key)
        yield from chosen.sample(members, min(count, len(members)))


def _compare_stored(pair: Pair, folder: Path) -> None:
    """Compute a stored run again, from the stored runs that it reads, and compare."""
    old, new = pair
    folder.mkdir(exist_ok=True)
    reads = old.description["reads"].items()
    absolute = {name: str(Path(file).absolute()) for name, file in reads}
    run = PlannedRun({**new.description, "reads": absolute}, new.file)
    (again,) = recompute(OWN_SOURCE, [run], folder)
    _refuse_differences(Path(old.file), again)


def _refuse_differences(first: Path, second: Path) -> None:
    if names := differences(first, second):
        raise NotAdopted(
            f"{second.stem}: {', '.join(names)} differ; nothing was adopted"
        )


def _take_over(pair: Pair, commit: str, evidence: str) -> str:
    """Write a stored run under its new key, with where it comes from."""
    old, new = pair
    note = f"adopted from {old.key} of {commit}, {evidence}"
    origins = [*origins_of(old.file), note]
    replicas = new.description["replicas"]
    arrays, what = load_run(old.file), what_is(old.file)
    save_run(new.file, arrays, new.key, replicas, origins, what)
    return new.file


def _checked_out(commit: str, folder: Path) -> Path:
    """Lay the source of a revision out in a folder; return where its packages lie."""
    archive = subprocess.run(
        ["git", "archive", commit, "src"], capture_output=True, check=True
    ).stdout
    with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        # Python before 3.11.4 has no filters.
        tar.extraction_filter = getattr(
            tarfile, "data_filter", lambda member, _: member
        )
        tar.extractall(folder)
    return folder / "src"


def _git(*arguments: str) -> str:
    done = subprocess.run(
        ["git", *arguments], capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise ValueError(done.stderr.strip())
    return done.stdout
