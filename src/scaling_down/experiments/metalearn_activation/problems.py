"""The inner trainings: what they begin with and meet, drawn by name.

All activations of a replica meet the same ones, so that their comparison is paired.
"""

import math
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from scaling_down.engine.streams import Streams
from scaling_down.engine.unrolled.inner import Network, Problem
from scaling_down.experiments.contract import Arrays
from scaling_down.experiments.metalearn_activation.settings import Inner, MetaProtocol

CLASSES = 10


@dataclass(frozen=True)
class Names:
    """Where a problem's weights, noise and order of samples come from.

    Without `order` samples are taken as they lie.
    """

    weights: str
    noise: str
    order: str | None


def outer_problem(protocol: MetaProtocol, step: int) -> Names:
    """Return the problem of an outer step.

    In the notebook a generator that is seeded anew within the inner loop makes the
    noise the same in all outer steps, and the initial weights in all but the first;
    the samples come in one order. `corrected` draws all of it anew each time.
    """
    if protocol == "published":
        return Names(f"outer-{min(step, 1)}", "outer-0", None)
    return unseen_problem(f"fresh-{step}")


def seen_problem() -> Names:
    """Return the problem on which the published protocol learns, but for one step."""
    return outer_problem("published", 1)


def unseen_problem(name: str) -> Names:
    """Return a problem all of whose parts are its own."""
    return Names(name, name, name)


@dataclass(frozen=True)
class Drawn:
    """A problem, and the noise of its test: of hidden units [H].

    `activation_noise` [T + 1, U] is that of a learned activation's own units, the
    last row for the test.
    """

    problem: Problem
    test_noise: Tensor
    activation_noise: Tensor


class Problems:
    """The problems of one replica on one dataset."""

    def __init__(
        self, dataset: Arrays, inner: Inner, noisy_units: int, streams: Streams,
        replica: int,
    ) -> None:  # fmt: skip
        self.inner, self.noisy_units = inner, noisy_units
        self.streams, self.replica = streams, replica
        self.x = torch.from_numpy(dataset["x"]).float()
        self.y = torch.from_numpy(dataset["y"])
        self.network = Network(self.x.shape[1], inner.hidden, CLASSES)

    def generator(self, name: str, part: str) -> np.random.Generator:
        """Return the generator of one part of a problem."""
        return self.streams.generator(self.replica, f"problem/{name}/{part}")

    def draw(self, names: Names) -> Drawn:
        """Return the problem of these names."""
        inner, steps = self.inner, self.inner.steps
        hidden_noise, activation_noise = (
            self._noise(names.noise, part, units)
            for part, units in (
                ("hidden-noise", inner.hidden), ("activation-noise", self.noisy_units)
            )
        )  # fmt: skip
        order = self._order(names.order)
        problem = Problem(
            self._weights(names.weights), self.x[order], self.y[order],
            hidden_noise[:steps],
        )  # fmt: skip
        return Drawn(problem, hidden_noise[-1], activation_noise)

    def _weights(self, name: str) -> Tensor:
        """Return initial weights [P], PyTorch's default for both layers."""
        generator = self.generator(name, "weights")
        network = self.network
        widths = (network.inputs, network.inputs, network.hidden, network.hidden)
        parts = [
            generator.uniform(-1 / math.sqrt(width), 1 / math.sqrt(width), shape)
            for width, shape in zip(widths, network.shapes, strict=True)
        ]
        vector = np.concatenate([part.ravel() for part in parts])
        return torch.from_numpy(vector).float()

    def _noise(self, name: str, part: str, units: int) -> Tensor:
        bound, rows = self.inner.noise, self.inner.steps + 1
        drawn = self.generator(name, part).uniform(-bound, bound, (rows, units))
        return torch.from_numpy(drawn).float()

    def _order(self, name: str | None) -> Tensor:
        """Return which samples each step takes, [T, B], epoch after epoch."""
        samples, taken = len(self.x), self.inner.steps * self.inner.batch_size
        epochs = -(-taken // samples)
        if name is None:
            order = np.tile(np.arange(samples), epochs)
        else:
            generator = self.generator(name, "order")
            order = np.concatenate(
                [generator.permutation(samples) for _ in range(epochs)]
            )
        return torch.from_numpy(order[:taken]).view(-1, self.inner.batch_size)
