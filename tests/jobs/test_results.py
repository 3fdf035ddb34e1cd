"""Results are found by what they are: by their step and their settings."""

from types import SimpleNamespace
from typing import Literal

import numpy as np
import pytest

from scaling_down.experiments.contract import Result, Results
from scaling_down.workflow.parameters.sections import Section


class Training(Section):
    """A step of a made-up experiment."""

    model: Literal["small", "large"]
    noise: float


class Masks(Section):
    """A step of other settings."""

    model: Literal["small", "large"]


def result(settings):
    return Result(settings, (0, 1), {"x": np.zeros(2)})


@pytest.fixture
def made():
    return SimpleNamespace(
        noisy=result(Training(model="large", noise=0.5)),
        small=result(Training(model="small", noise=0.0)),
        masks=result(Masks(model="large")),
        clean=result(Training(model="large", noise=0.0)),
    )


@pytest.fixture
def results(made):
    return Results(iter(vars(made).values()))


def test_a_step_s_results_come_in_the_order_of_the_plan(made, results):
    assert results.of(Training) == [made.noisy, made.small, made.clean]
    assert results.of(Masks) == [made.masks]
    # Asked twice they are still there, though they were given as an iterator.
    assert results.of(Training) == [made.noisy, made.small, made.clean]


def test_results_are_chosen_by_all_the_settings_that_are_given(made, results):
    assert results.of(Training, model="large") == [made.noisy, made.clean]
    assert results.of(Training, noise=0.0) == [made.small, made.clean]
    assert results.of(Training, model="large", noise=0.0) == [made.clean]
    assert results.of(Training, noise=0.25) == []


def test_an_unknown_setting_is_an_error_and_not_an_empty_list(results):
    with pytest.raises(AttributeError, match="nose"):
        results.of(Training, nose=0.0)


def test_the_one_result(made, results):
    assert results.one(Masks) is made.masks
    assert results.one(Training, model="large", noise=0.5) is made.noisy


@pytest.mark.parametrize(
    ("settings", "found"), [({"model": "large"}, 2), ({"noise": 0.25}, 0)]
)
def test_none_and_several_are_refused_by_name(results, settings, found):
    (name,) = settings
    with pytest.raises(ValueError, match=rf"{found} results of Training .*{name}"):
        results.one(Training, **settings)


def test_results_of_nothing():
    assert Results([]).of(Training) == []
    with pytest.raises(ValueError, match="0 results of Training"):
        Results([]).one(Training)
