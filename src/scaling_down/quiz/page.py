"""The page of the quiz: samples drawn as strokes, in one file without a server."""

import json
from pathlib import Path
from typing import Any

import numpy as np

from scaling_down.dataset import make_dataset

TEMPLATE = Path(__file__).with_name("page.html")
MARK = "/* quiz */ null"
"""Where the samples stand in the template."""
POSITIONS = ("plain", "shuffled")
DECIMALS = 3


def quiz_page(seed: int, count: int = 100) -> str:
    """Return an HTML page that asks for the digits of `count` test samples.

    Of the published dataset, plain or with the positions in a common random order, and
    before that, for practice, of as many training samples (paper, section 4: the human
    had seen the training set). `seed` decides which samples; plain and shuffled ones
    are different, so that nobody meets a sample again.

    Raises:
        ValueError: `count` is no multiple of ten from 10 to 500.
    """
    if count not in range(10, 501, 10):
        raise ValueError(f"count is {count}, but must be a multiple of 10 up to 500")
    rng = np.random.default_rng(seed)
    rows = {"test": rng.permutation(1000), "train": rng.permutation(4000)}
    parts = {
        positions: _parts(positions, rows, slice(i * count, (i + 1) * count))
        for i, positions in enumerate(POSITIONS)
    }
    text = json.dumps({"seed": seed, "parts": parts}, separators=(",", ":"))
    return TEMPLATE.read_text(encoding="utf-8").replace(MARK, text)


def _parts(
    positions: str, rows: dict[str, np.ndarray], chosen: slice
) -> dict[str, list[dict[str, Any]]]:
    """Return the samples of the quiz and of the practice, as JSON takes them."""
    data = make_dataset(shuffle_seq=positions == "shuffled")
    t = np.round(data["t"], DECIMALS).tolist()
    sources = {
        "quiz": (data["x_test"], data["y_test"], rows["test"]),
        "practice": (data["x"], data["y"], rows["train"]),
    }
    return {
        part: [
            {
                "item": int(row),
                "digit": int(y[row]),
                "x": np.round(x[row], DECIMALS).tolist(),
                "t": t,
            }
            for row in order[chosen]
        ]
        for part, (x, y, order) in sources.items()
    }
