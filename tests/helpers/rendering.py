"""Figures of invented tables, drawn as a job draws them."""

from scaling_down.figures.style import style
from scaling_down.jobs.tables import read_table, write_table


def rendered(draw, tables, study, drawing, folder):
    """Return the figures that `draw` makes of tables that were written and read.

    The tables are in `folder`, each as NAME.csv, the figures as NAME.png.
    """
    for name, table in tables.items():
        write_table(folder / f"{name}.csv", table)
    read = {name: read_table(folder / f"{name}.csv") for name in tables}
    with style():
        figures = draw(read, study, drawing)
        for name, figure in figures.items():
            figure.savefig(folder / f"{name}.png", dpi=40)
    return figures
