"""Random sequences of what people do, against a simple model of what must stand.

The model: after either tool has succeeded, tables and figures are those of the
parameters and of the code beside them, and equal parameters and code always give equal
bytes, whatever happened before.
"""

import os
import signal
import time

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    precondition,
    rule,
    run_state_machine_as_test,
)
from workspaces import Workspace

SNAKEMAKE = "snakemake --cores 2 -- classification"
REPRO = "dvc repro --quiet classification_figures"
TABLES = ("results/classification/*.csv", "results/classification/metrics.json")
FIGURES = ("figures/classification*",)
RUNS = "results/classification/runs/*.npz"
KEYS = """
from scaling_down.params import load_params
from scaling_down.plan import Plan
plan = Plan(load_params("params.yaml"))
print(plan.summary_key("classification"), plan.figures_key("classification"))
"""
CODE = "engine/evaluation.py"
PLAIN = "SAMPLES_AT_ONCE = 200\n"
COMMENTED, CHANGED = "SAMPLES_AT_ONCE = 200  # so\n", "SAMPLES_AT_ONCE = 100\n"
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

    def new_folder(self):
        self.folders.append(self.folders[0] / str(len(self.folders)))
        return self.folders[-1]

    def completed(self):
        """Compare what stands with what must stand, after a tool has succeeded."""
        script = self.workspace.path / ".git/keys.py"
        script.write_text(KEYS)
        keys = self.workspace.run("python .git/keys.py").split()
        metrics = (self.workspace.path / TABLES[1]).read_text()
        figure = (self.workspace.path / "figures/classification.png").read_bytes()
        assert f'"key": "{keys[0]}"' in metrics
        assert keys[1].encode() in figure
        for key, names in zip(keys, (TABLES, FIGURES), strict=True):
            outputs = self.workspace.outputs(*names)
            assert self.known.setdefault(key, outputs) == outputs

    @rule(steps=st.sampled_from([20, 25]))
    def edit_a_training_parameter(self, steps):
        self.workspace.edit("classification.steps", steps)

    @rule(replicas=st.sampled_from([2, 3]))
    def change_the_replicas(self, replicas):
        self.workspace.edit("classification.replicas", replicas)

    @rule(width=st.sampled_from([5.0, 6.75]))
    def edit_a_drawing_parameter(self, width):
        self.workspace.edit("classification.drawing.width", width)

    @rule(new=st.sampled_from([PLAIN, COMMENTED, CHANGED]))
    def edit_the_code(self, new):
        self.workspace.replace(CODE, self.code, new)
        self.code = new

    @rule()
    def revert(self):
        self.workspace.run("git checkout --quiet -- params.yaml src")
        self.code = PLAIN

    @rule()
    def snakemake(self):
        self.workspace.run(SNAKEMAKE)
        self.completed()

    @rule()
    def dvc_repro(self):
        self.workspace.run(REPRO)
        self.completed()

    @rule(steps=st.sampled_from([20, 25]))
    def dvc_experiment(self, steps):
        change = f"-S classification.steps={steps}"
        self.workspace.run(f"dvc exp run --quiet {change} classification_figures")
        self.completed()

    @rule()
    def take_the_committed_state(self):
        self.workspace.run("git stash --quiet --include-untracked")
        self.workspace.run("git stash drop --quiet")
        self.code = PLAIN
        self.workspace.run("dvc checkout --quiet --force")
        self.snakemake()

    @rule()
    def clone_and_pull(self):
        self.workspace.commit("edit")
        self.workspace.run("dvc push --quiet --run-cache")
        self.workspace = self.workspace.clone(self.new_folder())
        self.workspace.run("dvc pull --quiet --allow-missing")

    @rule()
    def lose_the_state_of_snakemake(self):
        self.workspace.run("rm -rf .snakemake")

    @rule(damage=st.sampled_from(["delete", "truncate"]), place=st.integers(0, 9))
    @precondition(lambda self: self.workspace.files(RUNS))
    def damage_a_run(self, damage, place):
        runs = self.workspace.files(RUNS)
        path = self.workspace.path / runs[place % len(runs)]
        content = path.read_bytes()
        path.unlink()
        if damage == "truncate":
            path.write_bytes(content[: len(content) // 2])

    @rule(seconds=st.floats(0.5, 6), tool=st.sampled_from([SNAKEMAKE, REPRO]))
    def kill(self, seconds, tool):
        process = self.workspace.start(tool)
        time.sleep(seconds)
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


def test_what_stands_is_always_what_the_parameters_say(recorded, tmp_path):
    sequences, steps = (100, 20) if THOROUGH else (3, 8)
    (tmp_path / "0").mkdir()
    state = {"recorded": recorded, "folders": [tmp_path / "0"], "known": {}}
    machine = type("UseOfTheRecorded", (Use,), state)
    limits = settings(
        max_examples=sequences, stateful_step_count=steps, deadline=None, database=None
    )
    run_state_machine_as_test(machine, settings=limits)
