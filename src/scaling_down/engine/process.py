"""What a process must be for its numbers to be what they are.

Instructions, device, threads, allocator; all of it is set before an experiment's code
is called.
"""

from __future__ import annotations

import ctypes
import os
import sys
from collections.abc import Callable
from types import ModuleType
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    import torch

Instructions = Literal["portable", "native"]
PORTABLE = {
    "ATEN_CPU_CAPABILITY": "avx2",
    "MKL_CBWR": "AVX2",
    "NUMBA_CPU_NAME": "haswell",
    "NUMBA_CPU_FEATURES": "+avx2,+fma",
    "OPENBLAS_CORETYPE": "Haswell",
}
"""What makes PyTorch, MKL, numba and the OpenBLAS of numpy and SciPy take the
instructions of AVX2 on any processor that has them: they choose by the processor
otherwise, and sums come out in other bits."""
READERS = ("torch", "numba", "numpy")
"""Who reads these when they are imported."""

# Numbers of glibc's mallopt(3).
_M_TRIM_THRESHOLD, _M_TOP_PAD, _M_MMAP_THRESHOLD = -1, -2, -3
_MEGABYTE = 1 << 20


def pin_instructions(instructions: Instructions) -> None:
    """Set which vector instructions the libraries take: "portable" or "native" ones.

    Raises RuntimeError where a library that reads the choice is imported already and
    the environment has another one.
    """
    if instructions == "native" or PORTABLE.items() <= os.environ.items():
        return
    if imported := [name for name in READERS if name in sys.modules]:
        raise RuntimeError(f"{', '.join(imported)}: imported before the pins were set")
    os.environ.update(PORTABLE)


def prepare(device: str) -> torch.device:
    """Set up the process for training and return the device to train on.

    `device` is "cpu", "cuda", or "auto" (a GPU where there is one).  Training uses
    one thread, since the number of threads changes the bits of a result.  Raises
    ValueError for another name, and for "cuda" where no GPU can be used.
    """
    import torch

    if device not in ("cpu", "cuda", "auto"):
        raise ValueError(f"device: {device!r} is not one of 'cpu', 'cuda', 'auto'")
    available = device != "cpu" and torch.cuda.is_available()
    if device == "cuda" and not available:
        raise ValueError("device: 'cuda' was asked for, but PyTorch finds no GPU")
    sys.modules.setdefault("torch._dynamo", _NoCompiler("torch._dynamo"))
    fix_arithmetic()
    _keep_memory()
    return torch.device("cuda" if available else "cpu")


def fix_arithmetic() -> None:
    """Set what the bits of a sum depend on besides the instructions."""
    import torch

    torch.set_num_threads(1)
    torch.set_flush_denormal(True)


class _NoCompiler(ModuleType):
    """Stands in for the compiler, which nothing here uses.

    PyTorch's optimisers import it to tell it what not to compile; that takes as long
    as the rest of a short job.
    """

    @staticmethod
    def disable(function: Callable, *_: object, **__: object) -> Callable:
        """Return a function as it is."""
        return function

    @staticmethod
    def graph_break() -> None:
        """Break no graph."""


def _keep_memory() -> None:
    """Let glibc keep freed blocks: fresh pages cost more than most of our tensors."""
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is None:
        return
    mallopt(_M_MMAP_THRESHOLD, 32 * _MEGABYTE)  # the largest that glibc accepts
    mallopt(_M_TRIM_THRESHOLD, 1024 * _MEGABYTE)
    mallopt(_M_TOP_PAD, 64 * _MEGABYTE)
