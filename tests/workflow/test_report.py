"""The report of the committed results, and that report in headless Chromium."""

import csv
import shutil
import subprocess
import time
from pathlib import Path

import pytest
from browser import Browser, executable
from workspaces import PROJECT, Workspace

from scaling_down.workflow.manifests import cheap_jobs
from scaling_down.workflow.parameters.file import load_params, section_names
from scaling_down.workflow.plan import Plan
from scaling_down.workflow.report import Verdicts, ordered

CARD = "results/claims/claims.csv"
COLUMNS = (
    "experiment", "headline", "statement", "published", "measured", "ci_low", "ci_high",
    "n", "direction", "number",
)  # fmt: skip
HOLDS = ("a", "True", "It *is*.", "3", "2.5", "2", "3", "5", "holds", "matched")
OPEN = ("b", "False", "Or not.", "", "", "", "", "", "not judged", "not judged")


@pytest.fixture
def card(tmp_path):
    """A scorecard of two experiments with a statement each."""
    file = tmp_path / "claims.csv"
    with file.open("w", newline="") as text:
        csv.writer(text).writerows([COLUMNS, HOLDS, OPEN])
    return str(file)


def test_captions_count_and_list_the_verdicts_of_an_experiment(card):
    counted, item = Verdicts(card, "a").listed.split("\n\n")
    assert counted == (
        "Verdicts on the 1 statements of this experiment: 1 holds;"
        " printed values: 1 matched."
    )
    assert item == r"- It \*is\*. **holds** (2.5 [2.0, 3.0], n = 5)"
    # What is not judged is counted only.
    assert "\n" not in Verdicts(card, "b").listed
    assert "of all experiments: 1 holds, 1 not judged" in Verdicts(card).counted


def test_headlines_are_a_part_of_the_table(card):
    headlines, table = Verdicts(card).headlines, Verdicts(card).table
    assert r"It \*is\*." in headlines
    assert "Or not." not in headlines
    assert "Or not." in table


def test_nothing_is_said_without_a_scorecard(tmp_path):
    assert (
        Verdicts(str(tmp_path / "none.csv")).listed == "No statement is judged by this."
    )


def test_experiments_are_shown_in_the_order_of_the_parameter_file():
    names = section_names(PROJECT / "params.yaml")
    titles = ordered(sorted(names), names)
    assert titles["general"] == "01 general"
    assert list(titles.values()) == sorted(titles.values())
    assert list(titles) == names


def test_every_caption_asks_for_the_verdicts():
    captions = (PROJECT / "src/scaling_down/experiments").glob("*/captions/*.rst")
    for caption in captions:
        assert "{{ snakemake.params.verdicts.listed }}" in caption.read_text(), caption


@pytest.fixture(scope="module")
def committed(tmp_path_factory):
    """The project with the tables and figures that are committed, without runs."""
    workspace = Workspace(tmp_path_factory.mktemp("committed"))
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=PROJECT, capture_output=True, text=True, check=True,
    ).stdout.splitlines()  # fmt: skip
    for name in listed:
        target = workspace.path / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if (PROJECT / name).is_file():
            shutil.copy2(PROJECT / name, target)
    return workspace


@pytest.fixture(scope="module")
def reported(committed):
    """That project after its report was made, and the report."""
    committed.run("snakemake --report report.html --quiet all")
    return committed.path / "report.html"


def standing_figures(monkeypatch, folder):
    """Return the pictures of what stands in a folder: the scorecard, experiments."""
    monkeypatch.chdir(folder)
    plan = Plan(load_params("params.yaml"))
    drawn = [job for job in cheap_jobs(plan) if job.name.endswith("_draw")]
    files = [file for job in drawn if job.stands() for file in job.keyed]
    return {f for f in [*plan.scorecard.figures, *files] if f.endswith(".png")}


@pytest.mark.slow
@pytest.mark.skipif(executable() is None, reason="there is no Chromium")
def test_the_report_shows_what_stands(reported, tmp_path, monkeypatch):
    browser = Browser(tmp_path / "profile")
    try:
        browser.open(Path(reported), tmp_path)
        values = browser.value
        wait_for(browser, "document.querySelector('svg#experiments')")
        # The page begins with what it is, not with the graph of rules.
        assert values(
            "document.querySelector('h1.title').innerText.includes('MNIST-1D')"
        )
        graph = "getComputedStyle(document.querySelector('#rulegraph'))"
        assert values(f"{graph}.display") == "none"
        categories = values("Object.keys(categories)")
        assert sorted(categories)[:2] == ["00 scorecard", "01 dataset"]
        pictures = set(values("Object.keys(results).filter(r => r.endsWith('.png'))"))
        assert pictures == standing_figures(monkeypatch, reported.parent)
        assert pictures
        links = (
            "[...document.querySelectorAll('#experiments a')].map(a => a.href.baseVal)"
        )
        assert len(values(links)) == len(categories)
        for link in values(links):
            values(link.removeprefix("javascript:"))
            wait_for(browser, "app.state.navbarMode == 'subcategory'")
            values("app.setView({navbarMode: 'menu'})")
        for picture in sorted(pictures):
            caption = values(f"results['{picture}'].caption")
            assert "statement" in caption or "claims that" in caption
            assert "snakemake" not in caption
            values(
                f"app.setView({{content: 'img', resultPath: '{picture}',"
                f" contentPath: results['{picture}'].data_uri}})"
            )
            shown = "document.querySelector('img[src^=\"data:image/png\"]')"
            wait_for(browser, f"{shown}?.src == results['{picture}'].data_uri")
            wait_for(browser, f"{shown}.naturalWidth > 100")
        fetched = "performance.getEntriesByType('resource').map(e => e.name)"
        assert [name for name in values(fetched) if not name.startswith("data:")] == []
    finally:
        browser.close()


def wait_for(browser, condition):
    """Wait until a condition holds in the page."""
    for _ in range(100):
        if browser.value(f"Boolean({condition})"):
            return
        time.sleep(0.1)
    raise AssertionError(condition)
