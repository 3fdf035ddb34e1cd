"""How the surviving weights of the first layer lie: adjacency, and what chance gives.

Masks are boolean, True where a weight survives: [H, D] for H hidden units and D input
positions. Source of the statistic: the paper's section 5.1 and its notebook, which
counts, for each hidden unit, the places where k neighbouring positions all keep their
weight, and divides by D. The ends are no neighbours.
"""

from math import prod

import numpy as np

LENGTHS = (2, 3, 4)


def adjacency(masks: np.ndarray) -> np.ndarray:
    """Return p2, p3 and p4, averaged over the hidden units: [..., H, D] to [..., 3].

    All k weights of a run are those of the same mask; the notebook takes the fourth
    of the lottery ticket's runs from the random mask by mistake.
    """
    counts = [runs(masks, length).mean(axis=-1) for length in LENGTHS]
    return np.stack(counts, axis=-1) / masks.shape[-1]


def runs(masks: np.ndarray, length: int) -> np.ndarray:
    """Return how many runs of `length` neighbours each hidden unit keeps, [..., H]."""
    starts = masks.shape[-1] - length + 1
    kept = masks[..., :starts].copy()
    for offset in range(1, length):
        kept &= masks[..., offset : offset + starts]
    return kept.sum(axis=-1)


def expected_uniform(mask: np.ndarray) -> np.ndarray:
    """Return the exact expectation of p2, p3, p4 over all masks of as many survivors.

    k given weights of n all survive in a share prod (m - i) / (n - i), i < k, of the
    masks of m survivors.
    """
    inputs = mask.shape[1]
    n, m = mask.size, int(mask.sum())
    return np.array(
        [
            (inputs - k + 1) / inputs * prod((m - i) / (n - i) for i in range(k))
            for k in LENGTHS
        ]
    )


def expected_by_input(mask: np.ndarray) -> np.ndarray:
    """Return the exact expectation of p2, p3, p4 at the density of each input.

    The hidden units that keep an input's weight are drawn independently for each
    input, so that a run's chance is the product of its inputs' densities.
    """
    density, inputs = mask.mean(axis=0), mask.shape[1]
    windows = (np.lib.stride_tricks.sliding_window_view(density, k) for k in LENGTHS)
    return np.array([window.prod(axis=1).sum() / inputs for window in windows])


def permuted_adjacency(
    mask: np.ndarray, permutations: int, generator: np.random.Generator
) -> np.ndarray:
    """Return p2, p3, p4 of permuted masks, [permutations, 3].

    Within each input the hidden units that keep its weight are permuted: the density
    of every input stays, only which weights lie in the same hidden unit is random.
    """
    columns = np.ascontiguousarray(mask.T)
    draws = (generator.permuted(columns, axis=1) for _ in range(permutations))
    return np.stack([adjacency(draw.T) for draw in draws])


def co_survival(mask: np.ndarray) -> np.ndarray:
    """Return how far each pair of inputs survives together beyond chance, [D, D].

    The number of hidden units that keep both inputs, less its expectation at the two
    inputs' densities, in units of its standard deviation under the permutation of
    `permuted_adjacency` (hypergeometric); zero where that is zero.
    """
    hidden = len(mask)
    kept = mask.astype(np.float64)
    count = kept.sum(axis=0)
    spread = count * (hidden - count)
    variance = np.outer(spread, spread) / (hidden**2 * max(hidden - 1, 1))
    excess = kept.T @ kept - np.outer(count, count) / hidden
    return np.divide(
        excess, np.sqrt(variance), out=np.zeros_like(excess), where=variance > 0
    )


def by_distance(pairs: np.ndarray) -> np.ndarray:
    """Return the mean over pairs of inputs at distance 1, 2, ...: [D, D] to [D - 1]."""
    distances = range(1, len(pairs))
    return np.array([pairs.diagonal(distance).mean() for distance in distances])


def relabelled_neighbours(
    pairs: np.ndarray, permutations: int, generator: np.random.Generator
) -> np.ndarray:
    """Return the mean co-survival of neighbours in random orders, [permutations].

    One random order of the inputs for all hidden units keeps what each hidden unit and
    each input have, and which inputs go together: only where they lie is random.
    """
    means = np.empty(permutations)
    for index in range(permutations):
        order = generator.permutation(len(pairs))
        means[index] = pairs[order[:-1], order[1:]].mean()
    return means


def judged(observed: np.ndarray, null: np.ndarray) -> dict[str, np.ndarray]:
    """Return mean and sd of a null distribution, z and the one-sided p value.

    `observed` is [...], `null` [permutations, ...]; large values count against the
    null. z is zero where the null does not vary; p counts the observed value as one
    of the permutations, so that it is never zero.
    """
    mean, sd = null.mean(axis=0), null.std(axis=0)
    difference = observed - mean
    z = np.divide(difference, sd, out=np.zeros_like(mean), where=sd > 1e-12)
    p = (1 + (null >= observed).sum(axis=0)) / (1 + len(null))
    return {"null_mean": mean, "null_sd": sd, "z": z, "p": p}
