"""A block of rounds: train with the mask, prune, rewind the survivors, again."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor

from scaling_down.engine import masks as masking
from scaling_down.engine.data import Data
from scaling_down.engine.models.mlp import ResidualMLP
from scaling_down.engine.process import prepare
from scaling_down.engine.training import METRICS, NonFiniteLoss, optimise
from scaling_down.experiments.contract import Arrays, Job
from scaling_down.experiments.lottery.packing import pack, unpack
from scaling_down.experiments.lottery.protocol import protocol

Vectors = dict[str, Tensor]


def compute(job: Job) -> Arrays:
    """Return what the block's K rounds went through and the masks they wore.

    `round`, `sparsity` [R, K]; `step` [R, T]; losses and accuracies [R, K, T];
    `masks` [R, K, bytes] packed; and for the magnitude criterion `next_masks` [R,
    bytes], what the round after the block wears, unless the schedule ends. Every
    round begins with the replica's initial weights, which both criteria share.
    """
    settings = job.settings
    device = prepare(job.device)
    names = ("x", "y", "x_test", "y_test")
    data = Data.from_arrays(*(job.reads["dataset"][name] for name in names), device)
    inputs = job.reads["dataset"]["x"].shape[1]
    model = ResidualMLP(job.streams, inputs=inputs, hidden=settings["hidden"])
    model.to(device)
    initial = masking.vectors(model)
    masks = first_masks(job, initial)
    worn, histories = [], []
    for place, number in enumerate(settings["rounds"]):
        if settings["criterion"] == "random":
            masks = random_masks(job, initial, place)
        worn.append(packed(masks))
        masking.load_vectors(model, initial)
        try:
            history, trained = train_round(model, data, masks, job, place)
        except NonFiniteLoss as error:
            raise ArithmeticError(f"round {number}, {error}") from None
        histories.append(history)
        if (following := sparsity_after(settings, place)) is not None:
            masks = prune(trained, following, within=masks)
    arrays = block_arrays(job, histories)
    arrays["masks"] = np.stack(worn, axis=1)
    if settings.get("next_sparsity") is not None:
        arrays["next_masks"] = packed(masks)
    return arrays


def first_masks(job: Job, initial: Vectors) -> Vectors:
    """Return the masks of the block's first round: all ones, or what was left."""
    if "previous" not in job.reads:
        return {n: torch.ones_like(v, dtype=torch.bool) for n, v in initial.items()}
    sizes = [vector.shape[1] for vector in initial.values()]
    layers = unpack(job.reads["previous"]["next_masks"], sizes)
    return {
        name: vector.new_tensor(layer).bool()
        for (name, vector), layer in zip(initial.items(), layers, strict=True)
    }


def random_masks(job: Job, initial: Vectors, place: int) -> Vectors:
    """Return uniformly random masks: drawn afresh for the round, or nested.

    Drawn afresh as in the notebook, a mask depends on its round; nested ones cut the
    same random order of a layer's weights, so that what is pruned stays pruned.
    """
    nested = job.settings["random_masks"] == "nested"
    where = "all" if nested else job.settings["rounds"][place]
    masks = {}
    for name, vector in initial.items():
        generators = job.streams.generators(f"random-mask/{where}/{name}")
        sparsity = job.settings["sparsities"][place]
        masks[name] = masking.random_mask(generators, vector.shape[1], sparsity)
    return masks


def train_round(
    model: ResidualMLP, data: Data, masks: Vectors, job: Job, place: int
) -> tuple[Arrays, Vectors]:
    """Train with the masks; return the history and the weights that are scored.

    The notebook scores the weights of its last checkpoint, of step 1000 out of 1501,
    while the accuracies that it reports are those of the end.
    """
    settings = job.settings
    steps, step = settings["steps"], settings.get("score_step", "last")
    scored: Vectors = {}
    history = optimise(
        model, data, protocol(settings), job.streams,
        masks=masks,
        observe={
            steps if step == "last" else step:
            lambda trained: scored.update(masking.vectors(trained))
        },
        progress=progress_of_block(job, place),
    )  # fmt: skip
    return history, scored


def prune(scores: Vectors, sparsity: float, within: Vectors) -> Vectors:
    """Return each layer's mask of the largest weights; what is pruned stays pruned."""
    return {
        name: masking.magnitude_mask(scores[name], sparsity, within[name])
        for name in scores
    }


def sparsity_after(settings: Mapping[str, Any], place: int) -> float | None:
    """Return the sparsity to prune to after a round; None where nothing is pruned."""
    if settings["criterion"] == "random":
        return None
    return [*settings["sparsities"], settings["next_sparsity"]][place + 1]


def progress_of_block(job: Job, place: int) -> Callable[[int, int], None]:
    """Return a function that reports a round's progress as the block's."""
    rounds = len(job.settings["rounds"])
    return lambda step, steps: job.progress(place * steps + step, rounds * steps)


def packed(masks: Vectors) -> np.ndarray:
    """Return the layers' masks as bytes [R, bytes]."""
    return pack(mask.cpu().numpy() for mask in masks.values())


def block_arrays(job: Job, histories: list[Arrays]) -> Arrays:
    """Return the histories as arrays with the replica as axis 0, the round next."""
    replicas = len(job.streams.replicas)
    by_replica = {
        "round": np.array(job.settings["rounds"], dtype=np.int64),
        "sparsity": np.array(job.settings["sparsities"], dtype=np.float64),
        "step": histories[0]["step"],
    }
    arrays = {name: np.tile(row, (replicas, 1)) for name, row in by_replica.items()}
    curves = {name: np.stack([h[name] for h in histories], axis=1) for name in METRICS}
    return {**arrays, **curves}
