from pathlib import Path

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from matplotlib.font_manager import FontProperties, findfont
from PIL import Image

from scaling_down.figures.bands import band, note, replica_lines
from scaling_down.figures.saving import Animation, save_figure
from scaling_down.figures.style import SMALLEST, STYLE, style

KEY = "0123456789abcdef"
STILL = ["png", "pdf"]
ALL = [*STILL, "gif"]


@pytest.fixture
def saved(tmp_path, monkeypatch):
    """A function that draws a figure, saves it and returns its file."""
    number = 0

    def save(suffix, key=KEY, banner="", height=1.0):
        nonlocal number
        number += 1
        # Were a date written, it would differ.
        monkeypatch.setenv("SOURCE_DATE_EPOCH", str(10**9 * number))
        path = tmp_path / f"{number}.{suffix}"
        with style():
            figure = animation(height) if suffix == "gif" else still(height)
            save_figure(figure, str(path), key, banner)
        return path

    return save


def still(height):
    figure, axes = plt.subplots(figsize=(2, 1.5))
    axes.plot([0, 1], [0, height])
    axes.set_title("title")
    return figure


def animation(height):
    figure, axes = plt.subplots(figsize=(2, 1.5))

    def draw(index):
        axes.clear()
        axes.plot([0, 1], [index, height])

    return Animation(figure, draw, [100, 200, 300])


def pixels(path):
    with Image.open(path) as image:
        return np.asarray(image.convert("RGB"))


def redness(image):
    """Return the share of the pixels of an image [H, W, 3] that are reddish."""
    red, green = image[..., 0].astype(int), image[..., 1].astype(int)
    return (red > green + 40).mean()


@pytest.mark.parametrize("suffix", ALL)
def test_equal_figures_are_equal_bytes(saved, suffix):
    assert saved(suffix).read_bytes() == saved(suffix).read_bytes()


@pytest.mark.parametrize("suffix", ALL)
def test_different_figures_are_different_bytes(saved, suffix):
    assert saved(suffix).read_bytes() != saved(suffix, height=2.0).read_bytes()


@pytest.mark.parametrize("suffix", ALL)
def test_file_carries_its_key(saved, suffix):
    content = saved(suffix).read_bytes()
    assert KEY.encode() in content
    other = saved(suffix, key="fedcba9876543210").read_bytes()
    assert KEY.encode() not in other
    assert other == content.replace(KEY.encode(), b"fedcba9876543210") or (
        suffix == "png"  # its text has a checksum
    )


@pytest.mark.parametrize("suffix", ALL)
def test_no_version_and_no_date_is_written(saved, suffix):
    content = saved(suffix).read_bytes().lower()
    for word in (b"matplotlib v", b"matplotlib.org", b"creationdate", b"software"):
        assert word not in content


def test_key_is_not_seen(saved):
    first, second = saved("png"), saved("png", key="fedcba9876543210")
    np.testing.assert_array_equal(pixels(first), pixels(second))


@pytest.mark.parametrize("suffix", ["png", "gif"])
def test_banner_is_seen(saved, suffix):
    assert redness(pixels(saved(suffix))) == 0
    assert redness(pixels(saved(suffix, banner="TINY"))) > 0.003


def test_banner_is_in_the_pdf(saved):
    assert saved("pdf").read_bytes() != saved("pdf", banner="TINY").read_bytes()


def test_banner_is_in_every_frame(saved):
    with Image.open(saved("gif", banner="TINY")) as image:
        assert image.n_frames == 3
        for frame in range(3):
            image.seek(frame)
            assert redness(np.asarray(image.convert("RGB"))) > 0.003


def test_banner_is_written_once(tmp_path):
    figure = still(1)
    for suffix in STILL:
        save_figure(figure, str(tmp_path / f"a.{suffix}"), KEY, "TINY")
    assert [text.get_text() for text in figure.texts] == ["TINY"]


