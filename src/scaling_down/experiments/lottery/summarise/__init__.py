"""Lottery tickets in tables: by sparsity, by ablation, and what their masks show.

Accuracies are in per cent, differences of them in points; differences are paired.
"""

from typing import Any

import pandas as pd

from scaling_down.experiments.contract import Results
from scaling_down.experiments.lottery.settings import BASELINE, TICKETS, Study
from scaling_down.experiments.lottery.summarise.ablations import (
    ablation_curves,
    ablation_replicas,
    ablation_rows,
    decay_rows,
    final_arms,
)
from scaling_down.experiments.lottery.summarise.masks import mask_tables
from scaling_down.experiments.lottery.summarise.rounds import (
    RANGE_COLUMNS,
    lowest_loss_rows,
    pruned,
    range_rows,
    round_plot,
    round_rows,
)


def summarise(
    study: Study, results: Results
) -> tuple[dict[str, pd.DataFrame], dict[str, Any]]:
    """Return the tables and the headline numbers of the lottery tickets."""
    rounds = {
        protocol: pruned(study, results, protocol) for protocol in study.protocols
    }
    arms = final_arms(study, results)
    summary = [*range_rows(rounds), *lowest_loss_rows(rounds)]
    tables = {
        "summary": pd.DataFrame(summary, columns=RANGE_COLUMNS),
        "rounds": pd.concat(round_rows(rounds)),
        "ablations": pd.DataFrame(ablation_rows(arms)),
        "decays": pd.DataFrame(decay_rows(results)),
        "ablation_replicas": pd.DataFrame(ablation_replicas(arms)),
        "curves": pd.concat(ablation_curves(study, results)),
        **mask_tables(study.ablation.sparsity, results),
        "plot": round_plot(rounds["published"]),
    }
    return tables, _metrics(tables["ablations"])


def _metrics(ablations: pd.DataFrame) -> dict[str, Any]:
    """Return the mean final test accuracies of the baseline's tickets."""
    positions, weights, training_sets = BASELINE
    rows = ablations[
        (ablations["positions"] == positions)
        & (ablations["weights"] == weights)
        & (ablations["training_sets"] == training_sets)
        & ablations["ticket"].isin(TICKETS)
        & (ablations["metric"] == "test_accuracy_final")
    ]
    means = zip(rows["ticket"], rows["mean"], strict=True)
    return {ticket: round(mean, 2) for ticket, mean in means}
