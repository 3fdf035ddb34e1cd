"""The rows that answer the claims of the sources, beside what the sources print.

Claims are numbered: 1 lottery tickets beat random ones, 2 and the dense network even
at very high sparsity, 3 at 92 % on a new dataset as well, 4 with flipped positions, 5
not with shuffled ones, 6 with new initial weights, 7 their weights are adjacent more
often than chance, 8 chunked positions leave part of the benefit.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd

from scaling_down.experiments.lottery import published
from scaling_down.experiments.lottery.adjacency import LENGTHS
from scaling_down.experiments.lottery.measured import PER_CENT, Condition, Measured
from scaling_down.experiments.lottery.settings import TICKETS
from scaling_down.experiments.lottery.summarise_masks import mask_metrics
from scaling_down.statistics.intervals import COLUMNS, mean_interval

ACCURACY, DIFFERENCE = "test_accuracy_final", "test_accuracy_difference"
BASELINE = ("plain", "original")
CLAIM_OF = {
    BASELINE: 3,
    ("flipped", "original"): 4,
    ("shuffled", "original"): 5,
    ("plain", "reinitialised"): 6,
    ("chunked", "original"): 8,
}
NAMES = {pair: pair[0] for pair in CLAIM_OF} | {
    BASELINE: "baseline",
    ("plain", "reinitialised"): "reinitialised",
}
PUBLISHED = (published.ABLATIONS_2020, published.ABLATIONS_2024)
Sources = tuple[float | None, float | None]
UNKNOWN: Sources = (None, None)
HEADER = ["claim", "quantity", "sparsity", "metric", *COLUMNS]


def headlines(settings: Mapping[str, Any], measured: Measured) -> pd.DataFrame:
    """Return a row for each quantity: its claim, interval and published values.

    `published` is the paper's run of 2020, `published_2024` the later one.
    """
    rows = [
        *_of_rounds(measured),
        *_of_ablations(settings, measured),
        *_of_masks(measured),
    ]
    frame = pd.DataFrame(rows, columns=[*HEADER, "published", "published_2024"])
    return frame.sort_values("claim", kind="stable")


def _row(
    claim: int,
    quantity: str,
    sparsity: float,
    metric: str,
    values: np.ndarray,
    sources: Sources = UNKNOWN,
) -> dict[str, Any]:
    return {
        "claim": claim,
        "quantity": quantity,
        "sparsity": sparsity,
        "metric": metric,
        **mean_interval(values),
        "published": sources[0],
        "published_2024": sources[1],
    }


def _of_rounds(measured: Measured) -> Iterator[dict[str, Any]]:
    """Yield claims 1 and 2: the tickets while they are found."""
    lottery, random = (measured.rounds[c][ACCURACY] for c in ("magnitude", "random"))
    sparsity, gap = measured.sparsity, lottery - random
    for name, low, high, sources in (
        ("below_60", 1e-9, 0.6, UNKNOWN),
        ("from_76_to_95", 0.76, 0.95, (published.MIDDLE_2020, None)),
    ):
        chosen = (low <= sparsity) & (sparsity < high)
        if chosen.any():
            middle, mean = sparsity[chosen].mean(), gap[:, chosen].mean(axis=1)
            name = f"rounds_{name}_lottery_minus_random"
            yield _row(1, name, middle, DIFFERENCE, mean, sources)
    for claim, at, other in (
        (1, 92, "random"), (1, 92, "dense"),
        (2, 95, "dense"), (2, 96, "dense"), (2, 97, "dense"), (2, 98, "dense"),
    ):  # fmt: skip
        place = measured.place(at / PER_CENT)
        if not published.is_near(sparsity[place], at / PER_CENT):
            continue
        against = random[:, place] if other == "random" else lottery[:, 0]
        sources = (
            _printed(published.ROUNDS_2020, at, other),
            _printed(published.ROUNDS_2024, at, other),
        )
        name = f"rounds_at_{at}_lottery_minus_{other}"
        difference = lottery[:, place] - against
        yield _row(claim, name, sparsity[place], DIFFERENCE, difference, sources)


def _printed(rounds: dict[str, tuple[float, ...]], at: int, other: str) -> float:
    lottery = published.rounds_at(rounds, "magnitude", at)
    if other == "random":
        return lottery - published.rounds_at(rounds, "random", at)
    return lottery - published.rounds_at(rounds, "magnitude", 0)


def _of_ablations(
    settings: Mapping[str, Any], measured: Measured
) -> Iterator[dict[str, Any]]:
    """Yield claims 3 to 6 and 8: the tickets trained again."""
    place = measured.place(settings["ablation"]["sparsity"])
    sparsity = measured.sparsity[place]
    for pair, arms in measured.ablations.items():
        claim, name = CLAIM_OF.get(pair, 0), NAMES.get(pair, "_".join(pair))
        for ticket in arms:
            values, sources = _arm(measured, pair, ticket)
            yield _row(claim, f"{name}_{ticket}", sparsity, ACCURACY, values, sources)
        for one, other in _comparisons(pair):
            if other[0] in measured.ablations:
                against = other[1] if other[0] == pair else f"{NAMES[other[0]]}_lottery"
                quantity = f"{name}_{one}_minus_{against}"
                values, sources = _difference(measured, (pair, one), other)
                yield _row(claim, quantity, sparsity, DIFFERENCE, values, sources)


def _comparisons(pair: Condition) -> Iterator[tuple[str, tuple[Condition, str]]]:
    """Yield the tickets of a condition and what each is compared with."""
    yield "lottery", (pair, "dense")
    yield "random", (pair, "dense")
    yield "lottery", (pair, "random")
    if pair != BASELINE:
        yield "lottery", (BASELINE, "lottery")
    if pair == ("chunked", "original"):
        yield "lottery", (("shuffled", "original"), "lottery")


def _arm(
    measured: Measured, pair: Condition, ticket: str
) -> tuple[np.ndarray, Sources]:
    printed = [np.mean(run[pair][ticket]) if pair in run else None for run in PUBLISHED]
    return measured.ablations[pair][ticket][ACCURACY], tuple(printed)


def _difference(
    measured: Measured, one: tuple[Condition, str], other: tuple[Condition, str]
) -> tuple[np.ndarray, Sources]:
    """Return the paired difference of two arms, and that of the published means."""
    values, sources = _arm(measured, *one)
    less, less_sources = _arm(measured, *other)
    printed = [
        None if a is None or b is None else a - b
        for a, b in zip(sources, less_sources, strict=True)
    ]
    return values - less, tuple(printed)


def _of_masks(measured: Measured) -> Iterator[dict[str, Any]]:
    """Yield claim 7 at each analysed sparsity; the paper has one ticket of 92 %."""
    for number, lottery in measured.masks["magnitude"].items():
        random = measured.masks["random"][number]
        sparsity = lottery.settings["sparsity"]
        papers = published.is_papers(sparsity)
        name = f"masks_at_{PER_CENT * sparsity:.0f}"
        seen, other = mask_metrics(lottery), mask_metrics(random)
        for place, length in enumerate(LENGTHS):
            p, label = f"p{length}", f"{name}_p{length}_lottery"
            printed = _printed_adjacency(place) if papers else UNKNOWN
            values = seen[p] - other[p]
            metric = f"{p}_difference"
            yield _row(7, f"{label}_minus_random", sparsity, metric, values, printed)
            for kind in ("uniform", "by_input"):
                quantity = f"{label}_minus_chance_{kind}"
                values = seen[f"{p}_excess_{kind}"]
                yield _row(7, quantity, sparsity, metric, values)
            yield _row(7, f"{label}_z", sparsity, "z", seen[f"{p}_z"])
        for what in ("neighbours_excess", "near_excess"):
            quantity = f"{name}_{what}_lottery"
            yield _row(7, quantity, sparsity, "co_survival", seen[what])
        for ticket, metrics in (("lottery", seen), ("random", other)):
            criterion = TICKETS[ticket]
            printed = (published.EMPTY_UNITS_2020[criterion] if papers else None, None)
            quantity, values = f"{name}_empty_units_{ticket}", metrics["empty_units"]
            yield _row(7, quantity, sparsity, "empty_units", values, printed)


def _printed_adjacency(place: int) -> Sources:
    runs = (published.ADJACENCY_2020, published.ADJACENCY_2024)
    return tuple(run["magnitude"][place] - run["random"][place] for run in runs)
