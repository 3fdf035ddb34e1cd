"""Draw an experiment's figures from its tables."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from scaling_down.figures.saving import save_figure
from scaling_down.figures.style import style
from scaling_down.jobs.tables import read_table
from scaling_down.workflow.belonging import belongs
from scaling_down.workflow.experiment import room, settings_model, study_model
from scaling_down.workflow.files import DamagedFile


def draw_figures(manifest: Mapping[str, Any], outputs: Sequence[str]) -> None:
    """Write an experiment's figures; each file carries the manifest's key.

    Raises DamagedFile where the tables are of other runs than expected, or were edited.
    """
    *table_files, metrics_file = manifest["tables"]
    if not belongs(metrics_file, manifest["summary_key"]):
        raise DamagedFile(f"{metrics_file}: tables of other runs, or edited ones")
    tables = {Path(file).stem: read_table(file) for file in table_files}
    experiment = manifest["experiment"]
    study = study_model(experiment).model_validate_json(json.dumps(manifest["study"]))
    drawing_model = settings_model(experiment).model_fields["drawing"].annotation
    drawing = drawing_model.model_validate_json(json.dumps(manifest["drawing"]))
    with style():
        figures = room(experiment, "draw").draw(tables, study, drawing)
        for output in outputs:
            figure = figures[Path(output).stem]
            save_figure(figure, output, manifest["key"], manifest["banner"])
