"""A new experiment is new files and a section of parameters, nothing else."""

ROOMS = {
    "__init__.py": '"""A trial: one number drawn for each replica."""\n',
    "settings.py": """
from scaling_down.workflow.parameters.sections import Drawing, Replicas, Section


class Settings(Section):
    scale: float
    replicas: Replicas
    drawing: Drawing
""",
    "plan.py": """
from scaling_down.workflow.run import Run

TABLES = ("summary",)
FIGURES = {"trial": ("png", "pdf")}


def runs(params):
    section = params.trial
    settings = {"scale": section.scale}
    replicas = tuple(range(section.replicas))
    run = Run("trial", "draw", settings, seed=params.general.seed, replicas=replicas)
    return [run]
""",
    "compute.py": """
import numpy as np


def compute(job):
    draws = [g.normal() for g in job.streams.generators("draw")]
    return {"value": job.settings["scale"] * np.array(draws)}
""",
    "summarise.py": """
import pandas as pd

from scaling_down.statistics.rows import summary_row


def summarise(settings, results):
    row = summary_row({}, "value", results["draw"].arrays["value"])
    return {"summary": pd.DataFrame([row])}, {"mean": row["mean"]}
""",
    "draw.py": """
import matplotlib.pyplot as plt


def draw(tables, settings, drawing):
    figure, axes = plt.subplots()
    axes.plot(tables["summary"]["mean"], "o")
    return {"trial": figure}
""",
    "captions/trial.rst": "A trial.\n",
}
RULES = """
use rule compute as trial_compute with:
    output:
        run_file("trial"),
    log:
        log_file("trial", "compute", "{run}"),


use rule summarise as trial_summarise with:
    input:
        runs_read("trial"),
        manifest=manifest("trial", "summarise"),
    output:
        summary("trial"),
    log:
        log_file("trial", "summarise"),


use rule draw as trial_draw with:
    input:
        tables("trial"),
        manifest=manifest("trial", "draw"),
    output:
        figures("trial"),
    log:
        log_file("trial", "draw"),


rule trial:
    input:
        everything_of("trial"),
"""
SECTION = """
trial:
  scale: 2.0
  replicas: 3
  drawing:
    width: 3.0
"""


def test_a_trial_experiment_needs_only_new_files(fresh):
    folder = fresh.path / "src/scaling_down/experiments/trial"
    for name, text in {**ROOMS, "rules.smk": RULES}.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    with (fresh.path / "params.yaml").open("a") as params:
        params.write(SECTION)
    runs = fresh.trained("snakemake --cores 1 -- trial")
    assert runs == [("trial", "draw", str(replica)) for replica in range(3)]
    assert fresh.files("figures/trial.*") == ["figures/trial.pdf", "figures/trial.png"]
    assert fresh.files("results/trial/summary.csv")
    edited = fresh.run("git status --short").splitlines()
    assert edited == [
        " M params.yaml",
        "?? figures/",
        "?? results/",
        "?? src/scaling_down/experiments/trial/",
    ]
