"""The scorecard for machines: an RO-Crate of claims, tables, figures and parameters.

An RO-Crate (https://w3id.org/ro/crate) is a set of files with a description in JSON-LD,
in the terms of schema.org. A row of the scorecard is a `ClaimReview` there: what was
claimed, what was measured with its interval, and the verdicts as ratings.
"""

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rocrate.model import ContextEntity, DataEntity
from rocrate.rocrate import ROCrate

from scaling_down.claims.words import JUDGEMENTS
from scaling_down.jobs.tables import read_table

CARD = "results/claims/claims.csv"
SOURCES = ("params.yaml", "dvc.lock", "README.md", "CITATION.cff", CARD)
"""What is in the crate beside the tables and figures of the experiments."""
LICENCE = "https://spdx.org/licenses/MIT"


def write_crate(root: Path, file: Path, version: str) -> int:
    """Write what a folder has of results as one zip file; return how many claims.

    Args:
        root: A folder with params.yaml, results and figures.
        file: The zip file to write.
        version: The revision of the code.

    Raises:
        FileNotFoundError: The folder has no scorecard.
    """
    card = read_table(root / CARD)
    crate = ROCrate()
    crate.name = "scaling-down: the experiments of MNIST-1D and what holds of them"
    crate.description = (
        "Each claim of the paper, of its review and of our own, with what was measured,"
        " its 95 % interval and the verdicts; the tables and figures behind them."
    )
    crate.license = LICENCE
    crate.root_dataset["version"] = version
    for path in SOURCES:
        _add_file(crate, root, path)
    for row in card.to_dict("records"):
        _add_claim(crate, row, _tables(crate, root, row["experiment"]))
    for figure in sorted((root / "figures").glob("*.png")):
        _add_file(crate, root, f"figures/{figure.name}")
    crate.write_zip(file)
    return len(card)


def _tables(crate: ROCrate, root: Path, experiment: str) -> list[DataEntity]:
    """Return an experiment's tables, added where they are not yet."""
    tables = sorted((root / "results" / experiment).glob("*.csv"))
    paths = [table.relative_to(root).as_posix() for table in tables]
    return [crate.get(path) or _add_file(crate, root, path) for path in paths]


def _add_file(crate: ROCrate, root: Path, path: str) -> DataEntity:
    return crate.add_file(root / path, path, properties={"name": path})


def _add_claim(
    crate: ROCrate, row: Mapping[str, Any], tables: list[DataEntity]
) -> None:
    """Add a row of the scorecard, and what it measured where it did."""
    name = row["id"]
    claim = {
        "@type": "ClaimReview",
        "name": name,
        "claimReviewed": row["statement"],
        "citation": row["source"],
        "reviewAspect": row["kind"],
        "isBasedOn": tables,
        "reviewRating": [_rating(crate, kind, row[kind]) for kind in JUDGEMENTS],
    }
    if not math.isnan(row["measured"]):
        claim["about"] = crate.add(_measured(crate, row))
    review = ContextEntity(crate, f"#{name}", properties=_given(claim))
    crate.add(review)
    crate.root_dataset.append_to("mentions", review)


def _measured(crate: ROCrate, row: Mapping[str, Any]) -> ContextEntity:
    """Return the mean over replicas and the ends of its 95 % interval."""
    value = {
        "@type": "PropertyValue",
        "name": f"{row['id']}, measured: mean and 95 % interval",
        "value": row["measured"],
        "minValue": row["ci_low"],
        "maxValue": row["ci_high"],
    }
    return ContextEntity(crate, f"#{row['id']}-measured", properties=_given(value))


def _rating(crate: ROCrate, kind: str, verdict: str) -> ContextEntity:
    """Return a verdict; the claims that have it share it."""
    identifier = f"#{kind}-{verdict.replace(' ', '-')}"
    properties = {"@type": "Rating", "reviewAspect": kind, "ratingValue": verdict}
    return crate.get(identifier) or crate.add(
        ContextEntity(crate, identifier, properties=properties)
    )


def _given(properties: Mapping[str, Any]) -> dict[str, Any]:
    """Return the properties that have a value; JSON has no nan."""
    return {
        name: value
        for name, value in properties.items()
        if not (isinstance(value, float) and math.isnan(value))
    }
