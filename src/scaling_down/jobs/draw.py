"""Draw an experiment's figures from its tables."""

import importlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from scaling_down.files import DamagedFile, read_json
from scaling_down.identity import PACKAGE
from scaling_down.plotting import save_figure, style
from scaling_down.tables import read_table


def draw_figures(manifest: Mapping[str, Any], outputs: Sequence[str]) -> None:
    """Write an experiment's figures; each file carries the manifest's key.

    Raises DamagedFile where the tables were made from other runs than expected.
    """
    *table_files, metrics_file = manifest["tables"]
    if read_json(metrics_file).get("key") != manifest["summary_key"]:
        raise DamagedFile(f"{metrics_file}: made from other runs than expected")
    tables = {Path(file).stem: read_table(file) for file in table_files}
    name = f"{PACKAGE}.experiments.{manifest['experiment']}.draw"
    draw = importlib.import_module(name).draw
    with style():
        figures = draw(tables, manifest["settings"], manifest["drawing"])
        for output in outputs:
            figure = figures[Path(output).stem]
            save_figure(figure, output, manifest["key"], manifest["drawing"]["banner"])
