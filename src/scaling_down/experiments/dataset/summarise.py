"""The dataset in tables: its statistics, templates, making and first samples."""

from typing import Any

import numpy as np
import pandas as pd

from scaling_down.dataset.generate import transformation_chain
from scaling_down.dataset.templates import digit_templates
from scaling_down.experiments.contract import Arrays, Results
from scaling_down.experiments.dataset.arrays import DECIMALS, checksum, dataset_arrays
from scaling_down.experiments.dataset.settings import DatasetSection, Study
from scaling_down.statistics.rows import summary_row

SAMPLES_PER_CLASS = 30


def summarise(
    study: Study, results: Results
) -> tuple[dict[str, pd.DataFrame], dict[str, Any]]:
    """Return the tables and the headline numbers of the dataset."""
    generated = results.one(DatasetSection)
    arrays = dataset_arrays(generated.settings, generated.arrays)
    tables = {
        "summary": _summary(arrays),
        "templates": _templates(),
        "chain": _chain(study),
        "samples": _samples(arrays),
    }
    return tables, _metrics(arrays)


def _summary(arrays: Arrays) -> pd.DataFrame:
    """Return the mean value of a sample, by split and digit; n is their number."""
    rows = []
    for split, suffix in (("train", ""), ("test", "_test")):
        x, y = arrays[f"x{suffix}"], arrays[f"y{suffix}"]
        for digit in np.unique(y):
            condition = {"split": split, "digit": digit}
            values = x[y == digit].mean(axis=1)
            rows.append(summary_row(condition, "sample_mean", values))
    return pd.DataFrame(rows)


def _templates() -> pd.DataFrame:
    templates = digit_templates()
    return pd.concat(
        pd.DataFrame({"digit": digit, "t": templates["t"], "value": values})
        for digit, values in zip(templates["y"], templates["x"], strict=True)
    )


def _chain(study: Study) -> pd.DataFrame:
    chain = transformation_chain(study.chain_sample, **study.arguments())
    frames = [
        pd.DataFrame(
            {"step": step, "digit": digit, "position": range(len(row)), "value": row}
        )
        for step, rows in chain.items()
        for digit, row in enumerate(rows)
    ]
    return pd.concat(frames).dropna()


def _samples(arrays: Arrays) -> pd.DataFrame:
    x, y, t = arrays["x"], arrays["y"], arrays["t"]
    frames = []
    for digit in np.unique(y):
        for number, row in enumerate(x[y == digit][:SAMPLES_PER_CLASS]):
            columns = {"digit": digit, "sample": number, "t": t, "value": row}
            frames.append(pd.DataFrame(columns))
    return pd.concat(frames)


def _metrics(arrays: Arrays) -> dict[str, Any]:
    return {
        "train_samples": len(arrays["y"]),
        "test_samples": len(arrays["y_test"]),
        "train_mean": round(float(arrays["x"].mean()), DECIMALS),
        "train_sd": round(float(arrays["x"].std()), DECIMALS),
        "checksum": str(checksum(arrays)),
    }
