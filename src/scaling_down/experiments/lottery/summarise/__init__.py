"""Lottery tickets in tables: by sparsity, by ablation, and what their masks show.

Accuracies are in per cent, differences of them in points; differences are paired.
"""

from typing import Any

import pandas as pd

from scaling_down.experiments.contract import Results
from scaling_down.experiments.lottery.settings import BASELINE, CRITERIA, Study
from scaling_down.experiments.lottery.summarise.ablations import (
    ablation_curves,
    ablation_replicas,
    ablation_rows,
    final_arms,
)
from scaling_down.experiments.lottery.summarise.masks import mask_tables
from scaling_down.experiments.lottery.summarise.rounds import (
    RANGE_COLUMNS,
    joined_rounds,
    range_rows,
    round_plot,
    round_rows,
)


def summarise(
    study: Study, results: Results
) -> tuple[dict[str, pd.DataFrame], dict[str, Any]]:
    """Return the tables and the headline numbers of the lottery tickets."""
    rounds = {criterion: joined_rounds(results, criterion) for criterion in CRITERIA}
    arms = final_arms(study, results)
    tables = {
        "summary": pd.DataFrame(range_rows(rounds), columns=RANGE_COLUMNS),
        "rounds": pd.concat(round_rows(rounds)),
        "ablations": pd.DataFrame(ablation_rows(arms)),
        "ablation_replicas": pd.DataFrame(ablation_replicas(arms)),
        "curves": pd.concat(ablation_curves(study, results)),
        **mask_tables(study.ablation.sparsity, results),
        "plot": round_plot(rounds),
    }
    return tables, _metrics(tables["ablations"])


def _metrics(ablations: pd.DataFrame) -> dict[str, Any]:
    """Return the mean final test accuracies of the baseline's tickets."""
    positions, weights = BASELINE
    rows = ablations[
        (ablations["positions"] == positions)
        & (ablations["weights"] == weights)
        & (ablations["metric"] == "test_accuracy_final")
    ]
    means = zip(rows["ticket"], rows["mean"], strict=True)
    return {ticket: round(mean, 2) for ticket, mean in means}
