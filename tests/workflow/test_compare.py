"""What was made from nothing, compared with what was shipped."""

import csv
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from ruamel.yaml import YAML

from scaling_down.__main__ import main
from scaling_down.workflow.compare import compare_claims, compare_runs
from scaling_down.workflow.plan import Plan
from scaling_down.workflow.store import save_run

NAME = "metalearn_lr"
MADE = {"general": {"results": "results/reproduced", "figures": "figures/reproduced"}}


@pytest.fixture
def plans(tiny, tiny_with, tmp_path, monkeypatch):
    """The plans of the shipped and of the new results, in an empty folder."""
    monkeypatch.chdir(tmp_path)
    return Plan(tiny), Plan(tiny_with(MADE))


def save(plan, run, value=1.0):
    arrays = {"loss": np.full(max(1, len(run.replicas)), value)}
    save_run(plan.file(run), arrays, run.key, run.replicas)


def write_card(plan, **claims):
    file = Path(plan.layout.table("claims", "claims"))
    rows = [["id", "measured", "direction", "number"]]
    rows += [[name, *values] for name, values in claims.items()]
    file.parent.mkdir(parents=True)
    with file.open("w", newline="") as text:
        csv.writer(text).writerows(rows)


def test_runs_are_compared_bit_by_bit(plans):
    shipped, made = plans
    runs = shipped.runs[NAME]
    same, other, lacking, new = runs[:4]
    for run in (same, other, lacking):
        save(shipped, run)
    save(made, same)
    save(made, other, 1 + 1e-15)
    save(made, new)
    compared = {c.file: c.verdict for c in compare_runs(*plans)}
    assert [compared[made.file(run)] for run in (same, other, lacking, new)] == [
        "same bits", "other bits: loss", "not made", "not shipped"
    ]  # fmt: skip
    assert len(compared) == len(made.by_stem)


def test_a_damaged_run_is_named_and_the_others_are_compared(plans, tiny_values):
    shipped, made = plans
    damaged, same = shipped.runs[NAME][:2]
    for plan in plans:
        save(plan, damaged)
        save(plan, same)
    Path(shipped.file(damaged)).write_bytes(b"half of a fi")
    compared = {c.file: c.verdict for c in compare_runs(*plans)}
    assert compared[made.file(damaged)].startswith("damaged: ")
    assert compared[made.file(same)] == "same bits"
    for name, values in (("params.yaml", tiny_values), ("preset.yaml", MADE)):
        YAML().dump(values, Path(name))
    assert CliRunner().invoke(main, ["compare", "preset.yaml"]).exit_code == 1


def test_claims_are_compared_by_verdict_and_mean(plans):
    shipped, made = plans
    write_card(
        shipped, a=("1.5", "holds", "matched"), b=("1.5", "holds", ""),
        c=("1.5", "holds", ""), d=("", "not judged", "not judged"),
    )  # fmt: skip
    write_card(
        made, a=("1.5", "holds", "matched"), b=("1.6", "holds", ""),
        c=("0", "inconclusive", ""),
    )  # fmt: skip
    compared = list(compare_claims(*plans))
    assert [claim.agrees for claim in compared] == [True, True, False, False]
    assert [claim.sentence() for claim in compared] == [
        "a: holds, matched (1.5), as shipped",
        "b: holds (1.6); shipped: holds (1.5)",
        "c: ANOTHER VERDICT: inconclusive (0); shipped: holds (1.5)",
        "d: ANOTHER VERDICT: not there; shipped: not judged, not judged (not measured)",
    ]


@pytest.mark.parametrize(("verdict", "status"), [("holds", 0), ("inconclusive", 1)])
def test_the_command_ends_with_a_summary(plans, tiny_values, tmp_path, verdict, status):
    shipped, made = plans
    for name, values in (("params.yaml", tiny_values), ("preset.yaml", MADE)):
        YAML().dump(values, tmp_path / name)
    for plan in plans:
        save(plan, shipped.runs[NAME][0])
    write_card(shipped, a=("1.5", "holds", "matched"))
    write_card(made, a=("1.5", verdict, "matched"))
    done = CliRunner().invoke(main, ["compare", "preset.yaml"])
    assert done.exit_code == status, done.output
    total = len(made.by_stem)
    lines = done.output.splitlines()
    assert f"{made.file(shipped.runs[NAME][0])}: same bits" in lines
    assert f"1 of {total} runs: same bits" in lines
    assert f"{total - 1} of {total} runs: not made" in lines
    assert lines[-1] == f"{1 - status} of 1 claims: the same verdicts"
