"""The digest of code follows what code says, not what its parts are called."""

import math
import os
import re
import shutil
import subprocess
import sys

import pytest

from scaling_down.workflow import experiment
from scaling_down.workflow.code import code_digest, digest, forget
from scaling_down.workflow.modules import reached
from scaling_down.workflow.plan import Plan
from scaling_down.workflow.run import _frame

COMPUTE = "experiments/toy/compute.py"
MODULE = "scaling_down.experiments.toy.compute"
CODE = '''"""Compute a toy."""

import numpy as np

from scaling_down.engine import layers
from scaling_down.engine.layers import Base, double as twice

RATE = 0.5
TABLE = {"a": RATE, "b": np.pi}


def compute(job, times=2):
    """Return nothing of worth."""
    # Twice.
    total: float = sum(_scaled(x) for x in job["steps"])
    return layers.double(RATE) + twice(total) * times + Toy().value() + len(TABLE)


def _scaled(x: float) -> float:
    return np.sqrt(x) * RATE


class Toy(Base):
    """A toy."""

    weight: int = 3

    def value(self) -> int:
        return self.weight + super().value()
'''
LAYERS = """from .constants import FACTOR


def double(x):
    return FACTOR * x


class Base:
    def value(self):
        return 1


def unused():
    return 7
"""
CONSTANTS = "FACTOR = 2\n"


@pytest.fixture
def toy(source_tree):
    """A function that digests a small tree, some of its files replaced."""

    def digested(compute=CODE, layers=LAYERS, constants=CONSTANTS, **others) -> str:
        source_tree(
            {
                COMPUTE: compute,
                "engine/layers.py": layers,
                "engine/constants.py": constants,
                **{f"engine/{name}.py": text for name, text in others.items()},
            }
        )
        return code_digest(MODULE, "compute")

    return digested


def test_key_of_fixed_settings_is_frozen():
    settings = {"steps": 20, "rate": 0.01, "models": ["a"], "on": True, "none": None}
    assert digest(settings) == "10c5af49f4ac7d45"


def test_digest_of_fixed_code_is_frozen(toy):
    assert toy() == "b35e4721d086bf3d"


@pytest.mark.parametrize("version", ["print(1)", "import sys"])
def test_digest_is_the_same_in_another_process(toy, version):
    here = toy()
    program = (
        f"{version}; import pathlib; from scaling_down.workflow import experiment;"
        f" experiment.ROOT = pathlib.Path({str(experiment.ROOT)!r});"
        f" from scaling_down.workflow.code import code_digest;"
        f" print(code_digest({MODULE!r}, 'compute'))"
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
        ('"""Compute a toy."""\n', ""),
        ("Return nothing of worth", "Return something else"),
        ('    """Return nothing of worth."""\n', ""),
        ("0.5", "(0.50)"),
        ('job["steps"]', "job['steps']"),
        ("total: float = ", "total = "),
        ("_scaled", "_shrunk"),
        ("def _scaled(x: float) -> float", "def _scaled(x)"),
        ("RATE", "SPEED"),
        ("import numpy as np\n", "import numpy as np\nimport scipy\n"),
        ("np.", "numpy."),
        ("weight: int", "weight: float"),
        ("RATE = 0.5\n", "RATE: float = 0.5\nOTHER = 1\n"),
        ("\n\nclass Toy", "\n\ndef unused():\n    return RATE\n\n\nclass Toy"),
        ("from scaling_down.engine import layers", "from ...engine import layers"),
        ("double as twice", "double"),
        (
            "import numpy as np",
            "from __future__ import annotations\nimport numpy as np",
        ),
    ],
)
def test_wording_and_names_do_not_count(toy, old, new):
    changed = CODE.replace(old, new)
    if old == "np.":
        changed = changed.replace("import numpy as np", "import numpy")
    if old == "double as twice":
        changed = changed.replace("twice(total)", "double(total)")
    assert changed != CODE
    assert toy(compute=changed) == toy()


def test_order_of_definitions_does_not_count(toy):
    head, *functions = re.split(r"\n\n\n", CODE.rstrip())
    assert len(functions) == 3
    moved = "\n\n\n".join([head, *reversed(functions)]) + "\n"
    assert toy(compute=moved) == toy()


