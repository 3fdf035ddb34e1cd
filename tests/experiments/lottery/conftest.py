"""Trained blocks that the tests share."""

import sys
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).parent))

from small_lottery import block


@pytest.fixture(scope="session")
def magnitude():
    """A block of all rounds, pruned by magnitude."""
    return block("magnitude")


@pytest.fixture(scope="session")
def random():
    """A block of all rounds with fresh random masks."""
    return block("random")
