"""Small metalearning runs: settings and jobs."""

from scaling_down.dataset import DatasetSettings
from scaling_down.engine.streams import Streams
from scaling_down.experiments.contract import Job
from scaling_down.experiments.dataset.arrays import dataset_arrays
from scaling_down.experiments.dataset.settings import DatasetSection
from scaling_down.experiments.metalearn_activation.compute import comparison, metalearn
from scaling_down.experiments.metalearn_activation.settings import (
    Circumstance,
    Comparison,
    GridSection,
    Inner,
    Metalearning,
    Outer,
)

DATASET = DatasetSection(**vars(DatasetSettings(num_samples=100, seed=1)))
ARRAYS = dataset_arrays(DATASET)
INNER = Inner(
    hidden=6, noise=0.1, learning_rate=0.02, decay=0.4, steps=5, batch_size=20,
    counted=3, test_samples=20,
)  # fmt: skip
OUTER = Outer(
    hidden=(7,), share=0.2, steps=4, learning_rate=0.3, momentum=0.0, clamp=0.1
)
GRID = GridSection(reach=8, resolution=256)
RATES = (0.01, 0.02, 0.05)


def streams(replicas=(0, 1)):
    return Streams(3, "metalearn_activation", replicas)


def job(settings, replicas=(0, 1), **reads):
    return Job(settings, streams(replicas), reads, "cpu", lambda step, steps: None)


def metalearned(family="learned", protocol="published", replicas=(0, 1), **changes):
    """Learn an activation and return the arrays."""
    settings = Metalearning(
        family=family, protocol=protocol, inner=INNER, dataset=DATASET,
        **{"outer": OUTER, "grid": GRID} | changes,
    )  # fmt: skip
    return metalearn.compute(job(settings, replicas))


def compared(learned=None, replicas=(0, 1), **activation):
    """Train with an activation in two circumstances and return the arrays."""
    settings = Comparison(
        circumstances=(
            Circumstance(scenario="seen", steps=5, dataset=DATASET),
            Circumstance(scenario="longer", steps=8, dataset=DATASET),
        ),
        learning_rates=RATES, problems=2, fresh_samples=30, inner=INNER, grid=GRID,
        **activation,
    )  # fmt: skip
    reads = {"metalearned": learned} if learned else {}
    return comparison.compute(job(settings, replicas, **reads))
