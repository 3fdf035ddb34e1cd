"""Rows of a table by condition, and the markers of printed values by year."""

from collections.abc import Mapping

import pandas as pd

from scaling_down.figures.dots import PUBLISHED

PRINTED = {2020: PUBLISHED, 2024: {**PUBLISHED, "marker": "s"}}


def chosen(table: pd.DataFrame, where: Mapping[str, object]) -> pd.DataFrame:
    """Return the rows of a table whose columns have the given values."""
    for column, value in where.items():
        table = table[table[column] == value]
    return table