def test_frames_and_their_durations(saved):
    with Image.open(saved("gif")) as image:
        shown = []
        for frame in range(image.n_frames):
            image.seek(frame)
            shown.append(image.info["duration"])
    assert shown == [100, 200, 300]
    assert image.info["loop"] == 0


def test_failure_leaves_the_old_figure(tmp_path):
    path = tmp_path / "a.gif"
    path.write_bytes(b"old")

    def draw(index):
        raise RuntimeError("no frame")

    broken = Animation(still(1), draw, [100])
    with pytest.raises(RuntimeError, match="no frame"):
        save_figure(broken, str(path), KEY, "")
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def rows(**columns):
    nothing = dict.fromkeys(("ci_low", "ci_high"), [np.nan] * 3)
    return pd.DataFrame({"x": [2, 0, 1], "mean": [3.0, 1.0, 2.0], **nothing, **columns})


def test_band_is_the_interval():
    _, axes = plt.subplots()
    band(axes, rows(ci_low=[2.5, 0.0, 1.5], ci_high=[4.0, 2.0, 2.5]), "x", label="a")
    (line,), (filled,) = axes.lines, axes.collections
    assert line.get_xdata().tolist() == [0, 1, 2]
    assert line.get_ydata().tolist() == [1, 2, 3]
    assert line.get_label() == "a"
    corners = {tuple(corner) for corner in filled.get_paths()[0].vertices.tolist()}
    assert corners >= {(0, 0), (0, 2), (1, 1.5), (1, 2.5), (2, 2.5), (2, 4)}
    assert filled.get_facecolor()[0][:3].tolist() == list(plt.cm.tab10(0)[:3])


def test_one_replica_has_a_line_without_band():
    _, axes = plt.subplots()
    band(axes, rows(), "x")
    assert len(axes.lines) == 1
    assert len(axes.collections) == 0


def test_each_replica_has_a_line_of_its_own():
    _, axes = plt.subplots()
    table = {"replica": [0, 1, 0, 1], "x": [2, 2, 1, 1], "y": [5, 6, 7, 8]}
    replica_lines(axes, pd.DataFrame(table), "x", "y", "k")
    drawn = [
        (line.get_xdata().tolist(), line.get_ydata().tolist()) for line in axes.lines
    ]
    assert drawn == [([1, 2], [7, 5]), ([1, 2], [8, 6])]


def test_note_is_below():
    figure = still(1)
    note(figure, "n = 3")
    assert figure.get_supxlabel() == "n = 3"
    assert figure._supxlabel.get_fontsize() >= SMALLEST


def test_a_long_note_is_broken_behind_semicolons_and_stays_in_the_figure():
    with style():
        figure, _ = plt.subplots(figsize=(5, 3))
        clauses = ["means of n = 3 replicas", "bands: 95 % intervals of the mean"] * 3
        note(figure, "; ".join(clauses))
        lines = figure.get_supxlabel().split("\n")
        assert len(lines) > 1
        assert " ".join(lines) == "; ".join(clauses)
        assert all(line.endswith(";") for line in lines[:-1])
        figure.canvas.draw()
        assert figure._supxlabel.get_window_extent().x0 >= 0


def test_style_is_for_figures_alone():
    before = plt.rcParams["font.size"]
    with style():
        assert plt.rcParams["font.size"] == STYLE["font.size"]
        assert plt.rcParams["figure.constrained_layout.use"]
    assert plt.rcParams["font.size"] == before


def test_style_forgets_a_person_s_settings():
    with plt.rc_context({"lines.linestyle": ":"}), style():
        assert plt.rcParams["lines.linestyle"] == "-"


def test_fonts_are_matplotlibs_own():
    own = Path(mpl.get_data_path())
    for weight in "normal", "bold":
        font = FontProperties(family="DejaVu Sans", weight=weight)
        assert own in Path(findfont(font)).parents
