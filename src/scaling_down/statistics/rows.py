"""Tidy rows: condition columns, the metric, and its interval over replicas."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from scaling_down.statistics.intervals import mean_interval


def summary_row(
    condition: Mapping[str, Any], metric: str, values: np.ndarray
) -> dict[str, Any]:
    """Return a row of a tidy summary: the condition, the metric, its interval.

    `values` has the shape [n].
    """
    return {**condition, "metric": metric, **mean_interval(values)}


def curve_rows(
    condition: Mapping[str, Any], metric: str, x: Mapping[str, np.ndarray],
    values: np.ndarray,
) -> pd.DataFrame:  # fmt: skip
    """Return the tidy rows of a curve.

    `x` names the axes of the curve, each of shape [points]; `values` has the shape
    [n, points].
    """
    return pd.DataFrame({**condition, **x, "metric": metric, **mean_interval(values)})
