"""The figures are drawn from the tables as they are written."""

import json

import pytest
from planted_thresholds import TINY, invented, without_a_threshold

from scaling_down.experiments.interpolation_threshold import draw, plan, summarise
from scaling_down.figures.style import style
from scaling_down.jobs.tables import read_table, write_table
from scaling_down.workflow.parameters.file import load_params
from scaling_down.workflow.parameters.sections import Drawing


def drawn(tables, study, folder):
    """Write and read the tables, and return the figures made of them."""
    assert set(tables) == set(plan.TABLES)
    for name, table in tables.items():
        write_table(folder / f"{name}.csv", table)
    read = {name: read_table(folder / f"{name}.csv") for name in tables}
    with style():
        figures = draw.draw(read, study, Drawing(width=6.75))
        assert set(figures) == set(plan.FIGURES)
        for name, figure in figures.items():
            figure.savefig(folder / f"{name}.png", dpi=40)
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
    for axes, x in ((panels[0], 1000), (panels[4], 5000)):
        (mark,) = hollow(axes)
        assert mark.get_xdata() == [x]
        assert mark.get_marker() == draw.MARKERS[1]
        assert mark.get_color() == draw.COLOURS["nll"]
        assert words(axes) == ["hollow: none"]
    assert not any(hollow(axes) for axes in (*panels[1:4], *panels[5:]))


def test_no_threshold_is_shifted(figures):
    for axes in figures["interpolation_threshold_thresholds"].axes[:4]:
        shown = [points.lines[0].get_xdata().tolist() for points in axes.containers]
        assert set().union(*shown) <= {1000, 2000, 4000}


def test_cells_that_not_all_sweeps_have_are_pale(figures):
    random, doubled = figures["interpolation_threshold_thresholds"].axes[:2]
    circle, square, triangle = draw.MARKERS[:3]
    shared = {(circle, 1000), (square, 1000), (triangle, 1000), (square, 2000)}
    assert cells(random, 1) == cells(doubled, 1) == shared
    assert len(cells(random, draw.PALE)) == 5
    assert not cells(doubled, draw.PALE)


def cells(axes, alpha):
    lines = [points.lines[0] for points in axes.containers]
    shown = [line for line in lines if line.get_alpha() == alpha]
    return {(line.get_marker(), x) for line in shown for x in line.get_xdata()}


def test_a_missing_fit_is_said(figures):
    for axes in figures["interpolation_threshold_exponents"].axes:
        (mark,) = hollow(axes)
        assert mark.get_color() == draw.COLOURS["nll"]
        assert words(axes) == ["no fit"]
    ticks = [label.get_text() for label in axes.get_xticklabels()]
    assert ticks[:2] == ["random\n(9 cells)", "random doubled\n(4 cells)"]


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
