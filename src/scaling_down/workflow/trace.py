"""Where a figure, a table's row or a claim comes from."""

import hashlib
import subprocess
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

from scaling_down.claims.statements import of_plain
from scaling_down.workflow.belonging import belongs
from scaling_down.workflow.experiment import ROOT, module_name
from scaling_down.workflow.files import read_rows
from scaling_down.workflow.modules import source_file
from scaling_down.workflow.plan import Plan
from scaling_down.workflow.run import Run
from scaling_down.workflow.store import origins_of

Row = Mapping[str, str]
ASKED_FOR = "what these parameters and this code ask for"
STORE = ".dvc/store/files/md5"
"""Where DVC keeps the runs that come with the repository, by their MD5."""
MOST = 12
"""So many runs or rows are listed."""
WIDTH = 76
"""The longest value of a parameter."""


@dataclass(frozen=True)
class Trace:
    """What something is, whose it is, and whether it is what is asked for."""

    what: str
    experiment: str
    state: str
    rooms: tuple[str, ...]
    """The modules that made it of the runs."""
    rows: Sequence[Row] = ()
    said: Sequence[str] = ()


def trace(plan: Plan, name: str, conditions: Mapping[str, str]) -> Iterator[str]:
    """Yield lines that tell where a figure, a table or a claim comes from.

    `name` is a file or the id of a claim; `conditions` choose rows of a table, whose
    settings then choose the runs. Raises ValueError where there is no such thing.
    """
    found = _found(plan, name, conditions)
    runs = plan.runs[found.experiment]
    yield f"{name}: {found.what} of {found.experiment}"
    yield f"state: {found.state}"
    yield from found.said
    yield from _listed("row", (_words(row) for row in found.rows))
    section = getattr(plan.params, found.experiment).model_dump(mode="json")
    yield f"parameters: section {found.experiment}"
    yield from (f"  {key}: {_short(value)}" for key, value in section.items())
    modules = dict.fromkeys(run.module for run in runs)
    made = [module_name(found.experiment, room) for room in found.rooms]
    yield "code:"
    yield from (f"  {_path(module)}" for module in (*modules, *made))
    yield f"runs: {sum(_stands(plan, run) for run in runs)} of {len(runs)} are here"
    if found.rows:
        runs = _agreeing(runs, found.rows)
        yield f"of these, {len(runs)} agree with the row in their settings:"
    yield from _runs(plan, runs)


def _found(plan: Plan, name: str, conditions: Mapping[str, str]) -> Trace:
    for experiment in plan.runs:
        if name in plan.figure_files(experiment):
            state = _figure_state(name, plan.figures_key(experiment))
            return Trace("a figure", experiment, state, ("summarise", "draw"))
        if name in plan.tables(experiment):
            rows = _rows(Path(name), conditions) if conditions else []
            if conditions and not rows:
                raise ValueError(f"{name}: no row with {_words(conditions)}")
            state = _table_state(plan, experiment)
            return Trace("a table", experiment, state, ("summarise",), rows)
    for claim in plan.claims_manifest()["claims"]:
        if claim["id"] == name:
            return _claim(plan, claim)
    raise ValueError(
        f"{name}: no figure, table or claim of these parameters; the scorecard's own"
        " files are of all experiments: name a claim"
    )


def _claim(plan: Plan, values: Mapping[str, Any]) -> Trace:
    claim, experiment = of_plain(values), values["experiment"]
    where = {name: str(value) for name, value in (claim.where or {}).items()}
    table = Path(values["file"])
    standing = _table_state(plan, experiment) == ASKED_FOR
    rows = _rows(table, where) if where and standing else []
    said = [f"claim: {claim.statement} ({claim.source})"]
    if claim.published:
        said.append(f"published: {claim.published.text()}")
    if claim.expect:
        bounds = claim.expect.model_dump(exclude_none=True).items()
        said.append(f"holds if: {', '.join(f'{n} {v:g}' for n, v in bounds)}")
        said.append(f"decided by: {table}, {_words(where)}")
    recorded = Path(plan.scorecard.table)
    if recorded.exists():
        said += [
            f"recorded verdict: {row['direction']}; number {row['number']}"
            for row in _rows(recorded, {"id": claim.id})
        ]
    return Trace(
        "a claim",
        experiment,
        _table_state(plan, experiment),
        ("summarise",),
        rows,
        said,
    )


