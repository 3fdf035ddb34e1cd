"""t-SNE as openTSNE has it, and what can be counted in a picture."""

import numpy as np
from openTSNE import TSNE
from sklearn.neighbors import KNeighborsClassifier, NearestNeighbors

from scaling_down.experiments.contract import Arrays
from scaling_down.experiments.tsne.settings import Embedding


def embedded(
    x: np.ndarray, settings: Embedding, seed: int
) -> tuple[np.ndarray, Arrays]:
    """Return t-SNE's embedding [N, 2] of features [N, width], and its divergences.

    `kl_early` and `kl`: after the iterations with exaggeration, and at the end. The
    defaults of openTSNE but for the settings; the initialisation is by PCA.
    """
    method = TSNE(
        perplexity=settings.perplexity,
        early_exaggeration=settings.early_exaggeration,
        n_jobs=1,
        random_state=seed,
    )
    points = method.prepare_initial(x)
    points.optimize(
        settings.early_exaggeration_iter,
        exaggeration=settings.early_exaggeration,
        momentum=method.initial_momentum,
        inplace=True,
    )
    early = points.kl_divergence
    points.optimize(settings.n_iter, momentum=method.final_momentum, inplace=True)
    divergences = {"kl_early": early, "kl": points.kl_divergence}
    return np.asarray(points), {n: np.array(value) for n, value in divergences.items()}


def neighbourhoods(
    x: np.ndarray, labels: np.ndarray, train_samples: int, neighbours: int
) -> Arrays:
    """Return `accuracy` [] and `purity` [], of samples x [N, width], fractions.

    The first `train_samples` vote for the labels of the others, by Euclidean distance.
    """
    voters = KNeighborsClassifier(min(neighbours, train_samples))
    voters.fit(x[:train_samples], labels[:train_samples])
    hits = voters.score(x[train_samples:], labels[train_samples:])
    near = NearestNeighbors(n_neighbors=min(neighbours, len(x) - 1)).fit(x)
    others = near.kneighbors(return_distance=False)  # a sample is not its own
    purity = (labels[others] == labels[:, None]).mean()
    return {"accuracy": np.array(hits), "purity": np.array(purity)}
