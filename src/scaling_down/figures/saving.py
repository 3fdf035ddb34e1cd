"""Figures in files: equal figures give equal bytes, and each file carries its key."""

import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from matplotlib.figure import Figure
from PIL import Image

from scaling_down.figures.palette import VERMILLION
from scaling_down.workflow.files import replacing


@dataclass(frozen=True)
class Animation:
    """Frames of one figure: `draw(i)` changes the figure to frame i."""

    figure: Figure
    draw: Callable[[int], None]
    durations: Sequence[int]
    """Milliseconds that each frame is shown."""


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
        color=VERMILLION, alpha=0.4, zorder=10,
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
    palette, dither = frames[-1].quantize(64), Image.Dither.NONE
    first, *rest = [f.quantize(palette=palette, dither=dither) for f in frames]
    first.save(
        path, format="GIF", save_all=True, append_images=rest, loop=0,
        duration=list(animation.durations), comment=key.encode(), optimize=False,
    )  # fmt: skip
