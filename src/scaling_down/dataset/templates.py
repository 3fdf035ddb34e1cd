"""The ten hand-made digit templates (paper section 3)."""

from typing import TypedDict

import numpy as np

# Horizontal pen position at twelve equal heights, one line a digit.
_STROKES = """
    5  6    6.5  6.75  7    7     7     7    6.75  6.5  6    5
    5  3    3    3.4   3.8  4.2   4.6   5    5.4   5.8  5    5
    5  6    6.5  6.5   6    5.25  4.75  4    3.5   3.5  4    5
    5  6    6.5  6.5   6    5     5     6    6.5   6.5  6    5
    5  4.4  3.8  3.2   2.6  2.6   5     5    5     5    5    5
    5  3    3    3     3    5     6     6.5  6.5   6    4.5  5
    5  4    3.5  3.25  3    3     3     3    3.25  3.5  4    5
    5  7    7    6.6   6.2  5.8   5.4   5    4.6   4.2  5    5
    5  4    3.5  3.5   4    5     5     4    3.5   3.5  4    5
    5  4    3.5  3.5   4    5     5     5    5     4.7  4.3  5
"""
_SHRINK = 6.0

NUM_CLASSES = 10
TEMPLATE_POINTS = 12


class Templates(TypedDict):
    """Ten templates: `x` [10, 12], heights `t` [12], labels `y` [10]."""

    x: np.ndarray
    t: np.ndarray
    y: np.ndarray


def digit_templates() -> Templates:
    """Return the ten templates, each of equal spread and starting at zero."""
    rows = [[float(word) for word in row.split()] for row in _STROKES.split("\n")[1:-1]]
    strokes = np.array(rows)
    centred = strokes - strokes.mean(axis=1, keepdims=True)
    whitened = centred / centred.std(axis=1, keepdims=True)
    return Templates(
        x=(whitened - whitened[:, :1]) / _SHRINK,
        t=np.linspace(-5.0, 5.0, TEMPLATE_POINTS) / _SHRINK,
        y=np.arange(NUM_CLASSES, dtype=np.int64),
    )
