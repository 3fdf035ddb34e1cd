"""The thresholds in figures: curves over parameters, thresholds, their exponents.

The letter n stands for training samples, so replicas are counted in words.
"""

from matplotlib.figure import Figure

from scaling_down.experiments.interpolation_threshold.draw.curves import (
    curve_2020_figure,
    curves_figure,
)
from scaling_down.experiments.interpolation_threshold.draw.exponents import (
    exponents_figure,
    labels_figure,
    local_figure,
)
from scaling_down.experiments.interpolation_threshold.draw.lengths import lengths_figure
from scaling_down.experiments.interpolation_threshold.draw.marks import Tables
from scaling_down.experiments.interpolation_threshold.draw.thresholds import (
    thresholds_figure,
)
from scaling_down.experiments.interpolation_threshold.settings import Study
from scaling_down.workflow.parameters.sections import Drawing


def draw(tables: Tables, study: Study, drawing: Drawing) -> dict[str, Figure]:
    """Return the figures of the thresholds."""
    width = drawing.width
    figures = {
        "curves": curves_figure(tables["curves"], study, width),
        "thresholds": thresholds_figure(tables["thresholds"], study, width),
        "exponents": exponents_figure(tables, study, width),
        "labels": labels_figure(tables, study, width),
        "local_exponents": local_figure(tables, study, width),
        "lengths": lengths_figure(tables, study, width),
        "curve_2020": curve_2020_figure(tables["curves"], study, width),
    }
    return {f"interpolation_threshold_{what}": f for what, f in figures.items()}
