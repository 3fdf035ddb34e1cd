import math
import os
import subprocess
import sys

import pytest

from scaling_down.workflow import code as identity
from scaling_down.workflow.code import code_digest, digest, imports

TRAIN = "experiments/toy/compute.py"
MODULE = "scaling_down.experiments.toy.compute"
CODE = '''"""Train a toy."""

from scaling_down.engine import layers

RATE = 0.5


def compute(job):
    """Return nothing of worth."""
    # Twice.
    return layers.double(RATE) + job["steps"]
'''
LAYERS = "def double(x):\n    return 2 * x\n"


@pytest.fixture
def toy(source_tree):
    """A function that digests a small tree, some of its files replaced."""

    def digested(**replaced: str) -> str:
        files = {TRAIN: CODE, "engine/layers.py": LAYERS}
        names = {"train": TRAIN, "layers": "engine/layers.py"}
        source_tree(files | {names[name]: text for name, text in replaced.items()})
        return code_digest(MODULE)

    return digested


def test_key_of_fixed_settings_is_frozen():
    settings = {"steps": 20, "rate": 0.01, "models": ["a"], "on": True, "none": None}
    assert digest(settings) == "10c5af49f4ac7d45"


def test_digest_of_fixed_code_is_frozen(toy):
    assert toy() == "7a2c99ca58b432f4"


@pytest.mark.parametrize("version", ["print(1)", "import sys"])
def test_digest_is_the_same_in_another_process(toy, tmp_path, version):
    here = toy()
    program = (
        f"{version}; import pathlib;"
        f" from scaling_down.workflow import code as identity;"
        f" identity.ROOT = pathlib.Path({str(identity.ROOT)!r});"
        f" print(identity.code_digest({MODULE!r}))"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    environment["PYTHONHASHSEED"] = str(len(version))
    done = subprocess.run(
        [sys.executable, "-c", program],
        env=environment, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stdout.split()[-1] == here


def test_order_of_settings_does_not_matter():
    assert digest({"a": 1, "b": {"c": 2, "d": 3}}) == digest(
        {"b": {"d": 3, "c": 2}, "a": 1}
    )


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ([1, 2], [2, 1]),
        ({"a": 1}, {"a": 1.0}),
        ({"a": 1}, {"a": True}),
        ({"a": 1}, {"a": "1"}),
        ({"a": None}, {}),
        ({"a": 0.1}, {"a": 0.1 + 2**-56}),
    ],
)
def test_different_settings_have_different_keys(first, second):
    assert digest(first) != digest(second)


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_numbers_that_are_not_finite_are_refused(value):
    with pytest.raises(ValueError, match="not JSON compliant"):
        digest({"a": [value]})


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("    # Twice.\n", ""),
        ("# Twice", "# Two times, as a reason"),
        ('"""Train a toy."""\n', ""),
        ("Return nothing of worth", "Return something else"),
        ('    """Return nothing of worth."""\n', ""),
        ("0.5", "(0.50)"),
        ("layers.double(RATE) +", "layers.double(\n        RATE\n    ) +"),
        ('job["steps"]', "job['steps']"),
        ("\n\n\ndef", "\n\n\n\n\ndef"),
    ],
)
def test_wording_and_format_do_not_count(toy, old, new):
    assert old in CODE
    assert toy(train=CODE.replace(old, new)) == toy()


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("0.5", "0.25"),
        ("RATE = 0.5", "RATE = '0.5'"),
        ("+ job", "- job"),
        ('"steps"', '"step"'),
        ("return", "yield"),
        ("compute(job)", "compute(job=None)"),
        ("layers.double(RATE)", "layers.double(RATE, True)"),
        ("layers.double(RATE)", "layers.double(RATE, x=True)"),
        ("RATE = 0.5", "RATE = 0.5\nOTHER = 1"),
    ],
)
def test_changed_code_counts(toy, old, new):
    assert old in CODE
    assert toy(train=CODE.replace(old, new)) != toy()


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("x = 1", "x = True"),
        ("x = 1", "x = 1.0"),
        ("x = None", "x = 0"),
        ("x = []", "x = ()"),
        ("x = [None]", "x = []"),
        ("def f(a=None): pass", "def f(a): pass"),
        ("def f(a, *, b): pass", "def f(a, b): pass"),
        ("def f(a, *, b=None): pass", "def f(a, *, b): pass"),
        ("x = {**a}", "x = {'a': a}"),
        ("def f():\n return", "def f():\n return 0"),
        ("x = a[1:]", "x = a[:1]"),
        ("x: int = 1", "x = 1"),
        ("for a in b:\n c()\nelse:\n d()", "for a in b:\n c()\nd()"),
        ("async def f(): pass", "def f(): pass"),
        ("x = a < b", "x = a <= b"),
        ("x = b'a'", "x = 'a'"),
        ("x = f'{a!r}'", "x = f'{a}'"),
    ],
)
def test_near_twins_differ(toy, first, second):
    assert toy(layers=first) != toy(layers=second)


