"""The shared settings of the optimisation loop in the engine's terms."""

from scaling_down.engine.protocol import Protocol
from scaling_down.workflow.parameters.sections import Optimisation, Updates


def sequential_protocol(settings: Optimisation | Updates) -> Protocol:
    """Return the training protocol; samples are taken in order, as in the paper."""
    return Protocol(
        optimizer=settings.optimizer,
        learning_rate=settings.learning_rate,
        steps=settings.steps,
        batch_size=settings.batch_size,
        batch_order="sequential",
        evaluate_every=settings.evaluate_every,
    )
