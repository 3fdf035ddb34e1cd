"""The workspace before and while Snakemake works in it."""

import fcntl
import os
import shutil
import subprocess
import sys
from pathlib import Path

from scaling_down.workflow import manifests
from scaling_down.workflow.files import (
    DamagedFile,
    is_whole,
    read_json,
    remove_parts,
    write_json,
)
from scaling_down.workflow.paths import DAMAGED, LOCK, WHOLE
from scaling_down.workflow.plan import Plan

_held = []


def prepare(plan: Plan) -> None:
    """Bring what Snakemake is to see in line with the parameters.

    Manifests are written anew where needed, and damaged run files are moved out of
    the way, with a line that says so, so that they are made again.
    """
    set_aside_damaged(plan)
    layout = plan.layout
    for name in plan.runs:
        manifests.sync(
            layout.manifest(name, "summarise"),
            plan.summary_manifest(name),
            outputs=[layout.metrics(name)],
            inputs=plan.files(name),
        )
        manifests.sync(
            layout.manifest(name, "draw"),
            plan.figures_manifest(name),
            outputs=[file for files in plan.figures(name).values() for file in files],
        )
    manifests.sync(
        layout.manifest("claims", "judge"),
        plan.claims_manifest(),
        outputs=[layout.metrics("claims")],
    )


def set_aside_damaged(plan: Plan) -> None:
    """Move planned run files that are damaged to a folder of their own.

    A file that was whole is read again only if its size or its time has changed.
    """
    known = _known_whole()
    whole = {}
    for path in map(Path, map(plan.file, plan.by_stem.values())):
        try:
            status = path.stat()
        except FileNotFoundError:
            continue
        state = [status.st_size, status.st_mtime_ns]
        if known.get(str(path)) == state or is_whole(path):
            whole[str(path)] = state
        else:
            _set_aside(path)
    if whole != known:
        write_json(WHOLE, whole)


def _known_whole() -> dict[str, list[int]]:
    try:
        known = read_json(WHOLE)
    except (FileNotFoundError, DamagedFile):
        return {}
    return known if isinstance(known, dict) else {}


def _set_aside(path: Path) -> None:
    DAMAGED.mkdir(parents=True, exist_ok=True)
    shutil.move(path, DAMAGED / path.name)
    print(
        f"{path}: damaged; moved to {DAMAGED}, this run is to be made again",
        file=sys.stderr,
    )


def require_device(device: str) -> None:
    """Exit with one line if a GPU is asked for that this machine does not have."""
    if device != "cuda":
        return
    ask = "import sys, torch; sys.exit(not torch.cuda.is_available())"
    if subprocess.run([sys.executable, "-c", ask], check=False).returncode:
        allowed = "cpu, auto, or cuda where PyTorch finds a GPU"
        sys.exit(f"params.yaml: execution.device: given 'cuda', allowed: {allowed}")


def start(plan: Plan) -> None:
    """Take the workspace's lock and clear what killed jobs left.

    The lock is the operating system's and ends with this process, however it ends.
    Exits with one line where another process holds it.
    """
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
    remove_parts(plan.folders())
