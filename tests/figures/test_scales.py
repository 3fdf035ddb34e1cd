import matplotlib.pyplot as plt
import pytest

from scaling_down.figures.scales import plain_number, plain_numbers


@pytest.mark.parametrize(
    ("value", "label"),
    [(0.001, "0.001"), (0.5, "0.5"), (20, "20"), (4000, "4k"), (1500, "1.5k")],
)
def test_plain_number(value, label):
    assert plain_number(value) == label


def test_a_logarithmic_axis_has_plain_numbers():
    figure, axes = plt.subplots()
    axes.set(yscale="log", ylim=(0.9, 5000))
    plain_numbers(axes.yaxis, (1, 5))
    figure.canvas.draw()
    shown = [text.get_text() for text in axes.yaxis.get_ticklabels() if text.get_text()]
    assert {"1", "5", "10", "50", "1k", "5k"} <= set(shown)
    assert not any("$" in text for text in shown)
    assert not any(label.get_text() for label in axes.yaxis.get_ticklabels(minor=True))
