"""Colours by what they mean, told apart by colour-blind readers, the same everywhere.

The hues are those of Okabe and Ito (Color Universal Design, 2008). Vermillion never
stands beside green: the two are the pair of theirs that is hardest to tell apart.
"""

from collections.abc import Iterable

import numpy as np
from matplotlib import colormaps
from matplotlib.colors import to_hex

ORANGE = "#e69f00"
SKY = "#56b4e9"
GREEN = "#009e73"
BLUE = "#0072b2"
VERMILLION = "#d55e00"
PURPLE = "#cc79a7"
BROWN = "#8c510a"
INK = "0.25"
"""What is compared with: the dense network, chance, a claimed value."""
MUTED = "0.55"

MODELS = {"logistic": ORANGE, "mlp": BLUE, "cnn": VERMILLION, "gru": PURPLE}
MODELS |= {"human": INK}
TICKETS = {"dense": INK, "lottery": BLUE, "random": ORANGE}
LOSSES = {"nll": BLUE, "mse": VERMILLION}
SPLITS = {"train": ORANGE, "test": BLUE}
DIGITS = (
    BLUE, ORANGE, SKY, "#882255", GREEN, PURPLE, "#000000", "#f0e442", "#999999",
    "#7a4a00",
)  # fmt: skip
"""So many hues cannot be told apart by all: each digit is also named where it is."""


def ordered(values: Iterable[int]) -> dict[int, str]:
    """Return a colour for each different number, the darkest for the smallest."""
    numbers = sorted(set(values))
    shades = colormaps["viridis"](np.linspace(0, 0.8, len(numbers)))
    return {n: to_hex(shade) for n, shade in zip(numbers, shades, strict=True)}
