"""A new experiment is new files and a section of parameters, nothing else."""

ROOMS = {
    "__init__.py": '"""A trial: one number drawn for each replica."""\n',
    "settings.py": """
from scaling_down.workflow.parameters.sections import Drawing, Replicas, Section


class Scale(Section):
    scale: float


class Study(Scale):
    replicas: Replicas


class Settings(Study):
    drawing: Drawing


STEPS = {"drawn": Scale}
""",
    "plan.py": """
from scaling_down.experiments.trial.settings import Scale
from scaling_down.workflow.run import Run

TABLES = ("summary",)
FIGURES = {"trial": ("png", "pdf")}


def runs(params):
    section = params.trial
    settings = Scale(scale=section.scale)
    replicas = tuple(range(section.replicas))
    seed = params.general.seed
    return [Run("trial", "drawn", "all", settings, seed=seed, replicas=replicas)]
""",
    "compute.py": """
import numpy as np


def compute(job):
    draws = [g.normal() for g in job.streams.generators("draw")]
    return {"value": job.settings.scale * np.array(draws)}
""",
    "summarise.py": """
import pandas as pd

from scaling_down.experiments.trial.settings import Scale
from scaling_down.statistics.rows import summary_row


def summarise(study, results):
    row = summary_row({}, "value", results.one(Scale).arrays["value"])
    return {"summary": pd.DataFrame([row])}, {"mean": row["mean"]}
""",
    "draw.py": """
import matplotlib.pyplot as plt


def draw(tables, study, drawing):
    figure, axes = plt.subplots()
    axes.plot(tables["summary"]["mean"], "o")
    return {"trial": figure}
""",
    "captions/trial.rst": "A trial.\n",
    "rules.smk": """
use rule compute as trial_drawn with:
    output:
        run_file("trial", "drawn"),
    log:
        log_file("trial", "drawn", "{run}"),
""",
}
SECTION = """
trial:
  scale: 2.0
  replicas: 3
  drawing:
    width: 3.0
"""


def test_a_trial_experiment_needs_only_new_files(fresh):
    folder = fresh.path / "src/scaling_down/experiments/trial"
    for name, text in ROOMS.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    with (fresh.path / "params.yaml").open("a") as params:
        params.write(SECTION)
    runs = fresh.trained("snakemake --cores 1 -- trial")
    assert runs == [("trial", "drawn-all", str(replica)) for replica in range(3)]
    assert fresh.files("figures/trial.*") == ["figures/trial.pdf", "figures/trial.png"]
    assert fresh.files("results/trial/summary.csv")
    edited = fresh.run("git status --short").splitlines()
    assert edited == [
        " M params.yaml",
        "?? figures/",
        "?? results/",
        "?? src/scaling_down/experiments/trial/",
    ]