def _rows(file: Path, conditions: Mapping[str, str]) -> Sequence[Row]:
    """Return the rows of a table whose columns have these values."""
    rows = read_rows(file)
    if lacking := [name for name in conditions if rows and name not in rows[0]]:
        raise ValueError(
            f"{file}: no column {lacking[0]}; there are {', '.join(rows[0])}"
        )
    return [
        row for row in rows if all(_alike(row[n], v) for n, v in conditions.items())
    ]


def _agreeing(runs: Sequence[Run], rows: Sequence[Row]) -> list[Run]:
    """Return the runs whose settings agree with a row, in what names they share.

    A value that no run has, such as that of a condition made of several, is left out.
    """
    found: dict[str, Run] = {}
    for row in rows:
        chosen = list(runs)
        for name, value in row.items():
            having = [run for run in runs if _has(run, name, value)]
            if having:
                chosen = [run for run in chosen if run in having]
        found |= {run.stem: run for run in chosen}
    return list(found.values())


def _has(run: Run, name: str, value: str) -> bool:
    settings = run.plain_settings
    return name in settings and _alike(str(settings[name]), value)


def _alike(one: str, other: str) -> bool:
    try:
        return float(one) == float(other)
    except ValueError:
        return one == other


def _figure_state(file: str, key: str) -> str:
    if not Path(file).exists():
        return "not there"
    stands = key.encode() in Path(file).read_bytes()
    return _said_to_be(stands)


def _table_state(plan: Plan, experiment: str) -> str:
    metrics = Path(plan.layout.metrics(experiment))
    if not metrics.exists():
        return "not there"
    return _said_to_be(belongs(metrics, plan.summary_key(experiment)))


def _said_to_be(stands: bool) -> str:
    return ASKED_FOR if stands else f"NOT {ASKED_FOR}: of other parameters or code"


def _runs(plan: Plan, runs: Sequence[Run]) -> Iterator[str]:
    """Yield the runs with their replicas, and what those that stand come from."""
    yield from _listed("", (f"{plan.file(run)} ({_replicas(run)})" for run in runs))
    standing = [plan.file(run) for run in runs if _stands(plan, run)]
    if standing:
        origins = set(chain.from_iterable(map(origins_of, standing)))
        commits = map(_came_with, standing)
        yield f"made with: {', '.join(sorted(origins)) or 'not recorded'}"
        yield f"commit: {', '.join(sorted(set(commits)))}"


def _came_with(file: str) -> str:
    """Return the commit with which a run came into the repository's store."""
    md5 = hashlib.md5(Path(file).read_bytes(), usedforsecurity=False).hexdigest()
    log = ["git", "log", "--diff-filter=A", "--format=%h of %cs", "-1", "--"]
    stored = f"{STORE}/{md5[:2]}/{md5[2:]}"
    done = subprocess.run([*log, stored], capture_output=True, text=True, check=False)
    return done.stdout.strip() or "not in the store"


def _stands(plan: Plan, run: Run) -> bool:
    return Path(plan.file(run)).exists()


def _replicas(run: Run) -> str:
    if not run.replicas:
        return "no replicas"
    first, last = run.replicas[0], run.replicas[-1]
    return f"replica {first}" if first == last else f"replicas {first} to {last}"


def _listed(name: str, lines: Iterable[str]) -> Iterator[str]:
    """Yield lines, indented and not too many, each after a name."""
    said = list(lines)
    before = f"{name}: " if name else "  "
    yield from (f"{before}{line}" for line in said[:MOST])
    if len(said) > MOST:
        yield f"{before}and {len(said) - MOST} more"


def _words(pairs: Mapping[str, Any]) -> str:
    return ", ".join(f"{name} {value}" for name, value in pairs.items())


def _short(value: Any) -> str:
    text = str(value)
    return text if len(text) <= WIDTH else f"{text[: WIDTH - 3]}..."


def _path(module: str) -> str:
    file = source_file(module)
    return str(file.relative_to(ROOT.parents[1])) if file else module
