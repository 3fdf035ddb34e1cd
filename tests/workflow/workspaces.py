"""Workspaces on the tiny parameters, used through the commands a person types."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
from contextlib import contextmanager, suppress
from pathlib import Path

from ruamel.yaml import YAML

PROJECT = Path(__file__).parents[2]
STARTS = re.compile(r"^(\w+) (\S+?)(?:, replicas (.+))?: starts$", re.MULTILINE)
RUN_FILE = re.compile(r"(.+?)(?:-r(\d+)-(\d+))?-[0-9a-f]{16}\.npz")
YAML_FILE = YAML(typ="safe", pure=True)
FEWER_JOBS = {
    "classification.models": ["logistic"],
    "classification.positions": ["plain"],
    "classification.training_sets": ["shared"],
    "lottery.rounds": 4,
    "lottery.protocols": ["published"],
    "lottery.ablation.sparsity": 0.4,
    "lottery.ablation.conditions": [["plain", "original", "shared"]],
    "lottery.ablation.weight_decays": [],
    "lottery.masks.sparsities": [0.4],
}
"""What the tiny parameters lose here: every mechanism is still met."""
LEFT_OUT = (
    "double_descent", "improved_baselines", "interpolation_threshold",
    "metalearn_activation", "metalearn_lr", "pooling", "self_supervised", "tsne",
)  # fmt: skip
"""Experiments without a mechanism that the others lack; the tests take less time."""

KEYS = """
import json, sys
from scaling_down.workflow.parameters.file import load_params
from scaling_down.workflow.plan import Plan
plan = Plan(load_params("params.yaml", json.loads(sys.argv[2])))
print(plan.summary_key(sys.argv[1]), plan.figures_key(sys.argv[1]))
"""


def environment():
    """The environment of a person who has activated the virtual environment."""
    scripts = str(Path(sys.executable).parent)
    kept = {k: v for k, v in os.environ.items() if not k.startswith("PYTHON")}
    return {**kept, "PYTHONPATH": "src", "PATH": f"{scripts}{os.pathsep}{kept['PATH']}"}


class Workspace:
    """A checkout of the project in a folder of its own."""

    def __init__(self, path):
        self.path = path

    def run(self, command, status=0, limit_s=1200):
        """Run a command line; return what it prints, after checking its status."""
        done = subprocess.run(
            command.split(), cwd=self.path, env=environment(), text=True,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            check=False, timeout=limit_s,
        )  # fmt: skip
        assert done.returncode == status, f"{command}\n{done.stdout}"
        return done.stdout

    @contextmanager
    def running(self, command):
        """Start a command line as the leader of a process group; end all of it."""
        process = subprocess.Popen(
            command.split(), cwd=self.path, env=environment(), text=True,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            start_new_session=True,
        )  # fmt: skip
        try:
            yield process
        finally:
            kill_group(process)
            process.wait()
            process.stdout.close()

    def trained(self, command):
        """Run a command; return the (experiment, cell, replica) that it trains."""
        return trained(self.run(command))

    def edit(self, key, value):
        """Change one parameter, its path given with dots."""
        file = self.path / "params.yaml"
        params = YAML_FILE.load(file)
        *sections, last = key.split(".")
        section = params
        for name in sections:
            section = section[name]
        section[last] = value
        YAML_FILE.dump(params, file)

    def replace(self, file, old, new):
        """Change a piece of a source file that occurs in it exactly once."""
        path = self.path / "src/scaling_down" / file
        text = path.read_text()
        assert text.count(old) == 1
        path.write_text(text.replace(old, new))

    def keys(self, experiment, overrides=None):
        """Return the keys that an experiment's tables and figures must have here."""
        arguments = [experiment, json.dumps(overrides or {})]
        done = subprocess.run(
            [sys.executable, "-c", KEYS, *arguments], cwd=self.path, env=environment(),
            text=True, stdout=subprocess.PIPE, check=True,
        )  # fmt: skip
        return done.stdout.split()

    def commit(self, message="edit"):
        """Commit everything to git."""
        self.run("git add --all")
        self.run(f"git commit --quiet --allow-empty -m {message}")

    def files(self, *patterns):
        """Return the paths, from the workspace, that match the patterns."""
        found = (path for p in patterns for path in self.path.glob(p))
        return sorted(str(p.relative_to(self.path)) for p in found if p.is_file())

    def outputs(self, *patterns):
        """Return the bytes of tables, metrics and figures (or what else is asked)."""
        names = self.files(
            *(patterns or ("results/*/*.csv", "results/*/*.json", "figures/*"))
        )
        return {n: (self.path / n).read_bytes() for n in names if ".gitignore" not in n}

    def times(self, *patterns):
        """Return the modification times of the matching files."""
        return {n: (self.path / n).stat().st_mtime_ns for n in self.files(*patterns)}

    def of_experiment(self, name):
        """Return a function that reads a file as an experiment of DVC recorded it."""
        references = self.run("git for-each-ref --format=%(refname) refs/exps")
        (found,) = [r for r in references.splitlines() if r.endswith(f"/{name}")]
        return lambda file: YAML_FILE.load(self.run(f"git show {found}:{file}"))

    def copy(self, path):
        """Return a copy with all its files' times."""
        shutil.copytree(self.path, path, symlinks=True)
        return Workspace(path)

    def clone(self, path):
        """Return a fresh clone, without results that only DVC keeps."""
        self.run(f"git clone --quiet {self.path} {path}")
        return with_identity(Workspace(path))


