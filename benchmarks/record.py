"""What the benchmarks share: options, turns, the bound, and the record.

Import it before PyTorch and NumPy: it pins the instructions that training jobs take,
and one thread.  Times are seconds of the processor, which a busy machine distorts
little.
"""

from __future__ import annotations

import argparse
import csv
import os
import resource
import sys
import time
from collections.abc import Callable, Mapping
from importlib.metadata import version
from pathlib import Path
from statistics import median

from scaling_down.engine.process import PORTABLE

os.environ.update({"OMP_NUM_THREADS": "1", **PORTABLE})

import torch
from torch.utils.flop_counter import FlopCounterMode

from scaling_down.engine.process import prepare
from scaling_down.workflow.provenance import processor, revision

PARAMS = Path(__file__).parents[1] / "params.yaml"
COLUMNS = (
    "benchmark", "case", "quantity", "value", "unit", "scale", "processor", "torch",
    "commit",
)  # fmt: skip
SIZE = 512
"""Rows of the square matrices whose product tells the rate of this core."""
Contender = Callable[[], object]
Times = dict[str, float]


def median_times(
    contenders: Mapping[str, Contender], turns: int, calls: int = 1
) -> Times:
    """Return the processor's seconds of a call, the median over turns, by name.

    The contenders take turns of a few calls, so that a change of the clock speed meets
    them all; the first turn warms up.
    """
    taken: dict[str, list[float]] = {name: [] for name in contenders}
    for turn in range(turns + 1):
        for name, contender in contenders.items():
            start = time.process_time()
            for _ in range(calls):
                contender()
            if turn:
                taken[name].append((time.process_time() - start) / calls)
    return {name: median(seconds) for name, seconds in taken.items()}


def bounded_times(
    contenders: Mapping[str, Contender], turns: int, calls: int = 1
) -> Times:
    """Return the median times, and what the products of `loop` alone would cost.

    At the rate of a large product, which takes its turns with the others.
    """
    times = median_times({**contenders, "large": large_product()}, turns, calls)
    rate = 2 * SIZE**3 / times.pop("large")
    return times | {"products": operations(contenders["loop"]) / rate}


def large_product() -> Contender:
    a, b, product = torch.randn(3, SIZE, SIZE)
    return lambda: torch.mm(a, b, out=product)


def operations(contender: Contender) -> int:
    """Return the operations of a call's matrix products and convolutions."""
    with FlopCounterMode(display=False) as counter:
        contender()
    return counter.get_total_flops()


class Benchmark:
    """A run of one script: its options, and the rows that it prints and records.

    `doc` is the script's docstring, `quick` what its option of that name does.
    """

    def __init__(self, doc: str, quick: str) -> None:
        parser = argparse.ArgumentParser(description=doc.splitlines()[0])
        parser.add_argument("--quick", action="store_true", help=quick)
        parser.add_argument(
            "--record", type=Path, metavar="FILE", help="append the rows to this CSV"
        )
        options = parser.parse_args()
        self.name = Path(sys.argv[0]).stem
        self.quick: bool = options.quick
        self.file: Path | None = options.record
        self.rows: list[tuple[str, str, float, str]] = []
        prepare("cpu")
        print(f"torch {version('torch')}, {processor()}")

    def add(self, case: str, quantity: str, value: float, unit: str) -> None:
        """Print a number and keep it."""
        print(f"{case:24s} {quantity} {value:.4g} {unit}", flush=True)
        self.rows.append((case, quantity, value, unit))

    def times(self, case: str, times: Times) -> None:
        """Print the seconds of all contenders, and the first one's share; keep them."""
        shown = "  ".join(f"{name} {1e3 * t:.2f} ms" for name, t in times.items())
        print(f"{case:24s} {shown}  {_shares(times)}", flush=True)
        self.rows += [(case, name, seconds, "s") for name, seconds in times.items()]

    def close(self) -> None:
        """Print the sums over the cases and the memory; record all rows."""
        sums: Times = {}
        for _, quantity, value, unit in self.rows:
            if unit == "s":
                sums[quantity] = sums.get(quantity, 0) + value
        if sums:
            print(f"{'sum':24s} {_shares(sums)}")
        who = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
        peak = max(resource.getrusage(w).ru_maxrss for w in who) / 1024
        self.add("process", "peak memory", peak, "MiB")
        if self.file:
            self._append(self.file)

    def _append(self, file: Path) -> None:
        scale = "quick" if self.quick else "full"
        machine = processor().removeprefix("processor "), version("torch"), revision()
        is_new = not file.exists()
        with file.open("a", encoding="utf-8", newline="") as opened:
            table = csv.writer(opened, lineterminator="\n")
            if is_new:
                table.writerow(COLUMNS)
            for case, quantity, value, unit in self.rows:
                number = f"{value:.4g}"
                table.writerow(
                    (self.name, case, quantity, number, unit, scale, *machine)
                )


def _shares(times: Times) -> str:
    """Return the engine's time as a share of each other one's."""
    engine = times.get("engine")
    if engine is None:
        return ""
    others = (f"{engine / t:.3f} of {n}" for n, t in times.items() if n != "engine")
    return f"engine {', '.join(others)}"
