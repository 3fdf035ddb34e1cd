"""The one style sheet of all figures."""

from contextlib import AbstractContextManager
from pathlib import Path

import matplotlib as mpl

mpl.use("agg")

import matplotlib.pyplot as plt
from matplotlib.font_manager import fontManager

from scaling_down.figures.palette import BLUE, GREEN, ORANGE, PURPLE, SKY

SMALLEST = 7
"""Points of the smallest text of a figure at its own size."""
STYLE = {
    "font.family": "DejaVu Sans",
    "font.size": 8,
    "axes.titlesize": 9,
    "axes.labelsize": 8,
    "xtick.labelsize": SMALLEST,
    "ytick.labelsize": SMALLEST,
    "legend.fontsize": SMALLEST,
    "legend.frameon": False,
    "axes.prop_cycle": plt.cycler(color=[BLUE, ORANGE, GREEN, PURPLE, SKY]),
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

# Matplotlib's own fonts alone: a system's DejaVu Sans may be of another version, and
# the bytes of a PDF would depend on what is installed.
fontManager.ttflist = []
for font in sorted(Path(mpl.get_data_path(), "fonts/ttf").glob("*.ttf")):
    fontManager.addfont(font)


def style() -> AbstractContextManager[None]:
    """Return the context in which all figures are drawn."""
    return plt.style.context(["default", STYLE])
