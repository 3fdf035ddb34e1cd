"""How many replicas train together is how runs are executed, not what they are."""

import pytest

from scaling_down.workflow.experiment import (
    experiment_names,
    room,
    settings_model,
    study_model,
)
from scaling_down.workflow.plan import Plan

PER_JOB = "replicas_per_job"
CHUNKED = [n for n in experiment_names() if PER_JOB in settings_model(n).model_fields]


def one_a_job(section):
    """Return the setting that trains each replica alone, for each kind if nested."""
    values = section.model_dump()[PER_JOB]
    return dict.fromkeys(values, 1) if isinstance(values, dict) else 1


def replica_keys(runs):
    return sorted((run.name, run.key, r) for run in runs for r in run.replicas)


@pytest.mark.parametrize("name", CHUNKED)
def test_other_chunks_are_the_same_replicas_of_the_same_keys(tiny, tiny_with, name):
    alone = one_a_job(getattr(tiny, name))
    plan, other = Plan(tiny), Plan(tiny_with({name: {PER_JOB: alone}}))
    assert other.files(name) != plan.files(name)
    assert {len(run.replicas) for run in other.runs[name]} == {1}
    assert replica_keys(other.runs[name]) == replica_keys(plan.runs[name])
    assert other.summary_key(name) == plan.summary_key(name)
    assert other.figures_key(name) == plan.figures_key(name)
    study = plan.summary_manifest(name)["study"]
    assert other.summary_manifest(name)["study"] == study


def test_the_nested_one_of_double_descent_is_among_them(tiny):
    assert one_a_job(tiny.double_descent) == {"mlp": 1, "cnn": 1}
    assert {"classification", "double_descent"} <= set(CHUNKED)


def names_of(schema):
    """Yield the names of all fields of a schema, those of its parts included."""
    for value in schema.values() if isinstance(schema, dict) else schema:
        if isinstance(value, dict | list):
            yield from names_of(value)
    if isinstance(schema, dict):
        yield from schema.get("properties", {})


@pytest.mark.parametrize("name", experiment_names())
def test_no_study_and_no_step_has_it(name):
    steps = room(name, "settings").STEPS.values()
    for model in (study_model(name), *steps):
        assert PER_JOB not in set(names_of(model.model_json_schema()))
    written = set(names_of(settings_model(name).model_json_schema()))
    assert (PER_JOB in written) == (name in CHUNKED)
