import os
import sys
from pathlib import Path

import pytest
from hypothesis import settings
from ruamel.yaml import YAML

from scaling_down.engine.process import pin_instructions
from scaling_down.workflow import code, experiment
from scaling_down.workflow.parameters import file as params

# Before anything imports torch: tests take the instructions that jobs take.
pin_instructions("portable")

# The same examples in every run of the tests; new ones, and many, when asked for:
# HYPOTHESIS_PROFILE=thorough.
settings.register_profile(
    "scaling-down", deadline=None, max_examples=60, derandomize=True
)
settings.register_profile("thorough", deadline=None, max_examples=1000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "scaling-down"))


def pytest_addoption(parser):
    parser.addoption("--fix", action="store_true", help="write generated files anew")


@pytest.fixture
def fix(request):
    """Whether generated files that are stale are to be written."""
    return request.config.getoption("fix")


@pytest.fixture(scope="session")
def repository() -> Path:
    """The root of the source tree."""
    return Path(__file__).parents[1]


@pytest.fixture
def tiny_values(repository):
    """The plain values of tests/params.yaml, anew for each test."""
    return YAML(typ="safe", pure=True).load(repository / "tests/params.yaml")


@pytest.fixture
def tiny(tiny_values):
    """The validated parameters of tests/params.yaml."""
    return params.validate(tiny_values, "tests/params.yaml")


@pytest.fixture
def tiny_with(tiny_values):
    """A function that validates tests/params.yaml with overrides laid over it."""
    return lambda over: params.validate(params._merge(tiny_values, over), "tiny")


@pytest.fixture
def source_tree(tmp_path, monkeypatch):
    """A function that writes a package of its own, and has it digested anew."""
    root = tmp_path / "source"
    monkeypatch.setattr(experiment, "ROOT", root)

    def write(files: dict[str, str]) -> None:
        for name, text in files.items():
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
            for folder in path.relative_to(root).parents:
                (root / folder / "__init__.py").touch()
        code.forget()

    yield write
    code.forget()


@pytest.fixture(autouse=True)
def _exact_small_numbers():
    """Training flushes denormal numbers in its process; hypothesis minds."""
    yield
    if "torch" in sys.modules:
        sys.modules["torch"].set_flush_denormal(False)


@pytest.fixture(autouse=True)
def _no_open_figures():
    yield
    if "matplotlib.pyplot" in sys.modules:
        sys.modules["matplotlib.pyplot"].close("all")
