import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from scaling_down.figures.dots import dots, interval, spread


def row(**columns):
    return pd.Series({"mean": 2.0, "ci_low": 1.0, "ci_high": 4.0, **columns})


def bars(axes):
    return [bar.tolist() for lines in axes.collections for bar in lines.get_segments()]


def test_every_replica_is_a_dot_beside_mean_and_interval():
    _, axes = plt.subplots()
    values = [1.5, 2.0, 2.5]
    dots(axes, 3, values, row(), color="k", width=0.2, label="a")
    replicas, mean, *_caps = axes.lines
    assert replicas.get_ydata() == pytest.approx(values)
    assert replicas.get_xdata() == pytest.approx([2.9, 3, 3.1])
    assert (mean.get_xdata(), mean.get_ydata()) == ([3], [2])
    assert bars(axes) == [[[3, 1], [3, 4]]]
    assert axes.get_legend_handles_labels()[1] == ["a"]


def test_one_replica_has_no_interval():
    _, axes = plt.subplots()
    interval(axes, 0, row(ci_low=np.nan, ci_high=np.nan))
    assert bars(axes) == []
    assert axes.lines[0].get_ydata() == [2]


@pytest.mark.parametrize(("count", "expected"), [(1, [0]), (3, [-0.15, 0, 0.15])])
def test_spread(count, expected):
    np.testing.assert_allclose(spread(count), expected)
