"""Tidy tables: one row a measurement, written so that equal tables are equal bytes."""

from pathlib import Path

import pandas as pd

from scaling_down.workflow.files import replacing


def write_table(path: str | Path, table: pd.DataFrame) -> None:
    """Write a table as CSV, numbers to ten significant digits, in one step.

    Raises ValueError for a table without columns, which could not be read again.
    """
    if table.columns.empty:
        raise ValueError(f"{path}: a table without columns")
    with replacing(path) as temporary:
        table.to_csv(temporary, index=False, float_format="%.10g", lineterminator="\n")


def read_table(path: str | Path) -> pd.DataFrame:
    """Read a table that `write_table` wrote."""
    return pd.read_csv(path)
