"""The figures are drawn from the tables as they are written."""

import json

import numpy as np
import pytest
from planted_thresholds import TINY, invented, without_a_threshold
from rendering import rendered

from scaling_down.experiments.interpolation_threshold import draw, plan, summarise
from scaling_down.experiments.interpolation_threshold.draw import (
    exponents,
    marks,
    thresholds,
)
from scaling_down.experiments.interpolation_threshold.settings import Widths
from scaling_down.workflow.parameters.file import load_params
from scaling_down.workflow.parameters.sections import Drawing


def drawn(tables, study, folder):
    """Return the figures that are made of the tables, all of both."""
    assert set(tables) == set(plan.TABLES)
    figures = rendered(draw.draw, tables, study, Drawing(width=6.75), folder)
    assert set(figures) == set(plan.FIGURES)
    return figures


@pytest.fixture(scope="module")
def figures(made, tmp_path_factory):
    """The figures of three replicas, one of which lacks a threshold."""
    changed = without_a_threshold(made.results)
    tables, _metrics = summarise.summarise(made.study, changed)
    return drawn(tables, made.study, tmp_path_factory.mktemp("figures"))


def test_every_figure_is_made_though_a_threshold_lacks(figures):
    for figure in figures.values():
        assert "means of 3 replicas" in figure.get_supxlabel()
        assert "95 % intervals of the mean" in figure.get_supxlabel()


def hollow(axes):
    return [line for line in axes.lines if line.get_markerfacecolor() == "white"]


def words(axes):
    return [text.get_text() for text in axes.texts]


def test_a_threshold_that_lacks_is_marked_at_its_place(figures):
    panels = figures["interpolation_threshold_thresholds"].axes
    random = {0: 1000, 3: 5000, 6: 1000 * np.log2(5)}
    for panel, x in random.items():
        (mark,) = hollow(panels[panel])
        assert mark.get_xdata() == [x]
        assert mark.get_marker() == marks.MARKERS[1]
        assert mark.get_color() == marks.COLOURS["nll"]
        assert words(panels[panel]) == ["hollow: none"]
    others = (axes for panel, axes in enumerate(panels) if panel not in random)
    assert not any(hollow(axes) for axes in others)


def test_no_threshold_is_shifted(figures):
    for axes in figures["interpolation_threshold_thresholds"].axes[:3]:
        shown = [points.lines[0].get_xdata().tolist() for points in axes.containers]
        assert set().union(*shown) <= {1000, 2000, 4000}


def test_thresholds_are_compared_between_trainings_of_one_length(figures):
    panels = figures["interpolation_threshold_thresholds"].axes
    titles = [axes.get_title() for axes in panels[:3]]
    assert titles == ["random", "noise", "clean"]


def test_cells_that_not_all_sweeps_have_are_pale(figures):
    random, noise = figures["interpolation_threshold_thresholds"].axes[:2]
    circle, square, triangle = marks.MARKERS[:3]
    shared = {(circle, 1000), (square, 1000), (triangle, 1000), (square, 2000)}
    assert cells(random, 1) == cells(noise, 1) == shared
    assert len(cells(random, thresholds.PALE)) == 5
    assert not cells(noise, thresholds.PALE)


def cells(axes, alpha):
    lines = [points.lines[0] for points in axes.containers]
    shown = [line for line in lines if line.get_alpha() == alpha]
    return {(line.get_marker(), x) for line in shown for x in line.get_xdata()}


def test_a_missing_fit_is_hollow(figures):
    panels = figures["interpolation_threshold_exponents"].axes
    levels = [label.get_text() for label in panels[2].get_xticklabels()]
    assert levels[:6] == ["0.3", "0.1", "0.03", "0.01", "0.003", "3 %"]
    assert levels[-1] == "peak"
    for axes in panels[::2]:
        assert [line.get_xdata()[0] for line in hollow(axes)] == [0, 1, 2, 3, 4]
    assert not any(hollow(axes) for axes in panels[1::2])


def test_every_replica_is_shown_where_they_are_few(figures):
    for panels in ("exponents", "labels", "local_exponents", "lengths"):
        for axes in figures[f"interpolation_threshold_{panels}"].axes:
            dots = [line for line in axes.lines if line.get_alpha() == 0.5]
            assert len(dots) == len(axes.containers) > 0
            assert {len(line.get_xdata()) for line in dots} == {3}


def test_many_replicas_are_not_shown_one_by_one(made):
    many = {**made.tables, "summary": made.tables["summary"].assign(n=marks.FEW)}
    for axes in exponents.exponents_figure(many, made.study, 6.75).axes:
        assert axes.containers
        assert not [line for line in axes.lines if line.get_alpha() == 0.5]


def test_kinds_of_labels_stand_on_equal_cells(figures):
    panels = figures["interpolation_threshold_labels"].axes
    assert [label.get_text() for label in panels[2].get_xticklabels()] == [
        "random", "noise", "clean"
    ]  # fmt: skip
    assert {axes.get_xlabel() for axes in panels[2:]} == {"labels (4 cells)"}


def test_the_limit_stands_behind_the_lengths(figures):
    above, _, below, _ = figures["interpolation_threshold_lengths"].axes
    ticks = [label.get_text() for label in below.get_xticklabels()]
    assert ticks == ["2k", "4k", "8k", "limit"]
    (known,) = (x for x in places(above) if x > 2.5)
    (lacking,) = (mark.get_xdata()[0] for mark in hollow(above) if mark.get_xdata() > 2)
    assert 2.5 < known < lacking < 3.5
    assert not [x for x in places(below) if x < 0.5 or x > 2.5]


def places(axes):
    return [points.lines[0].get_xdata()[0] for points in axes.containers]


def test_the_curve_of_2020_stands_beside_ours(figures, made):
    (axes,) = figures["interpolation_threshold_curve_2020"].axes
    lines = {line.get_label(): line for line in axes.lines}
    printed = lines["published 2020: test"]
    peak = np.argmax(printed.get_ydata())
    assert (printed.get_xdata()[peak], printed.get_ydata()[peak]) == (9700, 1.72)
    (result,) = made.results.of(Widths, epochs=500)
    ours = lines["ours, n = 10000: test"]
    loss = result.arrays["test_loss"][:, ::-1, -1].mean(axis=0)
    np.testing.assert_allclose(ours.get_ydata(), loss, rtol=1e-6)


def test_relative_losses_are_explained(figures):
    note = figures["interpolation_threshold_curves"].get_supxlabel()
    assert "divided by the loss of the best constant answer" in note


@pytest.mark.parametrize("replicas", [1, 2])
def test_tiny_parameters_give_every_table_and_figure(tmp_path, replicas):
    study, results = invented(load_params(TINY), replicas)
    tables, metrics = summarise.summarise(study, results)
    json.dumps(metrics, allow_nan=False)
    assert (tables["summary"]["n"] == replicas).all()
    if replicas == 1:
        assert tables["summary"]["ci_low"].isna().all()
    drawn(tables, study, tmp_path)