def test_a_renamed_module_does_not_count(toy):
    before = toy()
    renamed = {"scales": CONSTANTS, "constants": "FACTOR = 99\n"}
    assert toy(layers=LAYERS.replace(".constants", ".scales"), **renamed) == before


def test_a_moved_function_does_not_count(toy):
    before = toy()
    moved = "from .constants import FACTOR\n\n\ndef double(x):\n    return FACTOR * x\n"
    rest = LAYERS.replace("def double(x):\n    return FACTOR * x\n", "")
    assert toy(layers="from .arithmetic import double\n" + rest, arithmetic=moved) == (
        before
    )


def test_star_imports_bring_what_they_bring(toy):
    before = toy()
    starred = LAYERS.replace("import FACTOR", "import *")
    assert toy(layers=starred) == before
    assert toy(layers=starred, constants="FACTOR = 3\n") != before


@pytest.mark.parametrize(
    "spelling",
    [
        "import scaling_down.engine.layers\n{}scaling_down.engine.layers.double(RATE)",
        "import scaling_down.engine.layers as deep\n{}deep.double(RATE)",
        "from ...engine import layers as other\n{}other.double(RATE)",
        "from ...engine.layers import double\n{}double(RATE)",
    ],
)
def test_an_import_s_spelling_does_not_count(toy, spelling):
    line, use = spelling.split("\n")
    changed = CODE.replace("import numpy as np\n", f"import numpy as np\n{line}\n")
    changed = changed.replace("layers.double(RATE)", use.format(""))
    assert toy(compute=changed) == toy()


def test_an_import_inside_a_function_brings_the_same(toy):
    inside = CODE.replace(
        "    # Twice.\n", "    from ...engine import layers as mine\n"
    )
    assert toy(compute=inside.replace("layers.double", "mine.double")) == toy()
    assert toy(compute=inside.replace("layers.double", "mine.unused")) != toy()


def test_what_is_imported_for_annotations_does_not_count(toy):
    typed = "from typing import TYPE_CHECKING\n\nif TYPE_CHECKING:\n    import torch\n"
    changed = CODE.replace("import numpy as np\n", f"import numpy as np\n{typed}")
    assert toy(compute=changed) == toy()


def test_an_unused_definition_elsewhere_does_not_count(toy):
    assert toy(layers=LAYERS.replace("return 7", "return 8")) == toy()


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("0.5", "0.25"),
        ("RATE = 0.5", "RATE = '0.5'"),
        (" + twice", " - twice"),
        ('"steps"', '"step"'),
        ("return np.sqrt", "yield np.sqrt"),
        ("np.sqrt", "np.exp"),
        ("np.pi", "np.e"),
        ("times=2", "times=3"),
        ("layers.double(RATE)", "layers.double(RATE, True)"),
        ("layers.double(RATE)", "layers.double(x=RATE)"),
        ("class Toy(Base)", "class Toy"),
        ("weight: int = 3", "weight: int = 4"),
        ("weight: int = 3", "weight = 3"),
        ("    def value(self) -> int:", "    @property\n    def value(self) -> int:"),
        ("def _scaled", "@np.vectorize\ndef _scaled"),
        ("RATE = 0.5\n", "RATE = 0.5\nRATE += 1\n"),
        ("RATE = 0.5\n", "RATE = 0.5\nnp.seterr(all='raise')\n"),
        ("RATE = 0.5\n", "RATE = 0.5\nTABLE['c'] = 1\n"),
    ],
)
def test_changed_code_counts(toy, old, new):
    assert old in CODE
    assert toy(compute=CODE.replace(old, new)) != toy()


