"""Embed all samples of one space by t-SNE, and count what the picture shows."""

import numpy as np
import torch
from threadpoolctl import threadpool_limits

from scaling_down.engine.data import Data
from scaling_down.engine.history import repeated
from scaling_down.engine.layers import widen
from scaling_down.engine.models.cnn import CNN
from scaling_down.engine.training import optimise
from scaling_down.experiments.contract import Arrays, Job
from scaling_down.experiments.dataset.arrays import dataset_arrays, fresh_arrays
from scaling_down.experiments.optimisation import sequential_protocol
from scaling_down.experiments.tsne.embeddings import embedded, neighbourhoods
from scaling_down.experiments.tsne.settings import Embedded
from scaling_down.workflow.parameters.sections import Optimisation


def compute(job: Job[Embedded]) -> Arrays:
    """Return the embeddings and the numbers beside them.

    `points` [R, N, 2] float16, training samples in front, with `labels` [R, N];
    `kl_early` and `kl` [R], the divergence after the exaggeration and at the end; and
    of the space and of its embedding `..._accuracy` [R], how many test samples their
    nearest training samples classify rightly, and `..._purity` [R], the mean share of
    a sample's nearest neighbours that have its label; both are fractions. Of a trained
    network also its accuracy on fresh samples, `network_accuracy` [R].
    """
    settings = job.settings
    dataset = dataset_arrays(settings.dataset, job.reads["dataset"])
    labels = np.concatenate([dataset["y"], dataset["y_test"]])
    with threadpool_limits(1):
        rows = []
        spaces, network = _features(job, dataset)
        for place, features in enumerate(spaces):
            job.progress(place, len(job.streams.replicas))
            replica = job.streams.replicas[place]
            seed = job.streams.generator(replica, "embedding").integers(2**31)
            points, divergences = embedded(features, settings.embedding, int(seed))
            row = {"points": points.astype(np.float16), **divergences}
            for name, x in (("space", features), ("embedding", points)):
                found = neighbourhoods(
                    x, labels, len(dataset["y"]), settings.neighbours
                )
                row |= {f"{name}_{what}": value for what, value in found.items()}
            rows.append(row)
    arrays = {name: np.stack([row[name] for row in rows]) for name in rows[0]}
    labels = repeated(labels.astype(np.uint8), len(rows))
    return {**arrays, **network, "labels": labels}


def _features(job: Job[Embedded], dataset: Arrays) -> tuple[np.ndarray, Arrays]:
    """Return all samples in the space, [R, N, width], training samples in front.

    And what is known of the network, if one was trained.
    """
    x = np.concatenate([dataset["x"], dataset["x_test"]])
    if job.settings.space == "pixels":
        return np.broadcast_to(x, (len(job.streams.replicas), *x.shape)), {}
    model, network = CNN(job.streams, inputs=x.shape[1]).to(job.device), {}
    if job.settings.training is not None:
        network = _trained(model, job, job.settings.training, dataset)
    features = last_features(
        model, widen(torch.from_numpy(x[None]).float()).to(job.device)
    )
    return features.cpu().numpy(), network


def _trained(
    model: CNN, job: Job[Embedded], training: Optimisation, dataset: Arrays
) -> Arrays:
    """Train the network, in place; return its accuracy on fresh samples."""
    fresh = fresh_arrays(job.settings.dataset, training.fresh_samples)
    data = Data.from_arrays(
        dataset["x"], dataset["y"], dataset["x_test"], dataset["y_test"], job.device,
        fresh=fresh,
    )  # fmt: skip
    protocol = sequential_protocol(training)
    history = optimise(model, data, protocol, job.streams, progress=job.progress)
    return {"network_accuracy": history["test_accuracy_population"]}


def last_features(model: CNN, x: torch.Tensor) -> torch.Tensor:
    """Map [1 or R, N, D] to what the dense layer reads, [R, N, 125 at 25 channels]."""
    seen: list[torch.Tensor] = []
    handle = model.linear.register_forward_pre_hook(
        lambda _, inputs: seen.append(inputs[0])
    )
    with torch.inference_mode():
        model(x)
    handle.remove()
    return seen[0][: model.replicas, :, model.linear.rows]
