"""The bits of a short training of each model, with the portable instructions.

Where a processor or a version gives others, the test says which operation differs.
"""

import hashlib

import numpy as np
import pytest

from scaling_down.engine import masks as masking
from scaling_down.engine.augmentations import Augmentations
from scaling_down.engine.contrastive import Contrast, contrast
from scaling_down.engine.data import Data
from scaling_down.engine.history import METRICS
from scaling_down.engine.models.cnn import CNN
from scaling_down.engine.models.gru import BiGRU
from scaling_down.engine.models.logistic import Logistic
from scaling_down.engine.models.mlp import MLP, ResidualMLP
from scaling_down.engine.models.simclr import SimCLR
from scaling_down.engine.operations import differing_operations
from scaling_down.engine.process import prepare
from scaling_down.engine.protocol import Protocol
from scaling_down.engine.steps.autograd import AutogradStep
from scaling_down.engine.steps.convolutional import ConvolutionalStep
from scaling_down.engine.steps.dense import DenseStep
from scaling_down.engine.steps.sparse import SparseStep
from scaling_down.engine.streams import Streams
from scaling_down.engine.training import optimise

ADAM = {"optimizer": "adam", "learning_rate": 0.01}
SGD = {"optimizer": "sgd", "learning_rate": 0.01, "momentum": 0.9}
TRAININGS = {
    "logistic": (Logistic, AutogradStep, ADAM),
    "residual": (ResidualMLP, AutogradStep, ADAM),
    "cnn": (CNN, AutogradStep, ADAM),
    "gru": (BiGRU, AutogradStep, ADAM),
    "dense, sgd": (MLP, DenseStep, SGD),
    "dense, adam, mse": (MLP, DenseStep, ADAM | {"loss": "mse"}),
    "convolutional": (CNN, ConvolutionalStep, SGD),
    "sparse": (ResidualMLP, SparseStep, ADAM),
}
FROZEN = {
    "logistic": "26d75cb60a55",
    "residual": "c932099ca2b6",
    "cnn": "d9be838be75b",
    "gru": "2d67a9f532b4",
    "dense, sgd": "e2349c1d1880",
    "dense, adam, mse": "a2655a204eea",
    "convolutional": "853426819b97",
    "sparse": "ff6520331f97",
    "contrastive": "1aa0dea9c2b3",
}


def bits(name):
    """Return the digest of what 20 steps of a model leave."""
    make, step, method = TRAININGS[name]
    prepare("cpu")
    streams = Streams(0, "bits", (0, 1))
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(200, 40)), rng.integers(10, size=200)
    data = Data.from_arrays(x, y, x[:50], y[:50])
    model = make(streams)
    masks = None
    if step is SparseStep:
        vectors = masking.vectors(model).items()
        masks = {n: masking.magnitude_mask(v, 0.8) for n, v in vectors}
    protocol = Protocol(
        steps=20, batch_size=50, batch_order="shuffled", evaluate_every=10, **method
    )
    history = optimise(model, data, protocol, streams, step=step, masks=masks)
    return digest(model, *(history[metric] for metric in METRICS))


def contrastive_bits():
    """Return the same of 20 steps of contrastive learning."""
    prepare("cpu")
    streams = Streams(0, "bits", (0, 1))
    x = np.random.default_rng(0).normal(size=(200, 40))
    views = Augmentations(
        applied=("shift", "slope", "offset"), max_shift=10, slope_sd=0.04, offset_sd=0.3
    )
    settings = Contrast(
        learning_rate=0.01, epochs=5, batch_size=50, temperature=0.5, loss="two_sided",
        augmentations=views,
    )  # fmt: skip
    model = SimCLR(streams)
    return digest(model, contrast(model, x, settings, streams))


def digest(model, *arrays):
    arrays = [*arrays, *(p.numpy() for p in model.plain_parameters().values())]
    parts = (np.ascontiguousarray(array).tobytes() for array in arrays)
    return hashlib.sha256(b"".join(parts)).hexdigest()[:12]


@pytest.mark.parametrize("name", TRAININGS)
def test_the_bits_of_a_training_are_frozen(name):
    assert bits(name) == FROZEN[name], f"operations that differ: {differing()}"


def test_the_bits_of_contrastive_learning_are_frozen():
    assert contrastive_bits() == FROZEN["contrastive"], differing()


def differing():
    return differing_operations() or "none of those that are known"


def test_the_operations_have_the_bits_that_are_known():
    prepare("cpu")
    assert differing_operations() == []
