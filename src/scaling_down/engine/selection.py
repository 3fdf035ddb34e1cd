"""Early stopping by validation: each replica's weights where they did best."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor, nn

from scaling_down.engine.data import Samples
from scaling_down.engine.evaluation import evaluate
from scaling_down.engine.protocol import Protocol


class Selection:
    """Keeps the weights of each replica at its best validation accuracy.

    To be called with the model after some of its steps, as an observer of `optimise`.
    Of equal accuracies the first counts. Weights are everything in the model's state
    with the member as axis 0: parameters, and running averages too. Only those of
    replicas that have improved are copied. `validation` are x [1 or R, N, D] and y
    [1 or R, N].
    """

    def __init__(self, validation: Samples) -> None:
        self.validation = validation
        self.accuracies: list[np.ndarray] = []
        self.kept: dict[str, Tensor] = {}

    def __call__(self, model: nn.Module) -> None:
        """Evaluate the model on the validation samples; keep what is best so far."""
        accuracy = evaluate(model, *self.validation)[1]
        state = model.state_dict()
        if not self.accuracies:
            self.kept = {name: values.clone() for name, values in state.items()}
        else:
            improved = accuracy > np.max(self.accuracies, axis=0)
            for name, values in state.items():
                # The companion of a lone replica goes with it.
                members = torch.from_numpy(np.resize(improved, len(values)))
                self.kept[name][members] = values[members]
        self.accuracies.append(accuracy)

    def restore(self, model: nn.Module) -> None:
        """Give each replica of the model its best weights."""
        model.load_state_dict(self.kept)

    @property
    def curves(self) -> np.ndarray:
        """The validation accuracies [R, T], fractions, of all calls."""
        return np.stack(self.accuracies, 1)


def evaluated_steps(protocol: Protocol) -> list[int]:
    """Return the numbers of steps after which `optimise` evaluates."""
    last = protocol.steps
    return sorted({*range(0, last + 1, protocol.evaluate_every), last})
