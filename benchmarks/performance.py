"""Write docs/performance.md's tables and its figure from what was measured.

    python benchmarks/performance.py [--check]

What the benchmarks recorded is in measured.csv; what runs cost is in results/costs.csv
and, where no run of an experiment was measured, in estimated.csv.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from PIL import Image

from scaling_down.claims.pages import filled, head, line
from scaling_down.figures.palette import BLUE, INK, MUTED
from scaling_down.figures.saving import save_figure
from scaling_down.figures.style import style
from scaling_down.workflow.code import digest
from scaling_down.workflow.costs import Cell, Estimate, estimate, read_costs
from scaling_down.workflow.parameters.file import load_params
from scaling_down.workflow.plan import Plan
from scaling_down.workflow.progress import duration
from scaling_down.workflow.run import Run

FOLDER = Path(__file__).parent
ROOT = FOLDER.parent
PAGE = ROOT / "docs/performance.md"
PICTURE = ROOT / "docs/performance.png"
CORES = (1, 2, 4, 8, 16)
TIMED = {
    "dataset": "making it, against the package `mnist1d`",
    "classification": "a step of ten replicas, four models",
    "lottery": "a step of a job's replicas, sparsities from 0 to 100 %",
    "double_descent": "an epoch of a network, every third width",
    "interpolation_threshold": "an epoch of a job's replicas, every fourth width",
    "metalearn_lr": "an outer step of five seeds at two rates",
    "metalearn_activation": "an outer step through 301 inner ones",
    "pooling": "a step of a job's replicas, the paper's variants",
    "self_supervised": "five steps of a job's replicas, views included",
    "improved_baselines": "steps of a job's replicas, evaluations included",
}
"""What is timed of an experiment; of tsne nothing: its embedding is openTSNE's."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--check", action="store_true", help="only say whether they are stale"
    )
    only_check = parser.parse_args().check
    report = Report()
    before = PAGE.read_text(encoding="utf-8")
    after = filled(before, report.writers)
    if only_check:
        drawn = Image.open(PICTURE).info.get("Key") if PICTURE.exists() else None
        if after != before or drawn != report.key:
            sys.exit(f"{PAGE.name} is stale: run `python benchmarks/performance.py`")
        return
    PAGE.write_text(after, encoding="utf-8")
    with style():
        save_figure(report.figure(), str(PICTURE), report.key, "")


@dataclass(frozen=True)
class Cost:
    """What the runs of an experiment cost, and how that is known."""

    runs: list[Run]
    estimate: Estimate
    basis: str

    @property
    def is_measured(self) -> bool:
        return self.basis == "measured"

    @property
    def replicas(self) -> int:
        return len({replica for run in self.runs for replica in run.replicas})

    @property
    def seconds_of_one(self) -> float:
        """Return the mean over cells and replicas."""
        return self.estimate.seconds / sum(len(r.replicas) or 1 for r in self.runs)


