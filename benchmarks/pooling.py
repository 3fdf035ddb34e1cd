"""A step of the pooled networks against loops of plain PyTorch, on one core.

    python benchmarks/pooling.py [--quick] [--record FILE]

The variants of the paper and the replicas of params.yaml, batches of 100, Adam.  The
loops train one ordinary module after the other; the engine all replicas of a variant in
one step.  The ratio of the sums is that of a run without evaluations.
"""

from __future__ import annotations

from collections.abc import Callable

from record import PARAMS, Benchmark, bounded_times

# isort: split

import torch
from torch import Tensor
from torch.nn import functional

from scaling_down.engine.models.pooled_cnn import PooledCNN
from scaling_down.engine.plain import PooledCNN as PlainCNN
from scaling_down.engine.protocol import Protocol
from scaling_down.engine.steps.pooled import PooledStep
from scaling_down.engine.streams import Streams
from scaling_down.experiments.optimisation import sequential_protocol
from scaling_down.experiments.pooling.compute import VARIANTS
from scaling_down.workflow.parameters.file import load_params

OF_THE_PAPER = ("no_pool", "stride_2", "max", "average", "l2")
INPUTS, CLASSES, STEPS_A_TURN = 40, 10, 5
Update = Callable[[], None]


def main() -> None:
    benchmark = Benchmark(__doc__, "fewer turns")
    turns = 5 if benchmark.quick else 25
    section = load_params(PARAMS).pooling
    protocol, replicas = sequential_protocol(section), section.replicas_per_job
    x = torch.randn(replicas, protocol.batch_size, INPUTS)
    y = torch.randint(CLASSES, x.shape[:2])
    for variant in OF_THE_PAPER:
        updates = {
            "engine": engine(variant, protocol, x, y),
            "loop": loop(variant, protocol, x, y),
        }
        benchmark.times(variant, bounded_times(updates, turns, STEPS_A_TURN))
    benchmark.close()


def engine(variant: str, protocol: Protocol, x: Tensor, y: Tensor) -> Update:
    streams = Streams(0, "benchmark", tuple(range(len(x))))
    step = PooledStep(PooledCNN(streams, *VARIANTS[variant]), protocol)
    return lambda: step(0, x, y)


def loop(variant: str, protocol: Protocol, x: Tensor, y: Tensor) -> Update:
    modules = [PlainCNN(*VARIANTS[variant]) for _ in x]
    rate = protocol.learning_rate
    optimizers = [torch.optim.Adam(m.parameters(), lr=rate) for m in modules]

    def update() -> None:
        for module, optimizer, *batch in zip(modules, optimizers, x, y, strict=True):
            optimizer.zero_grad()
            functional.cross_entropy(module(batch[0]), batch[1]).backward()
            optimizer.step()

    return update


if __name__ == "__main__":
    main()
