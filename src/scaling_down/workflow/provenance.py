"""Which library versions runs were made with: used all the same, but said."""

from collections.abc import Iterable
from importlib.metadata import version

NAMES = ("numpy", "scipy", "torch")


def installed() -> list[str]:
    """Return the versions that numbers may depend on, such as "torch 2.13.0"."""
    return [f"{name} {version(name)}" for name in NAMES]


def drift(recorded: Iterable[str]) -> list[str]:
    """Return those of the recorded versions that are not installed here."""
    return sorted(set(recorded) - set(installed()))
