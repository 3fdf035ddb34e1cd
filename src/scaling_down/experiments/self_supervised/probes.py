"""What a layer's features are worth: probes, neighbours, effective rank."""

from typing import Any, NamedTuple

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier
from sklearn.preprocessing import StandardScaler

from scaling_down.experiments.contract import Arrays
from scaling_down.experiments.self_supervised.settings import Probes

ORIGINAL: dict[str, Any] = {"tol": 1e-2, "max_iter": 1000}
"""The notebook's settings; C is scikit-learn's default, 1."""
ITERATIONS = 20_000
EPSILON = 1e-7
"""What RankMe adds to shares, so that singular values of 0 do no harm."""


class Data(NamedTuple):
    """Features [N, width] and labels [N] to fit, and others to test."""

    x: np.ndarray
    y: np.ndarray
    x_test: np.ndarray
    y_test: np.ndarray


def probed(
    data: Data, probes: Probes, held_out: np.ndarray, projection: np.ndarray
) -> Arrays:
    """Return what the probes find in one layer; accuracies are fractions.

    `width`; `converged`, the accuracy of the converged linear probe, and its `c`;
    `original`, that of the notebook's tolerance; `projected`, that of the converged
    probe on the features times `projection` [width, dimension]; `effective_rank`;
    `digit_hits` [10], how many test samples of each digit their neighbours classify
    rightly.  `held_out` are the training samples that choose C, boolean [N].
    """
    linear = standardised(data)
    accuracy, c = converged_probe(linear, probes, held_out)
    fewer = linear._replace(x=linear.x @ projection, x_test=linear.x_test @ projection)
    projected, _ = converged_probe(standardised(fewer), probes, held_out)
    hits = neighbour_hits(data, probes.neighbours)
    return {
        "width": np.array(data.x.shape[1]),
        "converged": np.array(accuracy),
        "c": np.array(c),
        "original": np.array(_accuracy(linear, **ORIGINAL)),
        "projected": np.array(projected),
        "effective_rank": np.array(effective_rank(data.x)),
        "digit_hits": np.bincount(data.y_test[hits], minlength=10),
    }


def standardised(data: Data) -> Data:
    """Return the features with mean 0 and standard deviation 1 over the samples."""
    scaler = StandardScaler().fit(data.x)
    return data._replace(
        x=scaler.transform(data.x), x_test=scaler.transform(data.x_test)
    )


def converged_probe(
    data: Data, probes: Probes, held_out: np.ndarray
) -> tuple[float, float]:
    """Return the test accuracy of a linear probe that has converged, and its C.

    C is the value with the best accuracy on the samples `held_out` by a fit to the
    others, the smallest of equals; the probe is then fitted to all.
    """
    choice = Data(
        data.x[~held_out], data.y[~held_out], data.x[held_out], data.y[held_out]
    )
    settings = {"tol": probes.tolerance, "max_iter": ITERATIONS}
    c_values = sorted(probes.c_values)
    c = max(c_values, key=lambda c: _accuracy(choice, C=c, **settings))
    return _accuracy(data, C=c, **settings), c


def _accuracy(data: Data, **settings: Any) -> float:
    probe = LogisticRegression(**settings).fit(data.x, data.y)
    return float(probe.score(data.x_test, data.y_test))


def neighbour_hits(data: Data, neighbours: int) -> np.ndarray:
    """Tell of each test sample whether its neighbours by cosine vote for its label."""
    voters = KNeighborsClassifier(min(neighbours, len(data.y)), metric="cosine")
    return voters.fit(data.x, data.y).predict(data.x_test) == data.y_test


def effective_rank(features: np.ndarray) -> float:
    """Return the exponential of the entropy of the normalised singular values.

    RankMe of Garrido et al., arXiv 2210.02885: `features` [N, width] are not centred.
    """
    values = np.linalg.svd(features.astype(np.float64), compute_uv=False)
    shares = values / max(values.sum(), EPSILON) + EPSILON
    return float(np.exp(-(shares * np.log(shares)).sum()))
