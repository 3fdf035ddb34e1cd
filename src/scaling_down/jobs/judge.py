"""Judge all claims by the tables of all experiments."""

from collections.abc import Mapping, Sequence
from typing import Any

from scaling_down.claims.judge import scorecard
from scaling_down.jobs.tables import read_table, write_table
from scaling_down.workflow.files import DamagedFile, read_json, write_json
from scaling_down.workflow.progress import LOGGER
from scaling_down.workflow.provenance import drift


def judge_claims(manifest: Mapping[str, Any], outputs: Sequence[str]) -> None:
    """Write the scorecard, then the counts of verdicts, which carry the key.

    Raises DamagedFile where a table was made from other runs than expected.
    """
    notes = {}
    for experiment, summary in manifest["summaries"].items():
        metrics = read_json(summary["metrics"])
        if metrics.get("key") != summary["key"]:
            raise DamagedFile(f"{experiment}: tables of other runs than expected")
        if others := drift(metrics.get("origins", [])):
            notes[experiment] = f"some runs were made with {', '.join(others)}"
            LOGGER.info("%s: %s", experiment, notes[experiment])
    claims = manifest["claims"]
    tables = {
        (claim["experiment"], claim["table"]): read_table(claim["file"])
        for claim in claims
    }
    card = scorecard(claims, tables, notes, full_scale=manifest["full_scale"])
    card_file, metrics_file = outputs
    write_table(card_file, card)
    counts = {str(k): int(v) for k, v in card["verdict"].value_counts().items()}
    write_json(metrics_file, {"verdicts": counts, "key": manifest["key"]})
