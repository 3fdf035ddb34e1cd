"""What runs cost: measured seconds from logs, kept in a table, and estimates from it.

The log of a job says what its process cost, the start of Python included, whatever ran
beside it. Where an older log does not, the times of its first and last line count.
"""

import csv
import io
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from statistics import median

from scaling_down.workflow.files import read_rows, write_text
from scaling_down.workflow.plan import Plan
from scaling_down.workflow.progress import duration
from scaling_down.workflow.run import Run

COLUMNS = ("experiment", "step", "cell", "seconds")
STARTS = re.compile(r"(, replicas (?P<replicas>[\d, ]+))?: starts$")
PROCESSOR = re.compile(r" (\d+\.\d) s of the processor$")
TIME = len("2026-01-01 00:00:00,000")
Cell = tuple[str, str, str]
"""Experiment, step and cell: the replicas of one cost alike."""
Costs = Mapping[Cell, float]
"""Seconds of a replica, by cell; those of a run without replicas as of one."""


def measured_costs(plan: Plan) -> dict[Cell, float]:
    """Return the costs of the planned runs that stand and whose logs are here.

    Of a cell, the median over its runs.
    """
    found: dict[Cell, list[float]] = {}
    for run in plan.by_stem.values():
        log = Path(plan.layout.log(run.experiment, run.step, run.stem))
        if log.exists() and Path(plan.file(run)).exists():
            found.setdefault(_cell(run), []).extend(_seconds_of_one(log))
    return {cell: median(seconds) for cell, seconds in found.items() if seconds}


def read_costs(path: Path) -> dict[Cell, float]:
    """Return the costs of a table; none where there is no table."""
    if not path.exists():
        return {}
    return {
        (row["experiment"], row["step"], row["cell"]): float(row["seconds"])
        for row in read_rows(path)
    }


def write_costs(path: Path, costs: Costs) -> None:
    """Write costs as a table, in the order of their cells."""
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(COLUMNS)
    table.writerows(
        (*cell, f"{seconds:.1f}") for cell, seconds in sorted(costs.items())
    )
    write_text(path, text.getvalue())


@dataclass(frozen=True)
class Estimate:
    """What some runs cost: core-seconds of those whose cost is known."""

    seconds: float
    longest: float
    """Seconds of the longest chain of runs of which each reads the one before."""
    unknown: int
    """How many runs are like none that was measured."""

    def sentence(self, cores: int) -> str:
        """Return core-minutes, and the least wall time on some cores."""
        wall = max(self.longest, self.seconds / cores)
        told = f"{duration(self.seconds)} of a core, {duration(wall)} on {cores}"
        if not self.unknown:
            return told
        jobs = "a job" if self.unknown == 1 else f"{self.unknown} jobs"
        known = f"{told}, and " if self.seconds else ""
        return f"{known}{jobs} of unknown cost"


def estimate(runs: Iterable[Run], costs: Costs) -> Estimate:
    """Return what runs cost, by those that were measured.

    A replica costs what one of its cell did; in a cell that was never measured, the
    median over the cells of its experiment and step.
    """
    missing = {run.stem: run for run in runs}
    known = {stem: _expected(run, costs) for stem, run in missing.items()}
    chains: dict[str, float] = {}
    for run in missing.values():
        _chain(run, known, chains)
    seconds = [cost for cost in known.values() if cost is not None]
    return Estimate(
        sum(seconds), max(chains.values(), default=0), len(known) - len(seconds)
    )


def _chain(
    run: Run, known: Mapping[str, float | None], chains: dict[str, float]
) -> float:
    """Return the seconds of the longest chain that ends with a run; keep it."""
    if run.stem not in chains:
        before = (_chain(read, known, chains) for read in run.reads.values())
        chains[run.stem] = (known.get(run.stem) or 0) + max(before, default=0)
    return chains[run.stem]


def _expected(run: Run, costs: Costs) -> float | None:
    alike = [cost for (*step, _), cost in costs.items() if step == [*_cell(run)[:2]]]
    if not alike:
        return None
    return costs.get(_cell(run), median(alike)) * _size(run)


def _cell(run: Run) -> Cell:
    return run.experiment, run.step, run.cell


def _size(run: Run) -> int:
    return len(run.replicas) or 1


def _seconds_of_one(log: Path) -> list[float]:
    """Return the seconds of a replica of a log's job; none if it computed none.

    Replicas that a job takes from other files cost next to nothing: the line with which
    it starts to compute names the others.
    """
    lines = log.read_text(encoding="utf-8").splitlines()
    started = [start for line in lines if (start := STARTS.search(line))]
    times = [time for line in lines if (time := _time(line))]
    if not (started and times):
        return []
    told = [float(cost[1]) for line in lines if (cost := PROCESSOR.search(line))]
    seconds = told[-1] if told else (times[-1] - times[0]).total_seconds()
    replicas = started[-1]["replicas"] or ""
    return [seconds / len(replicas.split(","))]


def _time(line: str) -> datetime | None:
    try:
        return datetime.fromisoformat(line[:TIME].replace(",", "."))
    except ValueError:
        return None
