"""How planning grows with the number of runs: dry runs with many replicas.

    python benchmarks/planning.py [--quick] [--record FILE]

In a copy of the project with the tiny parameters, the classification benchmark is asked
for with one replica a job, until there are 200, 2,000 and 20,000 runs.  Each dry
run is a process of its own; its wall time and the largest memory of all processes so
far are told.
"""

from __future__ import annotations

import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from record import Benchmark

PROJECT = Path(__file__).parents[1]
COPIED = ("Snakefile", "src", "profiles", "environment.yml")
RUNS = (200, 2_000, 20_000)
CELLS = 8
COMMAND = "snakemake --cores 1 --dry-run --quiet all -- classification"


def main() -> None:
    benchmark = Benchmark(__doc__, "200 runs alone")
    for runs in RUNS[: 1 if benchmark.quick else None]:
        with tempfile.TemporaryDirectory() as folder:
            copy_project(Path(folder), runs // CELLS)
            benchmark.add(f"{runs} runs", "wall time", dry_run(Path(folder)), "s wall")
        peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
        benchmark.add(f"{runs} runs", "memory", peak, "MiB")
    benchmark.close()


def copy_project(folder: Path, replicas: int) -> None:
    for name in COPIED:
        source = PROJECT / name
        copy = shutil.copytree if source.is_dir() else shutil.copy2
        copy(source, folder / name)
    text = (PROJECT / "tests/params.yaml").read_text()
    tiny = "  replicas: 3\n  replicas_per_job: 2\n"
    if text.count(tiny) != 1:
        sys.exit("tests/params.yaml has changed: tell this script how")
    many = f"  replicas: {replicas}\n  replicas_per_job: 1\n"
    (folder / "params.yaml").write_text(text.replace(tiny, many))


def dry_run(folder: Path) -> float:
    """Return the seconds that a dry run takes."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = {**os.environ, "PATH": path}
    start = time.perf_counter()
    subprocess.run(
        COMMAND.split(), cwd=folder, env=environment, check=True,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    return time.perf_counter() - start


if __name__ == "__main__":
    main()
