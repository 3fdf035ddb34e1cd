"""What the rules share: the plan, file names, and the order in which runs depend."""

import shlex

import snakemake.logging
from snakemake.settings.enums import Quietness

from scaling_down.workflow import manifests, messages, overall, workspace
from scaling_down.workflow.parameters.file import section_names
from scaling_down.workflow.plan import Plan
from scaling_down.workflow.report import Verdicts, ordered

PLAN = Plan(PARAMS)
PYTHON = shlex.quote(sys.executable)
SOURCE = shlex.quote(str(Path(workflow.basedir) / "src"))
COMMAND = f"PYTHONPATH={SOURCE} {PYTHON} -m scaling_down"

ENVIRONMENT = str(Path(workflow.basedir) / "environment.yml")

shell.prefix("set -euo pipefail; ")

# Reading the rules writes nothing that a running workflow reads: marks of files that
# are out of date have names of their own, and manifests are written when jobs start.
try:
    DAMAGED = workspace.damaged_files(PLAN) if workflow.is_main_process else set()
    CHEAP_JOBS = {job.name: job for job in manifests.cheap_jobs(PLAN, DAMAGED)}
except ValueError as error:
    sys.exit(str(error))
COMPLETE = PLAN.complete(DAMAGED)
RUN_FILES = {PLAN.file(run) for run in PLAN.by_stem.values()}


onstart:
    # Which executor is used is known only now.
    if workflow.is_main_process:
        workflow.output_settings.quiet.add(Quietness.PROGRESS)
        messages.quieten(snakemake.logging.logger)
        if workflow.local_exec:
            workspace.require_device(PARAMS.execution.device)
        workspace.start(PLAN, DAMAGED)
        overall.begin(
            file
            for job in workflow.dag.needrun_jobs()
            for file in job.output
            if file in RUN_FILES
        )


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


# In the report: experiments whose tables and figures stand, in the order of the sections.
# What is not made yet cannot be shown, and the report would fail at it.
SHOWN = {job.name for job in CHEAP_JOBS.values() if job.stands()}
TITLES = ordered(experiment_names(), section_names("params.yaml"))


def captioned(folder, category, label, path):
    """A file as an output that the report shows, if it has a caption and is no PDF."""
    name = Path(path).stem
    caption = Path(workflow.basedir) / "src/scaling_down" / folder / f"{name}.rst"
    if path.endswith(".pdf") or not caption.exists():
        return path
    labels = {"shown": label}
    return report(path, caption=str(caption), category=category, labels=labels)


def in_report(experiment, job, number, path):
    if job not in SHOWN:
        return path
    folder = f"experiments/{experiment}/captions"
    label = f"{number:02d} {Path(path).stem.replace('_', ' ')}"
    return captioned(folder, TITLES[experiment], label, path)


def summary(experiment):
    """The tables as outputs; those that have a caption are shown in the report."""
    first = len(PLAN.figures(experiment)) + 1
    return [
        in_report(experiment, f"{experiment}_summarise", number, path)
        for number, path in enumerate(PLAN.tables(experiment), start=first)
    ]


def figures(experiment):
    """All figure files of an experiment as outputs, the pictures for the report."""
    files = PLAN.figures(experiment).values()
    return [
        in_report(experiment, f"{experiment}_draw", number, path)
        for number, paths in enumerate(files, start=1)
        for path in paths
    ]


def scorecard_files():
    """The scorecard as outputs; the report begins with it, once it has been made."""
    table, counts, by_experiment, pictures = PLAN.scorecard
    if not Path(table).exists():
        return PLAN.scorecard.files
    shown = [
        captioned("claims/captions", "00 scorecard", Path(path).stem, path)
        for path in (table, *pictures)
    ]
    return [shown[0], counts, *by_experiment, *shown[1:]]


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
