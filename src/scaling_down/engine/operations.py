"""The operations that training is made of, and the bits that they give.

A digest of each, taken with the portable instructions, stands here; a processor on
which one comes out otherwise gives other bits wherever it is used.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from scaling_down.engine.protocol import Protocol, torch_optimizer

MEMBERS = 4
BITS = {
    "products 100 x 48 x 112": "e4a2c8e62d8a",
    "products 500 x 512 x 512": "bf220f2c3ec0",
    "products 1000 x 48 x 32": "bc53cf86f511",
    "products 100 x 512 x 16": "d67c26822f2d",
    "log_softmax": "3ac5059d4a45",
    "sum over samples": "5733831a4e80",
    "mean": "537cce62917a",
    "normalize": "8e2b5ca2a06a",
    "tanh": "96962a4fe704",
    "sigmoid": "1b6abf1272bd",
    "adam": "4bf1888743cb",
    "sgd": "c7c0749b52d1",
}


def differing_operations() -> list[str]:
    """Return the names of the operations whose bits are other ones here."""
    found = {name: bits() for name, bits in OPERATIONS.items()}
    return sorted(name for name, digest in found.items() if digest != BITS[name])


def _draw(*shape: int) -> Tensor:
    generator = np.random.default_rng(shape)
    return torch.from_numpy(generator.standard_normal(shape).astype(np.float32))


def _digest(*tensors: Tensor) -> str:
    parts = (tensor.detach().contiguous().numpy().tobytes() for tensor in tensors)
    return hashlib.sha256(b"".join(parts)).hexdigest()[:12]


def _products(batch: int, inputs: int, outputs: int) -> Callable[[], str]:
    """A layer's products forward and backward: [B, I] with [I, O]."""

    def bits() -> str:
        x, weight = _draw(MEMBERS, batch, inputs), _draw(MEMBERS, inputs, outputs)
        bias = _draw(MEMBERS, 1, outputs)
        y = torch.baddbmm(bias, x, weight)
        return _digest(y, torch.bmm(x.mT, y), torch.bmm(y, weight.mT))

    return bits


def _elementwise(function: Callable[[Tensor], Tensor]) -> Callable[[], str]:
    return lambda: _digest(function(_draw(MEMBERS, 96, 48)))


def _optimizer(name: str) -> Callable[[], str]:
    def bits() -> str:
        weight = _draw(MEMBERS, 48, 112).requires_grad_()
        weight.grad = _draw(MEMBERS, 48, 112).flip(1).contiguous()
        protocol = Protocol(
            optimizer="adam" if name == "adam" else "sgd",
            learning_rate=0.01, momentum=0.9 if name == "sgd" else 0.0, steps=5,
            batch_size=None, batch_order="sequential", evaluate_every=5,
        )  # fmt: skip
        optimizer = torch_optimizer([weight], protocol)
        for _ in range(5):
            optimizer.step()
        return _digest(weight)

    return bits


OPERATIONS: dict[str, Callable[[], str]] = {
    "products 100 x 48 x 112": _products(100, 48, 112),
    "products 500 x 512 x 512": _products(500, 512, 512),
    "products 1000 x 48 x 32": _products(1000, 48, 32),
    "products 100 x 512 x 16": _products(100, 512, 16),
    "log_softmax": _elementwise(lambda x: torch.log_softmax(x, 2)),
    "sum over samples": _elementwise(lambda x: x.sum(1)),
    "mean": _elementwise(lambda x: x.mean((1, 2))),
    "normalize": _elementwise(lambda x: functional.normalize(x, dim=2)),
    "tanh": _elementwise(torch.tanh),
    "sigmoid": _elementwise(torch.sigmoid),
    "adam": _optimizer("adam"),
    "sgd": _optimizer("sgd"),
}
