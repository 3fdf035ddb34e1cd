"""A block of rounds: train with the mask, prune, rewind the survivors, again."""

import torch

from scaling_down.engine import masks as masking
from scaling_down.engine.data import Data
from scaling_down.engine.history import stacked
from scaling_down.engine.models.mlp import ResidualMLP
from scaling_down.engine.training import NonFiniteLoss, optimise
from scaling_down.engine.widths import part_of
from scaling_down.experiments.contract import Arrays, Job
from scaling_down.experiments.dataset.arrays import dataset_arrays, fresh_arrays
from scaling_down.experiments.lottery.settings import Rounds
from scaling_down.experiments.lottery.tickets import (
    Vectors,
    last_survived,
    masks_of_place,
    random_masks,
    ticket_step,
)
from scaling_down.experiments.optimisation import sequential_protocol


def compute(job: Job[Rounds]) -> Arrays:
    """Return what the block's K rounds went through and the masks they wore.

    `round`, `sparsity` [R, K]; `step` [R, T]; losses and accuracies [R, K, T]; the
    final networks' accuracies on fresh samples, [R, K] and by class; and for blocks
    whose masks others read `last_survived` [R, n], from which
    `tickets.masks_of_place` makes the masks of the block and of the round that
    follows. Every round begins with the replica's initial weights, which both
    criteria share.
    """
    settings = job.settings
    dataset = dataset_arrays(settings.dataset, job.reads["dataset"])
    x, y, x_test, y_test = (dataset[n] for n in ("x", "y", "x_test", "y_test"))
    fresh = fresh_arrays(settings.dataset, settings.fresh_samples)
    data = Data.from_arrays(x, y, x_test, y_test, job.device, fresh=fresh)
    inputs = dataset["x"].shape[1]
    model = ResidualMLP(job.streams, inputs=inputs, hidden=settings.hidden)
    model.to(data.x.device)
    initial = masking.vectors(model)
    masks = first_masks(job, initial)
    worn, histories = [], []
    for place, number in enumerate(settings.rounds):
        if settings.random_masks is not None:
            sizes = {name: vector.shape[1] for name, vector in initial.items()}
            masks = random_masks(
                job.streams, sizes, number, settings.sparsities[place],
                settings.random_masks,
            )  # fmt: skip
        worn.append(masks)
        masking.load_vectors(model, initial)
        try:
            history, trained = train_round(model, data, masks, job, place)
        except NonFiniteLoss as error:
            raise ArithmeticError(f"round {number}, {error}") from None
        histories.append(history)
        if (following := sparsity_after(settings, place)) is not None:
            masks = prune(trained, following, within=masks)
    arrays = stacked(histories, round=settings.rounds, sparsity=settings.sparsities)
    if settings.keeps_masks:
        after = masks if settings.next_sparsity is not None else None
        arrays["last_survived"] = last_survived(worn, after)
    return arrays


def first_masks(job: Job[Rounds], initial: Vectors) -> Vectors:
    """Return the masks of the block's first round: all ones, or what was left."""
    if "previous" not in job.reads:
        return {n: torch.ones_like(v, dtype=torch.bool) for n, v in initial.items()}
    sizes = {name: vector.shape[1] for name, vector in initial.items()}
    previous = job.reads["previous"]
    layers = masks_of_place(previous, previous["round"].shape[1], sizes)
    return {name: mask.to(initial[name].device) for name, mask in layers.items()}


def train_round(
    model: ResidualMLP, data: Data, masks: Vectors, job: Job[Rounds], place: int
) -> tuple[Arrays, Vectors]:
    """Train with the masks; return the history and the weights that are scored.

    The notebook scores the weights of its last checkpoint, of step 1000 out of 1501,
    while the accuracies that it reports are those of the end.
    """
    settings = job.settings
    step = settings.score_step or "last"
    scored: Vectors = {}
    history = optimise(
        model, data, sequential_protocol(settings), job.streams,
        step=ticket_step(settings),
        masks=masks,
        observe={
            settings.steps if step == "last" else step:
            lambda trained: scored.update(masking.vectors(trained))
        },
        progress=part_of(job.progress, place, len(settings.rounds)),
    )  # fmt: skip
    return history, scored


def prune(scores: Vectors, sparsity: float, within: Vectors) -> Vectors:
    """Return each layer's mask of the largest weights; what is pruned stays pruned."""
    return {
        name: masking.magnitude_mask(scores[name], sparsity, within[name])
        for name in scores
    }


def sparsity_after(settings: Rounds, place: int) -> float | None:
    """Return the sparsity to prune to after a round; None where nothing is pruned."""
    if settings.criterion == "random":
        return None
    return (*settings.sparsities, settings.next_sparsity)[place + 1]
