"""What tests ask of tidy tables."""


def row(table, **where):
    """Return the one row whose columns have these values, NaN among them."""
    for column, value in where.items():
        missing = value != value
        table = table[table[column].isna() if missing else table[column] == value]
    (found,) = table.to_dict("records")
    return found
