"""Draw an experiment's figures from its tables."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from scaling_down.figures.saving import save_figure
from scaling_down.figures.style import style
from scaling_down.jobs.tables import read_table
from scaling_down.workflow.experiment import room
from scaling_down.workflow.files import DamagedFile, read_json


def draw_figures(manifest: Mapping[str, Any], outputs: Sequence[str]) -> None:
    """Write an experiment's figures; each file carries the manifest's key.

    Raises DamagedFile where the tables were made from other runs than expected.
    """
    *table_files, metrics_file = manifest["tables"]
    if read_json(metrics_file).get("key") != manifest["summary_key"]:
        raise DamagedFile(f"{metrics_file}: made from other runs than expected")
    tables = {Path(file).stem: read_table(file) for file in table_files}
    draw = room(manifest["experiment"], "draw").draw
    with style():
        figures = draw(tables, manifest["settings"], manifest["drawing"])
        for output in outputs:
            figure = figures[Path(output).stem]
            save_figure(figure, output, manifest["key"], manifest["drawing"]["banner"])
