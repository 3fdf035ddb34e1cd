"""Train networks of one recipe, and test them where they did best in validation."""

from collections.abc import Callable

import numpy as np
import torch

from scaling_down.dataset.templates import digit_templates
from scaling_down.engine.data import Data, Samples
from scaling_down.engine.deformations import Deformations, Deformer
from scaling_down.engine.evaluation import accuracy_by_class, evaluate
from scaling_down.engine.layers import StackedModel, widen
from scaling_down.engine.models.averaged import TCN, DilatedCNN, ResNet
from scaling_down.engine.models.prelu import PReLUCNN, PReLUMLP
from scaling_down.engine.protocol import Protocol
from scaling_down.engine.selection import Selection, evaluated_steps
from scaling_down.engine.steps import StepFactory
from scaling_down.engine.steps.autograd import AutogradStep
from scaling_down.engine.steps.normalised import NormalisedStep
from scaling_down.engine.steps.viewed import on_views
from scaling_down.engine.streams import Streams
from scaling_down.engine.training import optimise
from scaling_down.experiments.contract import Arrays, Job
from scaling_down.experiments.dataset.arrays import dataset_arrays, fresh_arrays
from scaling_down.experiments.dataset.settings import DatasetSection
from scaling_down.experiments.improved_baselines.settings import Network, Training

MODELS: dict[Network, Callable[..., StackedModel]] = {
    "dense": lambda streams, width, inputs: PReLUMLP(streams, (width, width), inputs),
    "cnn": PReLUCNN,
    "dilated_cnn": DilatedCNN,
    "resnet": ResNet,
    "tcn": TCN,
}
Labelled = tuple[np.ndarray, np.ndarray]
"""Samples [N, D] or [R, N, D] and their labels [N] or [R, N]."""


def compute(job: Job[Training]) -> Arrays:
    """Return what the trainings went through, and what was selected.

    To the history of `optimise` come `validation_accuracy` [R, T] at the same steps,
    `selected_step` [R] int64, the first of the best of these, and the accuracies of the
    weights after that step: `test_accuracy_selected` [R] on the test set,
    `test_accuracy_population` [R] and `class_accuracy_population` [R, K] on fresh
    samples. All are fractions.
    """
    settings, recipe, streams = job.settings, job.settings.recipe, job.streams
    dataset = dataset_arrays(settings.dataset, job.reads["dataset"])
    pool, fresh = pool_and_fresh(settings, (dataset["x"], dataset["y"]))
    learned, held_out = split(streams, pool, settings)
    data = Data.from_arrays(*learned, dataset["x_test"], dataset["y_test"], job.device)
    inputs = dataset["x"].shape[1]
    model = MODELS[recipe.network](streams, recipe.width, inputs=inputs)
    selection, protocol = Selection(on(job.device, held_out)), protocol_of(settings)
    history = optimise(
        model, data, protocol, streams,
        step=step_of(settings, streams, dataset["t"]),
        observe=dict.fromkeys(evaluated_steps(protocol), selection),
        progress=job.progress,
    )  # fmt: skip
    selection.restore(model)
    best = selection.curves.argmax(1)
    population, by_class = accuracy_by_class(model, on(job.device, fresh))
    return {
        **history,
        "validation_accuracy": selection.curves,
        "selected_step": history["step"][np.arange(len(best)), best],
        "test_accuracy_selected": evaluate(model, data.x_test, data.y_test)[1],
        "test_accuracy_population": population,
        "class_accuracy_population": by_class,
    }


def pool_and_fresh(
    settings: Training, published: Labelled
) -> tuple[Labelled, Labelled]:
    """Return what training samples are drawn from, and samples to test on alone.

    The pool is the dataset's own training set; where that is too small, more samples of
    the generator are put behind it. The fresh ones are in no pool.
    """
    (x, y), count = published, settings.fresh_samples
    more = max(0, settings.n_train - len(y))
    x_fresh, y_fresh = fresh_arrays(settings.dataset, count + more)
    pool = np.concatenate([x, x_fresh[count:]]), np.concatenate([y, y_fresh[count:]])
    return pool, (x_fresh[:count], y_fresh[:count])


def split(
    streams: Streams, pool: Labelled, settings: Training
) -> tuple[Labelled, Labelled]:
    """Draw each replica's samples from the pool, and hold some of them out.

    Returns x [R, N, D] and y [R, N] to learn from and the same to validate, n_train
    samples together. All recipes of a replica get the same.
    """
    x, y = pool
    count, share = settings.n_train, settings.validation_share
    held_out = max(1, round(share * count))
    orders = [g.permutation(len(y))[:count] for g in streams.generators("validation")]
    index = np.stack(orders)
    validation, training = index[:, :held_out], index[:, held_out:]
    return (x[training], y[training]), (x[validation], y[validation])


def on(device: torch.device | str, samples: Labelled) -> Samples:
    """Return samples as the engine evaluates them."""
    x, y = samples
    each = (x, y) if x.ndim == 3 else (x[None], y[None])
    inputs, labels = (torch.from_numpy(part).to(device) for part in each)
    return Samples(widen(inputs.float()), labels)


def protocol_of(settings: Training) -> Protocol:
    """Return the training protocol; samples are shuffled anew every epoch."""
    recipe = settings.recipe
    return Protocol(
        optimizer="adam",
        learning_rate=recipe.learning_rate,
        learning_rate_schedule=recipe.learning_rate_schedule,
        weight_decay=recipe.weight_decay,
        steps=recipe.steps,
        batch_size=settings.batch_size,
        batch_order="shuffled",
        evaluate_every=settings.evaluate_every,
    )


def step_of(settings: Training, streams: Streams, t: np.ndarray) -> StepFactory:
    """Return what makes the steps; `t` [D] is the dataset's, in the unit of x."""
    recipe = settings.recipe
    step = NormalisedStep if recipe.network == "resnet" else AutogradStep
    if recipe.max_shift is None:
        return step
    deformations = deformations_of(settings.dataset, recipe.max_shift, t)
    return on_views(step, Deformer(deformations, streams, len(t)).view)


def deformations_of(
    generator: DatasetSection, max_shift: float, t: np.ndarray
) -> Deformations:
    """Return the generator's own strengths, in the unit of finished samples.

    The generator divides everything by one standard deviation, `t` too.
    """
    unit = float(np.ptp(t) / np.ptp(digit_templates()["t"]))
    return Deformations(
        max_shift=max_shift,
        scale=generator.scale_coeff,
        shear=unit * generator.shear_scale,
        noise=unit * generator.iid_noise_scale,
    )
