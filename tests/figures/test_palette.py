import pytest
from matplotlib.colors import to_hex

from scaling_down.figures import palette

MEANINGS = ["MODELS", "TICKETS", "LOSSES", "SPLITS"]


@pytest.mark.parametrize("meaning", MEANINGS)
def test_colours_of_one_meaning_differ_and_are_never_red_against_green(meaning):
    colours = list(getattr(palette, meaning).values())
    assert len(set(colours)) == len(colours)
    assert not {palette.VERMILLION, palette.GREEN} <= set(colours)


def test_numbers_have_colours_from_dark_to_light():
    colours = palette.ordered([10, 2, 5, 2])
    assert list(colours) == [2, 5, 10]
    brightness = [sum(bytes.fromhex(colour[1:])) for colour in colours.values()]
    assert brightness == sorted(brightness)
    assert palette.ordered([7]) == {7: to_hex("#440154")}
