from types import SimpleNamespace

import pytest
from planted_thresholds import FULL, NAME, SWEEPS, invented

from scaling_down.experiments.interpolation_threshold import summarise
from scaling_down.workflow.parameters.file import load_params


@pytest.fixture(scope="session")
def full():
    """The paper's scale with the fuller sweeps."""
    return load_params(FULL, {NAME: {"sweeps": SWEEPS, "replicas": 3}})


@pytest.fixture(scope="session")
def made(full):
    """A study, results of three replicas, and the tables and metrics made of them."""
    study, results = invented(full, 3)
    tables, metrics = summarise.summarise(study, results)
    return SimpleNamespace(study=study, results=results, tables=tables, metrics=metrics)
