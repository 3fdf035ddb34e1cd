"""The dataset in tables: its statistics, templates, making and first samples."""

import hashlib
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from scaling_down.dataset import digit_templates, transformation_chain
from scaling_down.dataset.settings import DatasetSettings
from scaling_down.experiments.contract import Arrays, Result
from scaling_down.statistics.rows import summary_row

SAMPLES_PER_CLASS = 30
DECIMALS = 6


def summarise(
    settings: Mapping[str, Any], results: Mapping[str, Result]
) -> tuple[dict[str, pd.DataFrame], dict[str, Any]]:
    """Return the tables and the headline numbers of the dataset."""
    arrays = results["dataset"].arrays
    tables = {
        "summary": _summary(arrays),
        "templates": _templates(),
        "chain": _chain(settings),
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


def _chain(settings: Mapping[str, Any]) -> pd.DataFrame:
    names = DatasetSettings.__dataclass_fields__
    making = {name: settings[name] for name in names}
    chain = transformation_chain(settings["chain_sample"], **making)
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
        "checksum": _checksum(arrays),
    }


def _checksum(arrays: Arrays) -> str:
    rounded = (np.round(arrays[n], DECIMALS) + 0.0 for n in ("x", "x_test"))
    parts = [*rounded, arrays["y"], arrays["y_test"]]
    return hashlib.sha256(b"".join(part.tobytes() for part in parts)).hexdigest()
