"""What the rules share: the plan, file names, and the order in which runs depend."""

import shlex

from scaling_down.workflow import manifests, workspace
from scaling_down.workflow.plan import Plan

PLAN = Plan(PARAMS)
PYTHON = shlex.quote(sys.executable)
SOURCE = shlex.quote(str(Path(workflow.basedir) / "src"))
COMMAND = f"PYTHONPATH={SOURCE} {PYTHON} -m scaling_down"

ENVIRONMENT = str(Path(workflow.basedir) / "environment.yml")

shell.prefix("set -euo pipefail; ")

# Reading the rules writes nothing that a running workflow reads: marks of files that
# are out of date have names of their own, and manifests are written when jobs start.
try:
    CHEAP_JOBS = {job.name: job for job in manifests.cheap_jobs(PLAN)}
except ValueError as error:
    sys.exit(str(error))
DAMAGED = workspace.damaged_files(PLAN) if workflow.is_main_process else set()


onstart:
    # Which executor is used is known only now.
    if workflow.is_main_process:
        if workflow.local_exec:
            workspace.require_device(PARAMS.execution.device)
        workspace.start(PLAN, DAMAGED)


def run_of(wildcards):
    if wildcards.run not in PLAN.by_stem:
        sys.exit(f"{wildcards.run}: no run that these parameters ask for")
    return PLAN.by_stem[wildcards.run]


def files_read(wildcards):
    """Files known by their content: their times say nothing, so they are ancient."""
    run = run_of(wildcards)
    files = [*PLAN.reads(run).values(), *map(str, run.files.values())]
    return [ancient(path) for path in files]


def damage(wildcards):
    """What makes a damaged file be made again."""
    file = PLAN.file(run_of(wildcards))
    return [manifests.mark_outdated(wildcards.run, [file])] if file in DAMAGED else []


def description(wildcards):
    run = run_of(wildcards)
    return run.describe(PLAN.reads(run))


def run_file(experiment, step):
    return PLAN.layout.run(experiment, f"{{run,{step}-.+}}")


def in_report(experiment, name, path):
    folder = Path(workflow.basedir) / "src/scaling_down/experiments" / experiment
    caption = folder / "captions" / f"{name}.rst"
    if path.endswith(".pdf") or not caption.exists():
        return path
    labels = {"shown": name.replace("_", " "), "format": path.rpartition(".")[2]}
    category = experiment.replace("_", " ")
    return report(path, caption=str(caption), category=category, labels=labels)


def summary(experiment):
    """The tables as outputs; those that have a caption are shown in the report."""
    files = PLAN.tables(experiment)
    return [in_report(experiment, Path(path).stem, path) for path in files]


def figures(experiment):
    """All figure files of an experiment as outputs, the pictures for the report."""
    files = PLAN.figures(experiment).items()
    return [
        in_report(experiment, name, path) for name, paths in files for path in paths
    ]


def everything_of(experiment):
    return [*PLAN.tables(experiment), *PLAN.figure_files(experiment)]


def runs_read(experiment):
    """The runs of an experiment; a damaged one makes the tables anew.

    Were it ancient, Snakemake would leave tables that do not exist unmade, since it does
    not ask about jobs behind one that runs and whose file stands.
    """
    files = PLAN.files(experiment)
    return [path if path in DAMAGED else ancient(path) for path in files]


def log_file(experiment, step, what=""):
    return PLAN.layout.log(experiment, step, what)
