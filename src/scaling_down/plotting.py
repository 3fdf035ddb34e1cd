"""What all figures share: the style sheet, bands, captions, byte-stable saving."""

import io
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

import matplotlib as mpl

mpl.use("agg")

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from PIL import Image

from scaling_down.files import replacing

BAND_ALPHA = 0.2
STYLE = {
    "font.family": "DejaVu Sans",
    "font.size": 8,
    "axes.titlesize": 9,
    "axes.labelsize": 8,
    "xtick.labelsize": 7,
    "ytick.labelsize": 7,
    "legend.fontsize": 7,
    "legend.frameon": False,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "axes.grid": True,
    "grid.linewidth": 0.4,
    "grid.color": "#e4e4e4",
    "lines.linewidth": 1.3,
    "lines.markersize": 3.5,
    "axes.linewidth": 0.7,
    "xtick.major.width": 0.7,
    "ytick.major.width": 0.7,
    "figure.dpi": 100,
    "savefig.dpi": 200,
    "figure.constrained_layout.use": True,
    "pdf.fonttype": 42,
}


@dataclass(frozen=True)
class Animation:
    """Frames of one figure: `draw(i)` changes the figure to frame i."""

    figure: Figure
    draw: Callable[[int], None]
    durations: Sequence[int]
    """Milliseconds that each frame is shown."""


def style() -> AbstractContextManager:
    """Return the context in which all figures are drawn."""
    return plt.style.context(["default", STYLE])


def band(axes: Axes, rows: pd.DataFrame, x: str, **line: object) -> None:
    """Draw a curve of means with its interval as a band.

    `rows` has the columns `x`, mean, ci_low and ci_high; without an interval (one
    replica) only the line is drawn.
    """
    rows = rows.sort_values(x)
    (drawn,) = axes.plot(rows[x], rows["mean"], **line)
    if rows["ci_low"].notna().any():
        axes.fill_between(
            rows[x], rows["ci_low"], rows["ci_high"],
            color=drawn.get_color(), alpha=BAND_ALPHA, linewidth=0,
        )  # fmt: skip


def note(figure: Figure, text: str) -> None:
    """Write a small note, such as n and the kind of interval, below a figure."""
    figure.supxlabel(text, fontsize=6, color="0.35", x=0.995, ha="right")


def save_figure(figure: Figure | Animation, path: str, key: str, banner: str) -> None:
    """Save a figure in the format of the path's suffix; the file carries `key`.

    Equal figures give equal bytes: no date and no version is written.
    """
    still = figure.figure if isinstance(figure, Animation) else figure
    if banner and not any(text.get_text() == banner for text in still.texts):
        _write_banner(still, banner)
    with replacing(path) as temporary:
        if isinstance(figure, Animation):
            _save_gif(figure, temporary, key)
        else:
            suffix = Path(path).suffix.removeprefix(".")
            metadata = _metadata(suffix, key)
            figure.savefig(temporary, format=suffix, metadata=metadata)


def _write_banner(figure: Figure, banner: str) -> None:
    figure.text(
        0.5, 0.5, banner, ha="center", va="center", rotation=20, fontsize=16,
        color="tab:red", alpha=0.35, zorder=10,
    )  # fmt: skip


def _metadata(suffix: str, key: str) -> dict[str, str | None]:
    if suffix == "pdf":
        nothing = dict.fromkeys(("Creator", "Producer", "CreationDate"))
        return {**nothing, "Keywords": key}
    return {"Software": None, "Key": key}


def _save_gif(animation: Animation, path: Path, key: str) -> None:
    frames = []
    for index in range(len(animation.durations)):
        animation.draw(index)
        buffer = io.BytesIO()
        animation.figure.savefig(buffer, format="png", dpi=110)
        frames.append(Image.open(buffer).convert("RGB"))
    palette = frames[-1].quantize(64)
    first, *rest = [frame.quantize(palette=palette, dither=0) for frame in frames]
    first.save(
        path, format="GIF", save_all=True, append_images=rest, loop=0,
        duration=list(animation.durations), comment=key.encode(), optimize=False,
    )  # fmt: skip


def spread(count: int, width: float = 0.3) -> np.ndarray:
    """Return `count` small offsets, for points that would hide one another."""
    return np.linspace(-width / 2, width / 2, count) if count > 1 else np.zeros(1)
