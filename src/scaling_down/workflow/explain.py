"""Why runs are missing: which setting, seed, run that is read, or code has changed."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from scaling_down.workflow.files import is_whole
from scaling_down.workflow.plan import Plan
from scaling_down.workflow.run import Run
from scaling_down.workflow.store import what_is


def missing_runs(plan: Plan) -> dict[tuple[str, str], list[Run]]:
    """Return the runs that do not stand, by experiment and reason."""
    found: dict[tuple[str, str], list[Run]] = {}
    for run in plan.by_stem.values():
        file = Path(plan.file(run))
        if not is_whole(file):
            reason = _reason(run, file)
            found.setdefault((run.experiment, reason), []).append(run)
    return found


def _reason(run: Run, file: Path) -> str:
    """Say what is new about a run, compared with the latest one of its cell."""
    if file.exists():
        return "damaged"
    folder = file.parent
    standing = [file for file in folder.glob(f"{run.name}-*.npz") if is_whole(file)]
    known = [file for file in standing if what_is(file).get("cell") == run.cell]
    if not known:
        return "no run of such a cell stands"
    if any(file.stem.endswith(f"-{run.key}") for file in known):
        return "other replicas stand"
    latest = max(known, key=lambda file: file.stat().st_mtime_ns)
    return "; ".join(_changes(run, what_is(latest)))


def _changes(run: Run, before: Mapping[str, Any]) -> list[str]:
    now = {"settings": run.plain_settings, "seed": run.seed}
    changes = list(differences({n: before[n] for n in now}, now))
    if changes:
        return changes
    same_reads = all(
        before["reads"].get(name, "").endswith(read.key)
        for name, read in run.reads.items()
    )
    return ["the code" if same_reads else "a run that it reads"]


def differences(before: Any, now: Any, path: str = "") -> Iterator[str]:
    """Yield what differs between two nested mappings, by path, old and new value."""
    if not (isinstance(before, Mapping) and isinstance(now, Mapping)):
        if before != now:
            yield f"{path.removeprefix('settings.')}: {before} becomes {now}"
        return
    for name in (*before, *(name for name in now if name not in before)):
        inner = f"{path}.{name}" if path else name
        yield from differences(before.get(name), now.get(name), inner)
