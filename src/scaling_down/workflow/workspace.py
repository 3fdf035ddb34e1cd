"""The workspace while Snakemake works in it: lock, damage, leftovers."""

import fcntl
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TextIO

from scaling_down.workflow import manifests
from scaling_down.workflow.files import is_whole, remove_parts
from scaling_down.workflow.paths import DAMAGED, LOCK
from scaling_down.workflow.plan import Plan

_held: list[TextIO] = []


def damaged_files(plan: Plan) -> set[str]:
    """Return the planned run files that stand but are damaged; say which."""
    files = {plan.file(run) for run in plan.by_stem.values()}
    damaged = {file for file in files if Path(file).exists() and not is_whole(file)}
    for file in sorted(damaged):
        print(f"{file}: damaged, this run is to be made again", file=sys.stderr)
    return damaged


def require_device(device: str) -> None:
    """Exit with one line if a GPU is asked for that this machine does not have."""
    if device != "cuda":
        return
    ask = "import sys, torch; sys.exit(not torch.cuda.is_available())"
    if subprocess.run([sys.executable, "-c", ask], check=False).returncode:
        allowed = "cpu, auto, or cuda where PyTorch finds a GPU"
        sys.exit(f"params.yaml: execution.device: given 'cuda', allowed: {allowed}")


def start(plan: Plan, damaged: set[str]) -> None:
    """Take the workspace's lock, then make ready what the jobs are to find.

    Leftovers of killed jobs go, damaged files are set aside, manifests are written.
    The lock is the operating system's and ends with this process, however it ends.
    Exits with one line where another process holds it.
    """
    _take_lock()
    remove_parts(plan.folders())
    for file in sorted(damaged):
        DAMAGED.mkdir(parents=True, exist_ok=True)
        shutil.move(file, DAMAGED / Path(file).name)
    for job in manifests.cheap_jobs(plan):
        manifests.write(job)


def _take_lock() -> None:
    LOCK.parent.mkdir(parents=True, exist_ok=True)
    lock = LOCK.open("a+")
    _held.append(lock)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.seek(0)
        sys.exit(
            f"Another run of this workflow (process {lock.read().strip()}) is at work"
            " in this folder: wait for its end, or stop it."
        )
    lock.truncate(0)
    lock.write(str(os.getpid()))
    lock.flush()
