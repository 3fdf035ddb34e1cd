"""Embed the pixels of MNIST by t-SNE, and count what the picture shows."""

import numpy as np
from threadpoolctl import threadpool_limits

from scaling_down.engine.history import repeated
from scaling_down.experiments.contract import Arrays, Job
from scaling_down.experiments.dataset.digits import digit_arrays
from scaling_down.experiments.tsne.embeddings import embedded, neighbourhoods
from scaling_down.experiments.tsne.settings import EmbeddedDigits


def compute(job: Job[EmbeddedDigits]) -> Arrays:
    """Return the embeddings and the numbers beside them, as the step `embed` does."""
    settings, replicas = job.settings, job.streams.replicas
    arrays = digit_arrays(settings.digits, job.files)
    x = np.concatenate([arrays["x"], arrays["x_test"]])
    labels = np.concatenate([arrays["y"], arrays["y_test"]])
    train, neighbours = len(arrays["y"]), settings.neighbours
    rows = []
    with threadpool_limits(1):
        in_space = neighbourhoods(x, labels, train, neighbours)
        for place, replica in enumerate(replicas):
            job.progress(place, len(replicas))
            seed = job.streams.generator(replica, "embedding").integers(2**31)
            points, divergences = embedded(x, settings.embedding, int(seed))
            in_picture = neighbourhoods(points, labels, train, neighbours)
            rows.append(
                {"points": points.astype(np.float16), **divergences}
                | {f"space_{what}": value for what, value in in_space.items()}
                | {f"embedding_{what}": value for what, value in in_picture.items()}
            )
    stacked = {name: np.stack([row[name] for row in rows]) for name in rows[0]}
    return {**stacked, "labels": repeated(labels.astype(np.uint8), len(rows))}