def test_a_changed_import_counts(toy):
    assert toy(layers="def double(x):\n    return 3 * x\n") != toy()
    assert toy(layers="# Doubling.\n" + LAYERS) == toy()


@pytest.mark.parametrize(
    "line",
    [
        "import scaling_down.engine.layers",
        "import numpy, scaling_down.engine.layers as deep",
        "from scaling_down.engine import layers",
        "from scaling_down.engine.layers import double",
        "from scaling_down.engine.layers import *",
        "from ...engine import layers as other",
        "from ...engine.layers import double",
        "def compute(job):\n    from scaling_down.engine import layers",
        "if True:\n    import scaling_down.engine.layers",
        "from . import middle",
        "from .middle import x",
    ],
)
def test_imports_are_followed(source_tree, line):
    source_tree(
        {
            TRAIN: line,
            "engine/layers.py": LAYERS,
            "engine/unused.py": "",
            "experiments/toy/middle.py": "import scaling_down.engine.layers",
        }
    )
    found = imports(MODULE)
    assert found >= {MODULE, "scaling_down.engine.layers", "scaling_down.engine"}
    assert "scaling_down.engine.unused" not in found
    assert ("scaling_down.experiments.toy.middle" in found) == ("middle" in line)


def test_imports_of_a_package_count(source_tree):
    source_tree({TRAIN: "import scaling_down.engine.layers", "engine/layers.py": ""})
    before = code_digest(MODULE)
    package = {"engine/__init__.py": "from .other import x", "engine/other.py": "x = 1"}
    source_tree(package)
    after = code_digest(MODULE)
    assert "scaling_down.engine.other" in imports(MODULE)
    source_tree({"engine/other.py": "x = 2"})
    assert len({before, after, code_digest(MODULE)}) == 3


def test_packages_around_a_module_count(source_tree):
    source_tree({TRAIN: "x = 1"})
    assert imports(MODULE) == {
        "scaling_down",
        "scaling_down.experiments",
        "scaling_down.experiments.toy",
        MODULE,
    }
    before = code_digest(MODULE)
    source_tree({"experiments/__init__.py": "x = 2"})
    assert code_digest(MODULE) != before


def test_circular_imports_end(source_tree):
    source_tree({TRAIN: "from . import middle"})
    source_tree({"experiments/toy/middle.py": "from . import compute"})
    assert "scaling_down.experiments.toy.middle" in imports(MODULE)


def test_other_packages_do_not_count(source_tree):
    source_tree({TRAIN: "import numpy, scaling_downer\nfrom json import dumps"})
    assert all(name.split(".")[0] == "scaling_down" for name in imports(MODULE))


def test_unknown_module_is_named(source_tree):
    source_tree({TRAIN: ""})
    with pytest.raises(ValueError, match=r"scaling_down\.absent is no module"):
        code_digest("scaling_down.absent")