def kill_group(process):
    """Kill a process and all that it has started, if they still run."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)


@contextmanager
def paused(process):
    """Let a process and all that it has started stand still for a while."""
    os.killpg(process.pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.killpg(process.pid, signal.SIGCONT)


def trained(output):
    """Return the (experiment, cell, replica) whose training an output reports."""
    found = []
    for experiment, cell, replicas in STARTS.findall(output):
        numbers = replicas.split(", ") if replicas else ["all"]
        found += [(experiment, cell, number) for number in numbers]
    return sorted(found)


def standing(names):
    """Return the (experiment, cell, replica) that stand in run files."""
    found = set()
    for name in names:
        _, experiment, _, file = name.split("/")
        cell, first, last = RUN_FILE.fullmatch(file).groups()
        numbers = range(int(first), int(last) + 1) if first else ["all"]
        found |= {(experiment, cell, str(number)) for number in numbers}
    return found


def with_identity(workspace):
    """Let git commit there."""
    workspace.run("git config user.name tests")
    workspace.run("git config user.email tests@localhost")
    return workspace


def belongs(name):
    """Tell whether a path or a name is of an experiment that is left out."""
    return any(
        name.startswith(experiment) or f"/{experiment}/" in name
        for experiment in LEFT_OUT
    )


def leave_out(workspace):
    """Take the experiments that are left out from the parameters; write dvc.yaml."""
    for file in ("params.yaml", "tests/params.yaml", "presets/quick.yaml"):
        sections = YAML_FILE.load(workspace.path / file)
        kept = {n: s for n, s in sections.items() if not belongs(n)}
        YAML_FILE.dump(kept, workspace.path / file)
    workspace.run(f"{sys.executable} -m scaling_down stages")


def snapshot(path):
    """Copy the project as it stands, without results, with the tiny parameters.

    Return the revision that stands there.
    """
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=PROJECT, capture_output=True, text=True, check=True,
    ).stdout.splitlines()  # fmt: skip
    results = ("results/", "figures/", "dvc.lock")
    for name in listed:
        wanted = not name.startswith(results) and not belongs(name)
        if wanted and (PROJECT / name).is_file():
            target = path / name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(PROJECT / name, target)
    shutil.copy2(PROJECT / "tests/params.yaml", path / "params.yaml")
    workspace = Workspace(path)
    leave_out(workspace)
    for key, value in FEWER_JOBS.items():
        workspace.edit(key, value)
    workspace.run("git init --quiet --initial-branch main")
    with_identity(workspace)
    workspace.commit("tiny")
    return workspace.run("git rev-parse HEAD")