def test_changes_far_away_count(toy):
    assert toy(constants="FACTOR = 3\n") != toy()
    assert toy(layers=LAYERS.replace("return 1", "return 2")) != toy()
    assert toy(layers=LAYERS + "\nprint(1)\n") != toy()
    assert toy(constants="import os\n\nFACTOR = 2\nos.umask(0)\n") != toy()


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("x = 1", "x = True"),
        ("x = 1", "x = 1.0"),
        ("x = None", "x = 0"),
        ("x = []", "x = ()"),
        ("x = [None]", "x = []"),
        ("x, y = 1, 2", "y, x = 1, 2"),
        ("x = lambda a=None: a", "x = lambda a: a"),
        ("x = lambda a, *, b: a", "x = lambda a, b: a"),
        ("def x(a, *, b=None): pass", "def x(a, *, b): pass"),
        ("x = {**a}", "x = {'a': a}"),
        ("def x():\n return", "def x():\n return 0"),
        ("x = a[1:]", "x = a[:1]"),
        ("async def x(): pass", "def x(): pass"),
        ("x = a < b", "x = a <= b"),
        ("x = b'a'", "x = 'a'"),
        ("x = f'{a!r}'", "x = f'{a}'"),
        ("if a:\n x = 1\nelse:\n x = 2", "if a:\n x = 2\nelse:\n x = 1"),
        ("x = 1\nx = 2", "x = 2\nx = 1"),
        ("def x(a): return a\na = 1", "def x(b): return a\na = 1"),
        ("def x(a): return a\na = c = 1", "def x(a): return c\na = c = 1"),
        ("x = [a for a in b]\na = 1\nb = 2", "x = [c for a in b]\nc = 1\nb = 2"),
        ("class x:\n a = 1\n def f(self): return a\na = 2",
         "class x:\n a = 1\n def f(self): return b\nb = 1"),
        ("class x:\n a = 1", "class x:\n b = 1"),
        ("class x:\n a: int", "class x:\n pass"),
    ],
)  # fmt: skip
def test_near_twins_differ(toy, first, second):
    uses = CODE.replace("layers.double(RATE)", "layers.x")
    assert toy(compute=uses, layers=f"{LAYERS}\n{first}\n") != toy(
        compute=uses, layers=f"{LAYERS}\n{second}\n"
    )


def test_recursion_and_circles_end(toy):
    circle = (
        "from . import layers\n\n\ndef even(n):\n    return n == 0 or odd(n - 1)\n\n\n"
        "def odd(n):\n    return n != 0 and layers.even(n - 1)\n"
    )
    layers = LAYERS + "\nfrom .circle import even, odd\n"
    first = CODE.replace("layers.double(RATE)", "layers.even(3)")
    second = CODE.replace("layers.double(RATE)", "layers.odd(3)")
    even = toy(compute=first, layers=layers, circle=circle)
    assert even != toy(compute=second, layers=layers, circle=circle)
    assert even == toy(compute=first, layers=layers, circle=circle)
    changed = circle.replace("n != 0", "n != 1")
    assert even != toy(compute=first, layers=layers, circle=changed)


@pytest.mark.parametrize(
    "line",
    [
        "import scaling_down.engine.layers",
        "import numpy, scaling_down.engine.layers as deep",
        "from scaling_down.engine import layers",
        "from scaling_down.engine.layers import *",
        "from ...engine.layers import double",
        "def compute(job):\n    from scaling_down.engine import layers",
        "if True:\n    import scaling_down.engine.layers",
        "from . import middle",
        "from .middle import x",
    ],
)
def test_modules_are_reached_through_imports(source_tree, line):
    source_tree(
        {
            COMPUTE: line,
            "engine/layers.py": "def double(x):\n    return 2 * x\n",
            "engine/unused.py": "",
            "experiments/toy/middle.py": "import scaling_down.engine.layers",
        }
    )
    found = reached(MODULE)
    assert found >= {MODULE, "scaling_down.engine.layers", "scaling_down.engine"}
    assert "scaling_down.engine.unused" not in found


def test_a_package_s_own_effects_count(source_tree):
    source_tree({COMPUTE: "def compute(job):\n    return 1\n"})
    before = code_digest(MODULE, "compute")
    source_tree({"experiments/__init__.py": "print(2)"})
    assert code_digest(MODULE, "compute") != before


@pytest.mark.parametrize(
    ("module", "name", "words"),
    [
        ("scaling_down.absent", "x", r"scaling_down\.absent is no module"),
        (MODULE, "absent", "has no function absent"),
    ],
)
def test_what_does_not_exist_is_named(source_tree, module, name, words):
    source_tree({COMPUTE: ""})
    with pytest.raises(ValueError, match=words):
        code_digest(module, name)