class Report:
    """All that the page tells in tables and the figure."""

    def __init__(self) -> None:
        self.measured = pd.read_csv(FOLDER / "measured.csv")
        self.plan = Plan(load_params(ROOT / "params.yaml"))
        self.recorded = read_costs(ROOT / "results/costs.csv")
        self.guessed = pd.read_csv(FOLDER / "estimated.csv", index_col="experiment")
        self.writers = {
            "engine": self.engine, "cores": self.cores, "costs": self.costs,
            "reproduce": self.reproduce, "planning": self.planning,
            "measured": self.origin,
        }  # fmt: skip

    @property
    def key(self) -> str:
        """Return the digest of all tables: the figure shows what they say."""
        return digest({name: [*write()] for name, write in self.writers.items()})

    @cached_property
    def ratios(self) -> pd.DataFrame:
        """The engine's and the products' shares of the loop, of sums and of cases."""
        seconds = self.measured[self.measured["unit"] == "s"]
        cases = seconds.pivot(
            index=["benchmark", "case"], columns="quantity", values="value"
        )
        cases = cases[cases["loop"].notna()]
        sums = cases.groupby("benchmark").sum(min_count=1)
        each = (cases["engine"] / cases["loop"]).groupby("benchmark")
        shares = {name: sums[name] / sums["loop"] for name in ("engine", "products")}
        return pd.DataFrame({**shares, "least": each.min(), "most": each.max()})

    @cached_property
    def memory(self) -> Mapping[str, float]:
        is_peak = self.measured["quantity"] == "peak memory"
        return self.measured[is_peak].set_index("benchmark")["value"].to_dict()

    def engine(self) -> Iterator[str]:
        yield from head(
            "experiment", "what is timed", "engine", "in cases", "products alone", "MiB"
        )
        for name, words in TIMED.items():
            if name not in self.ratios.index:
                yield line(name, words, "not measured", None, None, None)
                continue
            row = self.ratios.loc[name]
            within = f"{row['least']:.2f} to {row['most']:.2f}"
            if row["least"] == row["most"]:
                within = ""
            products = "" if pd.isna(row["products"]) else f"{row['products']:.3f}"
            memory = f"{self.memory[name]:,.0f}"
            yield line(name, words, f"{row['engine']:.2f}", within, products, memory)

    @cached_property
    def walls(self) -> dict[str, float]:
        """Seconds of wall time of concurrent jobs, by what is said of them."""
        is_wall = (self.measured["benchmark"] == "cores") & (
            self.measured["quantity"] == "wall time"
        )
        return self.measured[is_wall].set_index("case")["value"].to_dict()

    @cached_property
    def speeds(self) -> dict[int, float]:
        """Jobs that end in the time of one that runs alone, by jobs at once."""
        walls = {
            int(case.split()[0]): wall
            for case, wall in self.walls.items()
            if case.endswith("at once")
        }
        return {n: n * walls[1] / wall for n, wall in walls.items()}

    def cores(self) -> Iterator[str]:
        yield from head("jobs at once", "seconds", "jobs in the time of one")
        for n, speed in self.speeds.items():
            yield line(n, f"{self.walls[f'{n} at once']:.1f}", f"{speed:.2f}")
        on_gpu = self.walls.get("one on a GPU")
        told = "not measured: no GPU was found" if on_gpu is None else f"{on_gpu:.1f}"
        yield line("one, on a GPU", told, None)

    @cached_property
    def spent(self) -> dict[str, Cost]:
        return {name: self._cost(name, runs) for name, runs in self._own_runs().items()}

    def _own_runs(self) -> dict[str, list[Run]]:
        """Return all planned runs, those that others read included, by experiment."""
        found: dict[str, list[Run]] = {}
        for run in self.plan.by_stem.values():
            found.setdefault(run.experiment, []).append(run)
        return found

    def _cost(self, name: str, runs: list[Run]) -> Cost:
        cells = {(run.experiment, run.step, run.cell) for run in runs}
        measured = {cell: s for cell, s in self.recorded.items() if cell in cells}
        steps = {step for _, step, _ in measured}
        if steps != {step for _, step, _ in cells} and name in self.guessed.index:
            basis = f"estimated from {self.guessed.loc[name, 'basis']}"
            return Cost(runs, self._estimate(name, runs), basis)
        basis = "measured"
        if len(measured) < len(cells):
            basis = f"estimated from {len(measured)} of {len(cells)} cells"
        return Cost(runs, estimate(runs, measured), basis)

    def _estimate(self, name: str, runs: list[Run]) -> Estimate:
        """Spread an experiment's estimated time evenly over its cells."""
        replicas = sum(len(run.replicas) or 1 for run in runs)
        each = 60 * self.guessed.loc[name, "core_minutes"] / replicas
        costs: dict[Cell, float] = {
            (run.experiment, run.step, run.cell): each for run in runs
        }
        return estimate(runs, costs)

    def costs(self) -> Iterator[str]:
        yield from head(
            "experiment", "jobs", "replicas", "core-minutes", "seconds a replica", ""
        )
        for name, cost in self.spent.items():
            minutes = f"{cost.estimate.seconds / 60:,.1f}"
            each = f"{cost.seconds_of_one:.1f}"
            replicas = cost.replicas or None
            yield line(name, len(cost.runs), replicas, minutes, each, cost.basis)
        total = sum(cost.estimate.seconds for cost in self.spent.values()) / 60
        jobs = sum(len(cost.runs) for cost in self.spent.values())
        yield line("all", jobs, None, f"{total:,.0f}", None, None)

    def reproduce(self) -> Iterator[str]:
        seconds = sum(cost.estimate.seconds for cost in self.spent.values())
        longest = max(cost.estimate.longest for cost in self.spent.values())
        known = all(cost.is_measured for cost in self.spent.values())
        yield from head("cores", "measured" if known else "estimated")
        for cores in CORES:
            yield line(cores, duration(max(longest, seconds / cores)))

    def planning(self) -> Iterator[str]:
        rows = self.measured[self.measured["benchmark"] == "planning"]
        cases = rows.pivot(index="case", columns="quantity", values="value")
        cases = cases.dropna(subset="wall time").sort_values("wall time")
        yield from head("a dry run of", "seconds", "MiB")
        for case, row in cases.iterrows():
            yield line(case, f"{row['wall time']:.1f}", f"{row['memory']:.0f}")

    def origin(self) -> Iterator[str]:
        """Say where the rows come from."""
        columns = ["processor", "torch", "commit", "scale"]
        for row in self.measured[columns].drop_duplicates().to_dict("records"):
            shortened = " (shortened by `--quick`)" if row["scale"] == "quick" else ""
            where = f"{row['processor']}, torch {row['torch']}"
            yield f"- {where}, commit {row['commit']}{shortened}"

    def figure(self) -> Figure:
        figure, panels = plt.subplots(
            1, 3, figsize=(9, 3), width_ratios=[1.3, 0.8, 1.1]
        )
        self._draw_engine(panels[0])
        self._draw_cores(panels[1])
        self._draw_costs(panels[2])
        return figure

    def _draw_engine(self, axes: Axes) -> None:
        rows = self.ratios.reindex(
            [name for name in TIMED if name in self.ratios.index]
        )
        names = [*rows.index]
        axes.hlines(names, rows["least"], rows["most"], color=BLUE, alpha=0.4)
        axes.plot(rows["engine"], names, "o", label="engine")
        axes.plot(rows["products"], names, "|", markersize=9, label="products")
        axes.axvline(1, color=INK, linewidth=1)
        axes.set(xscale="log", xlabel="time, of a plain PyTorch loop's")
        axes.invert_yaxis()
        axes.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=2)

    def _draw_cores(self, axes: Axes) -> None:
        counts = [*self.speeds]
        axes.plot(counts, counts, color=MUTED, linestyle="--", label="ideal")
        axes.plot(counts, [*self.speeds.values()], "o-", label="measured")
        axes.set(xlabel="jobs at once", ylabel="jobs in the time of one")
        axes.set(xticks=counts, ylim=(0, None))
        axes.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=2)

    def _draw_costs(self, axes: Axes) -> None:
        for is_measured, color, label in (
            (True, BLUE, "measured"), (False, MUTED, "estimated"),
        ):  # fmt: skip
            minutes = {
                name: cost.estimate.seconds / 60
                if cost.is_measured == is_measured
                else 0
                for name, cost in self.spent.items()
            }
            axes.barh([*minutes], [*minutes.values()], color=color, label=label)
        axes.set(xlabel="core-minutes, all replicas")
        axes.invert_yaxis()
        axes.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=2)


if __name__ == "__main__":
    main()
