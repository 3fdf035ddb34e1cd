"""No parameter reaches a shell unquoted."""

import json
import re
import subprocess

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from snakemake.utils import format as snakemake_format

from scaling_down.workflow.experiment import ROOT
from scaling_down.workflow.parameters.file import ParameterError, validate
from scaling_down.workflow.parameters.sections import Section
from scaling_down.workflow.run import Run

FIELD = re.compile(r"\{+([a-z.]+)(:q)?\}+")
SHELL = re.compile(r"shell:\n((?: {8}.*\n)+)")
NASTY = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=40)
ATTACKS = st.sampled_from(
    ["'; touch x; '", "$(touch x)", '"; touch x; "', "{input}", "\n touch x", "-x"]
)
SAFE = re.compile(r"[A-Za-z0-9_./-]+")


def rule_files():
    return [*ROOT.glob("workflow/rules/*.smk"), *ROOT.glob("**/rules.smk")]


def test_rules_quote_all_that_they_put_into_a_shell():
    fields = [
        field
        for file in rule_files()
        for command in SHELL.findall(file.read_text())
        for field in FIELD.findall(command)
    ]
    assert len(fields) > 8
    assert [name for name, quoted in fields if not quoted] == []


class Text(Section):
    model: str


@given(NASTY | ATTACKS)
def test_a_description_reaches_the_command_as_it_is(text):
    run = Run("dataset", step="generate", cell="cell", settings=Text(model=text))
    description = run.describe({"dataset": text})
    command = snakemake_format("printf %s {description:q}", description=description)
    done = subprocess.run(["bash", "-c", command], capture_output=True, check=True)
    assert done.stdout.decode() == description
    assert json.loads(done.stdout)["settings"]["model"] == text


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(NASTY | ATTACKS, st.sampled_from(["results", "figures"]))
def test_folders_that_are_no_plain_names_are_refused(tiny_values, text, key):
    values = {**tiny_values, "general": {**tiny_values["general"], key: text}}
    plain = SAFE.fullmatch(text) and not text.startswith("-")
    if not plain:
        with pytest.raises(ParameterError, match=f"general.{key}"):
            validate(values, "params.yaml")
