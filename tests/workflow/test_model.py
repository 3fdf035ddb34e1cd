"""Random sequences of what people do, against a simple model of what must stand.

The model: after either tool has succeeded, tables and figures are those of the
parameters and of the code beside them, and equal parameters and code always give equal
bytes, whatever happened before.
"""

import os
import time

import pandas as pd
import pytest
from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    precondition,
    rule,
    run_state_machine_as_test,
)
from PIL import Image
from workspaces import YAML_FILE, Workspace

from scaling_down.figures.style import STYLE

SNAKEMAKE = "snakemake --cores 2 -- classification"
REPRO = "dvc repro --quiet classification_figures"
TABLES = ("results/classification/*.csv", "results/classification/metrics.json")
FIGURES = ("figures/classification*",)
RUNS = "results/classification/runs/*.npz"
CODE = "engine/evaluation.py"
PLAIN = "SAMPLES_AT_ONCE = 200\n"
COMMENTED, CHANGED = "SAMPLES_AT_ONCE = 200  # so\n", "SAMPLES_AT_ONCE = 100\n"
TOOLS = st.sampled_from([SNAKEMAKE, REPRO, None])
STEPS = st.sampled_from([25, 15, 20])
DOTS_PER_INCH = STYLE["savefig.dpi"]
pytestmark = pytest.mark.slow
THOROUGH = os.environ.get("HYPOTHESIS_PROFILE") == "thorough"


class Use(RuleBasedStateMachine):
    """A person at work in a workspace."""

    recorded: Workspace
    folders: list
    known: dict
    """Outputs by the keys of their tables and figures, over all sequences."""

    @initialize()
    def begin(self):
        self.workspace = self.recorded.copy(self.new_folder())
        self.code = PLAIN

    def teardown(self):
        """End every sequence with a complete workspace."""
        self.use(SNAKEMAKE)

    def new_folder(self):
        self.folders.append(self.folders[0] / str(len(self.folders)))
        return self.folders[-1]

    def completed(self):
        """Compare what stands with what must stand, after a tool has succeeded."""
        keys = self.workspace.keys("classification")
        metrics = (self.workspace.path / TABLES[1]).read_text()
        figure = (self.workspace.path / "figures/classification.png").read_bytes()
        assert f'"key": "{keys[0]}"' in metrics
        assert keys[1].encode() in figure
        for key, names in zip(keys, (TABLES, FIGURES), strict=True):
            outputs = self.workspace.outputs(*names)
            assert self.known.setdefault(key, outputs) == outputs
        self.outputs_show_the_parameters()

    def outputs_show_the_parameters(self):
        """Compare what can be read off tables and figures with the parameter file."""
        params = YAML_FILE.load(self.workspace.path / "params.yaml")["classification"]
        curves = pd.read_csv(self.workspace.path / "results/classification/curves.csv")
        assert curves["step"].max() == params["steps"]
        assert set(curves["n"]) == {params["replicas"]}
        with Image.open(self.workspace.path / "figures/classification.png") as figure:
            assert figure.width == round(params["drawing"]["width"] * DOTS_PER_INCH)

    def use(self, tool):
        """Run a tool, unless the person goes on with something else."""
        if tool:
            self.workspace.run(tool)
            self.completed()

    @rule()
    def a_pause(self):
        """Do nothing: Hypothesis begins with a sequence of its simplest rule."""

    @rule(steps=STEPS, tool=TOOLS)
    def edit_a_training_parameter(self, steps, tool):
        self.workspace.edit("classification.steps", steps)
        self.use(tool)

    @rule(replicas=st.sampled_from([2, 3]), tool=TOOLS)
    def change_the_replicas(self, replicas, tool):
        self.workspace.edit("classification.replicas", replicas)
        self.use(tool)

    @rule(width=st.sampled_from([5.0, 6.75]), tool=TOOLS)
    def edit_a_drawing_parameter(self, width, tool):
        self.workspace.edit("classification.drawing.width", width)
        self.use(tool)

    @rule(new=st.sampled_from([PLAIN, COMMENTED, CHANGED]), tool=TOOLS)
    def edit_the_code(self, new, tool):
        self.workspace.replace(CODE, self.code, new)
        self.code = new
        self.use(tool)

    @rule(tool=TOOLS)
    def revert(self, tool):
        self.workspace.run("git checkout --quiet -- params.yaml src")
        self.code = PLAIN
        self.use(tool)

    @rule(steps=STEPS)
    def dvc_experiment(self, steps):
        change = f"-S classification.steps={steps}"
        self.workspace.run(f"dvc exp run --quiet {change} classification_figures")
        self.completed()

    @rule()
    def take_the_committed_state(self):
        self.workspace.run("git stash --quiet --include-untracked")
        self.workspace.run("git stash clear")
        self.code = PLAIN
        self.workspace.run("dvc checkout --quiet --force")
        self.use(SNAKEMAKE)

    @rule(tool=TOOLS)
    def clone_and_pull(self, tool):
        self.workspace.commit("edit")
        self.workspace.run("dvc push --quiet --run-cache")
        self.workspace = self.workspace.clone(self.new_folder())
        self.workspace.run("dvc pull --quiet --allow-missing")
        self.use(tool)

    @rule(tool=TOOLS)
    def lose_the_state_of_snakemake(self, tool):
        self.workspace.run("rm -rf .snakemake")
        self.use(tool)

    @rule(
        damage=st.sampled_from(["delete", "truncate"]),
        place=st.integers(0, 9),
        tool=TOOLS,
    )
    @precondition(lambda self: self.workspace.files(RUNS))
    def damage_a_run(self, damage, place, tool):
        runs = self.workspace.files(RUNS)
        path = self.workspace.path / runs[place % len(runs)]
        content = path.read_bytes()
        path.unlink()
        if damage == "truncate":
            path.write_bytes(content[: len(content) // 2])
        self.use(tool)

    @rule(seconds=st.floats(0.5, 6), tool=st.sampled_from([SNAKEMAKE, REPRO]))
    def kill(self, seconds, tool):
        with self.workspace.running(tool):
            time.sleep(seconds)


def test_what_stands_is_always_what_the_parameters_say(recorded, tmp_path):
    sequences, steps = (100, 20) if THOROUGH else (4, 12)
    (tmp_path / "0").mkdir()
    state = {"recorded": recorded, "folders": [tmp_path / "0"], "known": {}}
    machine = type("UseOfTheRecorded", (Use,), state)
    limits = settings(
        max_examples=sequences,
        stateful_step_count=steps,
        deadline=None,
        database=None,
        phases=[Phase.generate] if not THOROUGH else list(Phase),
    )
    run_state_machine_as_test(machine, settings=limits)
