"""The convolutional step of the width sweep against autograd, on one core.

    python benchmarks/convolutions.py [--quick] [--record FILE]

Both train the replicas of a job of params.yaml in shuffled batches, at every third
width of double descent.  Autograd is the engine's general step on the same model,
whose convolutions copy their patches and pad channels to a multiple of 16.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import chain

from record import PARAMS, Benchmark, median_times

# isort: split

import numpy as np

from scaling_down.engine.batches import batches
from scaling_down.engine.data import Data
from scaling_down.engine.models.cnn import CNN
from scaling_down.engine.protocol import Protocol
from scaling_down.engine.steps import StepFactory
from scaling_down.engine.steps.autograd import AutogradStep
from scaling_down.engine.steps.convolutional import ConvolutionalStep
from scaling_down.engine.streams import Streams
from scaling_down.experiments.double_descent.compute import protocol
from scaling_down.workflow.parameters.file import load_params

INPUTS, CLASSES = 40, 10
STEPS_A_TURN = 5
CONTENDERS = {"engine": ConvolutionalStep, "autograd": AutogradStep}


def main() -> None:
    benchmark = Benchmark(__doc__, "every ninth width, fewer turns")
    every, turns = (9, 3) if benchmark.quick else (3, 9)
    section = load_params(PARAMS).double_descent
    size = section.replicas_per_job.cnn
    samples = section.train_samples
    p = protocol(section, samples)
    data, streams = random_data(size, samples), Streams(0, "benchmark", range(size))
    for width in sorted(chain.from_iterable(section.widths.cnn))[::every]:
        contenders = {
            name: step_of(factory, width, p, data, streams)
            for name, factory in CONTENDERS.items()
        }
        times = median_times(contenders, turns, STEPS_A_TURN)
        benchmark.times(f"width {width}", times)
    benchmark.close()


def step_of(
    factory: StepFactory, width: int, p: Protocol, data: Data, streams: Streams
) -> Callable[[], object]:
    update = factory(CNN(streams, width, INPUTS, CLASSES), p, None)
    order = batches(data.x, data.y, p.batch_size, p.batch_order, streams)
    return lambda: update(0, *next(order))


def random_data(replicas: int, samples: int) -> Data:
    """Return samples that the replicas share, with labels of each one's own."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=(samples, INPUTS))
    y = rng.integers(CLASSES, size=(replicas, samples))
    return Data.from_arrays(x, y, x[:1], y[:, :1])


if __name__ == "__main__":
    main()
