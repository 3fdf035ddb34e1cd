"""Small lottery runs: settings, datasets and blocks of rounds."""

import numpy as np

from scaling_down.engine.streams import Streams
from scaling_down.experiments.contract import Job
from scaling_down.experiments.dataset.arrays import checksum, dataset_arrays
from scaling_down.experiments.dataset.settings import DatasetSection
from scaling_down.experiments.lottery.compute import ablation, rounds
from scaling_down.experiments.lottery.settings import Arm, Rounds
from scaling_down.experiments.lottery.tickets import layer_sizes, masks_of_round

HIDDEN, INPUTS = 5, 6
SIZES = layer_sizes(INPUTS, HIDDEN)
SPARSITIES = (0.0, 0.25, 0.5, 0.75, 1.0)
STREAMS = Streams(3, "lottery", (0, 1))
DATASET = DatasetSection(
    num_samples=80, train_split=0.75, template_len=12, padding=(36, 60),
    scale_coeff=0.4, max_translation=48, corr_noise_scale=0.25, iid_noise_scale=0.02,
    shear_scale=0.75, shuffle_seq=False, final_seq_length=INPUTS, seed=1,
)  # fmt: skip
COMMON = {
    "hidden": HIDDEN,
    "sparse_below": 0.0,
    "optimizer": "adam",
    "learning_rate": 0.02,
    "steps": 6,
    "batch_size": 20,
    "evaluate_every": 3,
    "fresh_samples": 40,
    "dataset": DATASET,
}
GENERATED = {"checksum": checksum(dataset_arrays(DATASET))}


def job(settings, reads, streams=STREAMS):
    return Job(settings, streams, reads, "cpu", lambda step, steps: None)


def block(criterion, first=0, past=None, previous=None, streams=STREAMS, **changes):
    """Train a block of rounds and return its arrays."""
    pruned = criterion == "magnitude"
    settings = {
        "criterion": criterion,
        "rounds": tuple(range(len(SPARSITIES)))[first:past],
        "sparsities": SPARSITIES[first:past],
        "keeps_masks": pruned,
        "next_sparsity": SPARSITIES[past] if pruned and past is not None else None,
        "score_step": 4 if pruned else None,
        "random_masks": None if pruned else "fresh",
        **COMMON,
    }
    reads = {"dataset": GENERATED} | ({"previous": previous} if previous else {})
    return rounds.compute(job(Rounds(**settings | changes), reads, streams))


def unpacked(arrays):
    """Return the masks of a block by round, each by layer [R, n]."""
    return {k: masks_of_round(arrays, k, SIZES) for k in arrays["round"][0]}


def arm(ticket="dense", positions="plain", weights="original", block=None, **changes):
    """Train one arm of an ablation, its ticket that of round 3."""
    settings = {
        "positions": positions, "weights": weights, "training_sets": "shared",
        "ticket": ticket, "weight_decay": 0.0, "round": 3, "sparsity": SPARSITIES[3],
        "random_masks": "fresh" if ticket == "random" else None, **COMMON,
    }  # fmt: skip
    if ticket == "dense":
        settings |= {"round": None, "sparsity": None}
    settings = Arm(**settings | changes)
    reads = {"block": block} if block is not None else {}
    return ablation.compute(job(settings, reads))


def stacked_rows(rows):
    """Return the arrays of several replicas as one."""
    return {name: np.stack([row[name] for row in rows]) for name in rows[0]}
