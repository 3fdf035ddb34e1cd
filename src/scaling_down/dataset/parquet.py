"""Datasets in Parquet files, for whoever has pyarrow."""

import json
from pathlib import Path
from typing import Any

import numpy as np

from .generate import Dataset


def save_parquet(path: str | Path, dataset: Dataset) -> None:
    """Write `dataset` to `path`: a row for each sample, training set first.

    The columns are `split` ("train" or "test"), `y` (int64) and `x` (a list of F
    float64). The common axis `t` is in the metadata of the file, as JSON.

    Raises:
        ModuleNotFoundError: pyarrow is not installed.
    """
    arrow, parquet = _pyarrow()
    x = np.concatenate([dataset["x"], dataset["x_test"]])
    splits = ["train"] * len(dataset["y"]) + ["test"] * len(dataset["y_test"])
    columns = {
        "split": splits,
        "y": np.concatenate([dataset["y"], dataset["y_test"]]),
        "x": arrow.FixedSizeListArray.from_arrays(x.ravel(), x.shape[1]),
    }
    metadata = {"t": json.dumps(dataset["t"].tolist())}
    parquet.write_table(arrow.table(columns, metadata=metadata), path)


def _pyarrow() -> tuple[Any, Any]:
    try:
        import pyarrow
        import pyarrow.parquet
    except ModuleNotFoundError as error:
        message = "Parquet files need pyarrow: pip install pyarrow"
        raise ModuleNotFoundError(message, name="pyarrow") from error
    return pyarrow, pyarrow.parquet
