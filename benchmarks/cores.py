"""A training job of the classification in 1, 2, ... processes at the same time.

    python benchmarks/cores.py [--quick] [--record FILE]

The job is one of params.yaml, with fewer steps: the CNN on plain positions, the
replicas of a job, in a process of its own as Snakemake starts it.  Told are the wall
time until all have ended and the largest memory of a process.  The last one is on a
GPU, where there is one.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

from record import PARAMS, Benchmark

# isort: split

import torch

from scaling_down.workflow.parameters.file import load_params
from scaling_down.workflow.plan import Plan
from scaling_down.workflow.run import Run

SOURCE = PARAMS.parent / "src"


def main() -> None:
    benchmark = Benchmark(__doc__, "fewer steps, one turn")
    steps, turns = (100, 1) if benchmark.quick else (1500, 3)
    plan = Plan(load_params(PARAMS, {"classification": shortened(steps)}))
    run = next(r for r in plan.runs["classification"] if r.cell.startswith("cnn-plain"))
    with tempfile.TemporaryDirectory() as folder:
        for read in run.reads.values():
            wait([start(plan, read, Path(folder, plan.file(read)))])
        numbers = counts(os.cpu_count() or 1)
        walls = [
            [wall(plan, run, Path(folder), n) for n in numbers] for _ in range(turns)
        ]
        for number, taken in zip(numbers, zip(*walls, strict=True), strict=True):
            case = f"{number} at once"
            benchmark.add(case, "wall time", median(taken), "s wall")
        peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
        benchmark.add("a process", "memory", peak, "MiB")
        on_a_gpu(benchmark, plan, run, Path(folder))
    benchmark.close()


def shortened(steps: int) -> dict[str, int]:
    return {"steps": steps, "evaluate_every": steps, "fresh_samples": 10_000}


def counts(cores: int) -> list[int]:
    """Return 1, 2, 4, ... and the number of cores."""
    powers = [2**n for n in range(cores.bit_length())]
    return sorted({*powers, cores})


def on_a_gpu(benchmark: Benchmark, plan: Plan, run: Run, folder: Path) -> None:
    if torch.cuda.is_available():
        seconds = wall(plan, run, folder, 1, "cuda")
        benchmark.add("one on a GPU", "wall time", seconds, "s wall")
    else:
        print("no GPU was found here: nothing was measured on one")


def wall(
    plan: Plan, run: Run, folder: Path, processes: int, device: str = "cpu"
) -> float:
    """Return the seconds until so many jobs that start together have ended."""
    begin = time.perf_counter()
    outputs = [folder / f"{number}.npz" for number in range(processes)]
    wait([start(plan, run, output, device) for output in outputs])
    return time.perf_counter() - begin


def start(plan: Plan, run: Run, output: Path, device: str = "cpu") -> subprocess.Popen:
    output.parent.mkdir(parents=True, exist_ok=True)
    reads = {n: str(output.parent / file) for n, file in plan.reads(run).items()}
    command = [sys.executable, "-m", "scaling_down", "compute", run.describe(reads)]
    return subprocess.Popen(
        [*command, "--output", str(output), "--device", device],
        env={**os.environ, "PYTHONPATH": str(SOURCE)}, stderr=subprocess.DEVNULL,
    )  # fmt: skip


def wait(jobs: list[subprocess.Popen]) -> None:
    if any(job.wait() for job in jobs):
        sys.exit("a training job failed")


if __name__ == "__main__":
    main()
