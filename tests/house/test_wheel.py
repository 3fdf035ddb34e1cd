"""The wheel serves the dataset in an environment with numpy and scipy alone."""

import json
import os
import shutil
import subprocess
import sys
import venv
from pathlib import Path

import numpy as np
import pytest
import scipy

from scaling_down.dataset import load_dataset, make_dataset

pytestmark = pytest.mark.slow

PROGRAM = """
import importlib.util, json
from scaling_down.dataset import get_dataset, get_dataset_args, make_dataset

args = get_dataset_args()
args.num_samples = 60
args.shuffle_seq = True
data = get_dataset(args, path="./mnist1d_data.pkl", download=False, regenerate=True)
names = ["torch", "click", "pandas", "pydantic", "matplotlib", "mnist1d", "pip"]
print(json.dumps({
    "sum": float(abs(make_dataset(args)["x"]).sum()),
    "installed": [name for name in names if importlib.util.find_spec(name)],
    "file": importlib.util.find_spec("scaling_down").origin,
}))
"""


def call(*command, folder):
    environment = {k: v for k, v in os.environ.items() if not k.startswith("PYTHON")}
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def wheel(repository, tmp_path_factory):
    """The wheel, built from a copy so that nothing is left in the source tree."""
    folder = tmp_path_factory.mktemp("wheel")
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(repository / name, folder)
    ignored = shutil.ignore_patterns("__pycache__", "*.egg-info")
    shutil.copytree(repository / "src", folder / "src", ignore=ignored)
    pip = (sys.executable, "-m", "pip", "wheel", ".", "--no-deps", "--no-index")
    call(*pip, "--no-build-isolation", folder=folder)
    (built,) = folder.glob("scaling_down-*-py3-none-any.whl")
    return built


@pytest.fixture(scope="module")
def python(wheel, tmp_path_factory):
    """An environment with the wheel, numpy and scipy alone, made without a network.

    numpy and scipy are those that run this test, through links in a folder that has
    nothing else.
    """
    folder = tmp_path_factory.mktemp("environment")
    venv.create(folder / "venv", with_pip=False, symlinks=True)
    python = folder / "venv/bin/python"
    pip = (sys.executable, "-m", "pip", "--python", str(python), "install")
    call(*pip, "--no-deps", "--no-index", str(wheel), folder=folder)
    lent = folder / "lent"
    lent.mkdir()
    for package in (np, scipy):
        path = Path(package.__file__).parent
        for found in (path, path.with_name(f"{path.name}.libs")):
            if found.exists():
                (lent / found.name).symlink_to(found)
    (site,) = (folder / "venv/lib").glob("python*/site-packages")
    (site / "lent.pth").write_text(f"{lent}\n")
    return python


def test_code_for_upstream_runs_from_the_wheel(python, tmp_path):
    said = call(str(python), "-c", PROGRAM, folder=tmp_path).splitlines()
    report = json.loads(said[-1])
    assert report["installed"] == []
    assert Path(report["file"]).is_relative_to(python.parents[1])
    expected = make_dataset(num_samples=60, shuffle_seq=True)
    assert report["sum"] == pytest.approx(abs(expected["x"]).sum(), rel=1e-12)
    assert (tmp_path / "mnist1d_data.npz").exists()


def test_the_command_runs_from_the_wheel(python, tmp_path):
    options = ("--out", "data.npz", "--num-samples", "30")
    call(str(python), "-m", "scaling_down.dataset", *options, folder=tmp_path)
    made = load_dataset(tmp_path / "data.npz")
    np.testing.assert_allclose(made["x"], make_dataset(num_samples=30)["x"])
