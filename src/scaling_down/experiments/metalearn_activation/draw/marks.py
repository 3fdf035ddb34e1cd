"""What marks activations, protocols and printed values in the figures."""

from typing import Any

from scaling_down.figures.palette import BLUE, INK, ORANGE, PURPLE

COLOURS = {
    "learned": BLUE, "relu_gains": ORANGE, "swish_gains": PURPLE,
    "relu": ORANGE, "swish": PURPLE,
}  # fmt: skip
OTHERS = INK
NAMES = {
    "learned": "learned", "relu_gains": "ReLU with gains",
    "swish_gains": "Swish with gains", "relu": "ReLU", "elu": "ELU", "swish": "Swish",
    "tanh": "tanh", "softplus": "softplus", "sigmoid": "sigmoid", "sin": "sin",
}  # fmt: skip
PROTOCOLS = {"published": "-", "corrected": "--"}


def label(activation: str) -> str:
    """Return an activation's name as people write it."""
    return NAMES[activation]


def look(activation: str, protocol: str) -> dict[str, Any]:
    """Return the line of a metalearned activation."""
    return {"color": COLOURS[activation], "linestyle": PROTOCOLS[protocol]}
