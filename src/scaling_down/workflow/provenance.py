"""What numbers may depend on beyond their key: versions and the processor.

Runs that were made elsewhere are used all the same, but it is said.
"""

import os
import platform
import re
import subprocess
from collections.abc import Iterable, Iterator
from importlib.metadata import version
from pathlib import Path

LIBRARIES = ("numba", "numpy", "scipy", "torch")
PROCESSOR = "processor"
ADOPTED = re.compile(r"adopted from \w+ of (\w+)")
INSTRUCTIONS = ("avx512f", "avx2", "avx")
"""Vector instructions, the widest first."""


def origin() -> list[str]:
    """Return what a run that is computed here comes from, such as "torch 2.13.0"."""
    return [*(f"{name} {version(name)}" for name in LIBRARIES), processor()]


def processor() -> str:
    """Return the processor's architecture, name and widest vector instructions."""
    information = _processor_information()
    flags = information.get("flags", "").split()
    widest = [name for name in INSTRUCTIONS if name in flags][:1]
    parts = [platform.machine(), information.get("model name", ""), *widest]
    return " ".join([PROCESSOR, *filter(None, parts)])


def _processor_information() -> dict[str, str]:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return {}
    pairs = (line.partition(":") for line in lines if ":" in line)
    found: dict[str, str] = {}
    for name, _, value in pairs:
        found.setdefault(name.strip(), value.strip())
    return found


def drift(recorded: Iterable[str]) -> list[str]:
    """Return those of the recorded origins that are not those of this machine."""
    return sorted(set(_made_with(recorded)) - set(origin()))


def mixed(recorded: Iterable[str]) -> list[str]:
    """Return the origins of which there are several kinds, such as two processors."""
    kinds: dict[str, list[str]] = {}
    for name in sorted(set(_made_with(recorded))):
        kinds.setdefault(name.split()[0], []).append(name)
    return [name for names in kinds.values() if len(names) > 1 for name in names]


def _made_with(recorded: Iterable[str]) -> Iterator[str]:
    """Yield the versions and processors among origins, which have adoptions too."""
    return (name for name in recorded if name.split()[0] in (*LIBRARIES, PROCESSOR))


def adopted_from(recorded: Iterable[str]) -> list[str]:
    """Return the revisions of which runs were taken over under new keys."""
    return sorted({found[1] for name in recorded if (found := ADOPTED.match(name))})


def revision() -> str:
    """Return the revision of the code, as git describes it."""
    command = ["git", "describe", "--always", "--dirty", "--abbrev=12"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    except OSError:
        return "unknown"
    return done.stdout.strip() or "unknown"


def details() -> list[str]:
    """Return what a log keeps of the machine and the code."""
    return [
        f"python {platform.python_version()}, cores {os.cpu_count()}",
        ", ".join(origin()),
        f"git revision {revision()}",
    ]
