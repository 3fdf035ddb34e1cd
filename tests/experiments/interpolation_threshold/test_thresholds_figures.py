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


def test_every_figure_is_made_though_a_threshold_lacks(made, tmp_path):
    changed = without_a_threshold(made.results)
    tables, _metrics = summarise.summarise(made.study, changed)
    for figure in drawn(tables, made.study, tmp_path).values():
        assert "means of 3 replicas" in figure.get_supxlabel()
        assert "95 % intervals of the mean" in figure.get_supxlabel()


@pytest.mark.parametrize("replicas", [1, 2])
def test_tiny_parameters_give_every_table_and_figure(tmp_path, replicas):
    study, results = invented(load_params(TINY), replicas)
    tables, metrics = summarise.summarise(study, results)
    json.dumps(metrics, allow_nan=False)
    assert (tables["summary"]["n"] == replicas).all()
    if replicas == 1:
        assert tables["summary"]["ci_low"].isna().all()
    drawn(tables, study, tmp_path)
