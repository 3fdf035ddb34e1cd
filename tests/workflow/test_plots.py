"""The page of `dvc plots show`, which needs no network."""

import shutil
import time

import pytest
from browser import Browser, executable
from click.testing import CliRunner
from workspaces import PROJECT, Workspace, with_identity

from scaling_down.__main__ import main

PIPELINE = """
plots:
  - curve: {template: simple, x: step, y: {curve.csv: accuracy}}
"""


def test_the_page_has_its_scripts_inside():
    page = CliRunner().invoke(main, ["plots"]).output
    assert page.count("<script>") == 3
    assert page.count("{plot_divs}") == 1
    assert "{scripts}" not in page
    assert "src=" not in page.partition("<script>")[0]


@pytest.mark.slow
@pytest.mark.skipif(executable() is None, reason="there is no Chromium")
def test_a_curve_is_drawn_without_network(tmp_path):
    workspace = Workspace(tmp_path)
    workspace.run("git init --quiet")
    with_identity(workspace)
    workspace.run("dvc init --quiet")
    shutil.copytree(PROJECT / "src", tmp_path / "src")
    (tmp_path / "dvc.yaml").write_text(PIPELINE)
    (tmp_path / "curve.csv").write_text("step,accuracy\n0,10\n1,50\n2,60\n")
    page = workspace.run("python -m scaling_down plots")
    (tmp_path / "plots.html").write_text(page)
    workspace.run("dvc plots show --html-template plots.html -o plots")
    browser = Browser(tmp_path / "profile")
    try:
        browser.open(tmp_path / "plots/index.html", tmp_path)
        for _ in range(100):
            if browser.value("document.querySelectorAll('canvas, svg').length"):
                break
            time.sleep(0.1)
        assert browser.value("document.querySelector('canvas').width") > 100
        assert browser.value("performance.getEntriesByType('resource').length") == 0
    finally:
        browser.close()
