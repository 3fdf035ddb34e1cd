"""Rows of a table by what they are about."""

import pandas as pd


def chosen(table: pd.DataFrame, **where: object) -> pd.DataFrame:
    """Return the rows of a table whose columns have the given values."""
    for column, value in where.items():
        table = table[table[column] == value]
    return table
