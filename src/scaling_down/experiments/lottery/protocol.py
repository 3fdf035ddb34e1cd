"""How the networks of the lottery tickets are trained."""

from collections.abc import Mapping
from typing import Any

from scaling_down.engine.training import Protocol


def protocol(settings: Mapping[str, Any]) -> Protocol:
    """Return the training protocol; samples are taken in order, as in the paper."""
    return Protocol(
        optimizer=settings["optimizer"],
        learning_rate=settings["learning_rate"],
        steps=settings["steps"],
        batch_size=settings["batch_size"],
        batch_order="sequential",
        evaluate_every=settings["evaluate_every"],
    )
