"""What holds for every figure of every experiment, drawn from tiny tables."""

import re

import pytest
from matplotlib.artist import Artist
from matplotlib.colors import is_color_like, to_hex
from matplotlib.text import Text

from scaling_down.engine.process import prepare
from scaling_down.engine.streams import Streams
from scaling_down.experiments.contract import Job, Result, Results
from scaling_down.figures import palette
from scaling_down.figures.saving import Animation
from scaling_down.figures.style import SMALLEST, style
from scaling_down.jobs.tables import read_table, write_table
from scaling_down.workflow.experiment import experiment_names, room, study_model
from scaling_down.workflow.parameters.file import load_params
from scaling_down.workflow.plan import Plan
from scaling_down.workflow.run import with_all_reads

SCRIPT = re.compile(r"\$[^$]*[_^]")
SCRIPT_SIZE = 0.7
"""Sub- and superscripts are so much smaller."""
REDS = {palette.VERMILLION, "#d62728", "#ff0000"}
GREENS = {palette.GREEN, "#2ca02c", "#008000"}


def arrays_of(runs):
    """Compute runs, and what they read; return the arrays by run's stem."""
    arrays = {}
    for run in with_all_reads(runs):
        if run.stem not in arrays:
            streams = Streams(run.seed or 0, run.experiment, run.replicas)
            reads = {name: arrays[read.stem] for name, read in run.reads.items()}
            job = Job(run.settings, streams, reads, prepare("cpu"), lambda *_: None)
            arrays[run.stem] = room_of(run).compute(job)
    return arrays


def room_of(run):
    return room(run.experiment, run.module.split(f".{run.experiment}.")[1])


@pytest.fixture(scope="module", params=experiment_names())
def figures(request, repository, tmp_path_factory):
    """The figures of an experiment by name, of the first chunk of its replicas."""
    experiment = request.param
    params = load_params(repository / "tests/params.yaml")
    cells = {}
    for run in Plan(params).runs[experiment]:
        cells.setdefault(run.name, run)
    arrays = arrays_of(cells.values())
    results = Results(
        Result(run.settings, run.replicas, arrays[run.stem]) for run in cells.values()
    )
    section, model = getattr(params, experiment), study_model(experiment)
    study = model(**section.only(model))
    made, _metrics = room(experiment, "summarise").summarise(study, results)
    folder = tmp_path_factory.mktemp(experiment)
    for name, table in made.items():
        write_table(folder / f"{name}.csv", table)
    tables = {name: read_table(folder / f"{name}.csv") for name in made}
    with style():
        drawn = room(experiment, "draw").draw(tables, study, section.drawing)
        return {name: finished(figure) for name, figure in drawn.items()}


def finished(figure):
    """Return a figure of which every text stands, the last frame of an animation."""
    if isinstance(figure, Animation):
        figure.draw(len(figure.durations) - 1)
        figure = figure.figure
    figure.canvas.draw()
    return figure


def texts(figure):
    found = figure.findobj(Text)
    return [text for text in found if text.get_visible() and text.get_text().strip()]


def size(text):
    """Return the points of the smallest letter of a text."""
    small = SCRIPT_SIZE if SCRIPT.search(text.get_text()) else 1
    return small * text.get_fontsize()


def colours(figure):
    """Return the colours of all lines, markers, areas and texts of a figure."""
    found = set()
    for artist in figure.findobj(Artist):
        for name in ("color", "markeredgecolor", "facecolor", "edgecolor"):
            found |= set(as_hex(getattr(artist, f"get_{name}", lambda: None)()))
    return found


def as_hex(colour):
    if colour is None or (isinstance(colour, str) and colour == "none"):
        return []
    each = [colour] if is_color_like(colour) else colour
    return [to_hex(one) for one in each]


def test_no_text_is_smaller_than_can_be_read(figures):
    for name, figure in figures.items():
        assert texts(figure)
        for text in texts(figure):
            assert size(text) >= SMALLEST, (name, text.get_text())


def test_legends_and_notes_lie_within_their_figure(figures):
    for name, figure in figures.items():
        width, height = figure.canvas.get_width_height()
        for artist in (*figure.texts, *figure.legends):
            box = artist.get_window_extent()
            assert min(box.x0, box.y0) > -1, name
            assert box.x1 < width + 1, name
            assert box.y1 < height + 1, name


def test_red_never_stands_against_green(figures):
    for name, figure in figures.items():
        shown = colours(figure)
        assert not (REDS & shown and GREENS & shown), name


def test_no_colour_is_matplotlib_s_own(figures):
    tableau = {to_hex(f"tab:{hue}") for hue in ("red", "green", "blue", "orange")}
    for name, figure in figures.items():
        assert not tableau & colours(figure), name
