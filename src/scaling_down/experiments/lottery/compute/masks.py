"""Look at the first layer's masks of one round: is there a spatial prior in them?"""

import numpy as np

from scaling_down.experiments.contract import Arrays, Job
from scaling_down.experiments.lottery.adjacency import (
    adjacency,
    by_distance,
    co_survival,
    expected_by_input,
    expected_uniform,
    judged,
    permuted_adjacency,
    relabelled_neighbours,
)
from scaling_down.experiments.lottery.settings import Masks
from scaling_down.experiments.lottery.tickets import (
    layer_sizes,
    masks_of_round,
    random_masks,
)


def compute(job: Job[Masks]) -> Arrays:
    """Return what is seen in the masks, an axis 0 of replicas before each shape.

    `mask` [H, D]; `density` [], `input_density` [D], `empty_units` [] (hidden units
    without input); `adjacency`, `expected_uniform`, `expected_by_input` [3] for runs
    of 2, 3 and 4; `null_mean`, `null_sd`, `z`, `p` [3] of the permutation test within
    inputs; `co_survival` [D - 1] by distance, and `neighbours_*` [] of the test that
    moves the inputs.
    """
    masks = first_layer(job)
    purpose = f"mask-permutations/{job.settings.criterion}/{job.settings.round}"
    generators = job.streams.generators(purpose)
    rows = []
    for place, (mask, generator) in enumerate(zip(masks, generators, strict=True)):
        job.progress(place, len(masks))
        rows.append(analysed(mask, job.settings.permutations, generator))
    return {name: np.stack([row[name] for row in rows]) for name in rows[0]}


def first_layer(job: Job[Masks]) -> np.ndarray:
    """Return the first layer's masks without the biases', boolean [R, H, D]."""
    settings = job.settings
    sizes = layer_sizes(settings.inputs, settings.hidden)
    if settings.random_masks is None:
        masks = masks_of_round(job.reads["block"], settings.round, sizes)
    else:
        masks = random_masks(
            job.streams, sizes, settings.round, settings.sparsity,
            settings.random_masks,
        )  # fmt: skip
    weights = masks["first"][:, : settings.inputs * settings.hidden].numpy()
    return weights.reshape(-1, settings.hidden, settings.inputs)


def analysed(
    mask: np.ndarray, permutations: int, generator: np.random.Generator
) -> Arrays:
    """Return the statistics of one mask [H, D]."""
    seen = adjacency(mask)
    pairs = co_survival(mask)
    lags = by_distance(pairs)
    moved = relabelled_neighbours(pairs, permutations, generator)
    return {
        "mask": mask,
        "density": mask.mean(),
        "input_density": mask.mean(axis=0),
        "empty_units": (~mask.any(axis=1)).sum(),
        "adjacency": seen,
        "expected_uniform": expected_uniform(mask),
        "expected_by_input": expected_by_input(mask),
        **judged(seen, permuted_adjacency(mask, permutations, generator)),
        "co_survival": lags,
        **{f"neighbours_{n}": v for n, v in judged(lags[0], moved).items()},
    }
