"""Judge all claims by the tables of all experiments."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from scaling_down.claims.judge import scorecard
from scaling_down.claims.statements import Claim, of_plain
from scaling_down.claims.words import (
    INCONCLUSIVE,
    MATCHED,
    NOT_CONFIRMED,
    NOT_JUDGED,
    NOT_MATCHED,
    WORDS,
)
from scaling_down.figures.saving import save_figure
from scaling_down.figures.scorecard import draw_scorecard
from scaling_down.figures.style import style
from scaling_down.jobs.tables import read_table, write_table
from scaling_down.workflow.belonging import belongs, write_with_key
from scaling_down.workflow.files import DamagedFile, read_json, write_json
from scaling_down.workflow.progress import LOGGER
from scaling_down.workflow.provenance import adopted_from, drift, mixed


def judge_claims(manifest: Mapping[str, Any], outputs: Sequence[str]) -> None:
    """Write the scorecard, the counts of all verdicts and of each experiment's, and the
    figures. The counts of all say the key of the card, and the figures carry it.

    Raises as `judged_card` does.
    """
    card = judged_card(manifest)
    card_file, metrics_file, *others = outputs
    write_table(card_file, card)
    with style():
        figures = draw_scorecard(card)
        for file in others:
            name = Path(file).stem
            if name in figures:
                save_figure(figures[name], file, manifest["key"], manifest["banner"])
            else:
                write_json(file, _columns(card[card["experiment"] == name]))
    tables = [card_file, *(file for file in others if file.endswith(".json"))]
    write_with_key(metrics_file, _counts(card), manifest["key"], tables)


def judged_card(manifest: Mapping[str, Any]) -> pd.DataFrame:
    """Return the scorecard of a manifest: a row for each claim.

    Raises DamagedFile where a table is of other runs than expected or was edited, and
    ValueError where one cannot answer a claim as it is stated. Experiments without a
    summary in the manifest have not been run: their claims stay unjudged. The card says
    which runs were mixed or adopted; that they were made elsewhere depends on who
    judges, and is logged.
    """
    notes = {}
    for experiment, summary in manifest["summaries"].items():
        if not belongs(summary["metrics"], summary["key"]):
            raise DamagedFile(f"{experiment}: tables of other runs, or edited ones")
        origins = read_json(summary["metrics"]).get("origins", [])
        if others := drift(origins):
            LOGGER.info(
                "%s: some runs were made with %s", experiment, ", ".join(others)
            )
        if several := mixed(origins):
            notes[experiment] = f"runs were made with {' and '.join(several)}"
        elif revisions := adopted_from(origins):
            notes[experiment] = f"runs were adopted from {' and '.join(revisions)}"
    claims: dict[str, list[Claim]] = {}
    tables = {}
    for values in manifest["claims"]:
        claim, experiment = of_plain(values), values["experiment"]
        claims.setdefault(experiment, []).append(claim)
        missing = experiment not in manifest["summaries"]
        if not missing and (experiment, claim.table) not in tables:
            tables[experiment, claim.table] = read_table(values["file"])
    return scorecard(claims, tables, notes, full_scale=manifest["full_scale"])


YES, NO = zip(*WORDS.values(), strict=True)


def _columns(rows: pd.DataFrame) -> dict[str, int]:
    """Count an experiment's verdicts in few short columns, the same for all."""
    directions, numbers = rows["direction"], rows["number"]
    return {
        "claims": len(rows),
        "hold": int(directions.isin(YES).sum()),
        "fail": int(directions.isin(NO).sum()),
        "open": int(directions.isin([INCONCLUSIVE, NOT_CONFIRMED]).sum()),
        "unjudged": int((directions == NOT_JUDGED).sum()),
        "matched": int((numbers == MATCHED).sum()),
        "unmatched": int((numbers == NOT_MATCHED).sum()),
    }


def _counts(card: pd.DataFrame) -> dict[str, dict[str, int]]:
    """Count the verdicts: on directions by kind, on the numbers of claims."""
    kinds = {kind: card[card["kind"] == kind]["direction"] for kind in WORDS}
    counted = {**kinds, "number": card[card["kind"] == "claim"]["number"]}
    return {
        name: {str(verdict): int(n) for verdict, n in column.value_counts().items()}
        for name, column in counted.items()
    }