@pytest.fixture
def own_source(tmp_path, monkeypatch):
    """A copy of the project's own source, digested in place of it."""
    root = tmp_path / "scaling_down"
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(experiment.ROOT, root, ignore=ignored)
    monkeypatch.setattr(experiment, "ROOT", root)
    forget()
    yield root
    forget()


def replace_everywhere(root, pattern, new):
    for path in root.rglob("*.py"):
        path.write_text(re.sub(pattern, new, path.read_text()))
    forget()


def keys(tiny):
    return {run.name: run.key for run in Plan(tiny).by_stem.values()}


def test_renaming_in_the_engine_changes_no_key(own_source, tiny):
    before = keys(tiny)
    (own_source / "engine/losses.py").rename(own_source / "engine/criteria.py")
    replace_everywhere(own_source, r"engine\.losses", "engine.criteria")
    replace_everywhere(own_source, r"\b_take\b", "_picked")
    assert keys(tiny) == before


def test_a_constant_of_the_engine_changes_the_keys_of_its_users(own_source, tiny):
    before = keys(tiny)
    replace_everywhere(own_source, "SAMPLES_AT_ONCE = 200", "SAMPLES_AT_ONCE = 100")
    changed = {name for name, key in keys(tiny).items() if key != before[name]}
    assert "train-cnn-plain-shared" in changed
    assert not changed & {"generate-shared"}
    assert "ablation-plain-original-shared-dense" in changed


def edit(root, file, old, new):
    text = (root / file).read_text()
    assert text.count(old) == 1
    (root / file).write_text(text.replace(old, new))
    forget()


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("engine/streams.py", "_WORDS_PER_NAME = 4", "_WORDS_PER_NAME = 5"),
        ("engine/process.py", "flush_denormal(True)", "flush_denormal(False)"),
    ],
)
def test_what_is_handed_to_all_steps_changes_all_keys(own_source, tiny, file, old, new):
    before = keys(tiny)
    edit(own_source, file, old, new)
    assert not set(keys(tiny).values()) & set(before.values())


def test_what_computes_numbers_from_settings_is_part_of_the_keys(own_source, tiny):
    before = keys(tiny)
    edit(
        own_source,
        "experiments/metalearn_lr/settings.py",
        "np.geomspace",
        "np.linspace",
    )
    changed = {name for name, key in keys(tiny).items() if key != before[name]}
    assert changed
    assert all(name.startswith("grid-") for name in changed)


def test_the_stored_runs_have_the_frame_of_the_source():
    """Where it fails, all is to be trained anew: then FIRST_FRAME goes."""
    assert _frame() == {}


@pytest.mark.parametrize(
    ("file", "old", "new", "changes"),
    [
        ("statistics/intervals.py", "CONFIDENCE = 0.95", "CONFIDENCE = 0.9", "tfc"),
        ("claims/verdicts.py", "(high <= floor)", "(high < floor)", "c"),
        ("jobs/tables.py", "%.10g", "%.3g", "tfc"),
        ("experiments/contract.py", "all(", "any(", "tfc"),
        ("experiments/lottery/settings.py", "self.points - 1)", "self.points)", "tfc"),
        (
            "experiments/interpolation_threshold/settings.py",
            "key=lambda n: (",
            "key=lambda n: (0, ",
            "tfc",
        ),
        ("figures/style.py", '"font.size": 8', '"font.size": 12', "fc"),
    ],
)
def test_tables_figures_and_scorecard_have_keys_of_their_own(
    own_source, tiny, file, old, new, changes
):
    def of_outputs():
        plan = Plan(tiny)
        return {
            "t": [plan.summary_key(name) for name in plan.runs],
            "f": [plan.figures_key(name) for name in plan.runs],
            "c": plan.claims_key(),
        }

    runs, before = keys(tiny), of_outputs()
    edit(own_source, file, old, new)
    assert keys(tiny) == runs
    after = of_outputs()
    assert {kind for kind in after if after[kind] != before[kind]} == set(changes)
