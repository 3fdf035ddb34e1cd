"""The orders of positions in which a tap is a product or two."""

import pytest

from scaling_down.engine.models.cnn import output_length
from scaling_down.engine.steps.positions import block_orders, runs

INPUTS = (5, 8, 28, 29, 33, 34, 40, 48)


def chain(inputs):
    first = output_length(inputs, 5)
    second = output_length(first, 3)
    return [first, second, output_length(second, 3)]


@pytest.mark.parametrize("inputs", INPUTS)
def test_an_order_has_every_position_once_and_the_last_is_natural(inputs):
    orders = block_orders(chain(inputs))
    assert [sorted(o) for o in orders] == [list(range(n)) for n in chain(inputs)]
    assert orders[-1] == sorted(orders[-1])


@pytest.mark.parametrize("inputs", INPUTS)
@pytest.mark.parametrize("layer", [0, 1])
def test_the_runs_of_a_tap_are_its_pairs_of_positions(inputs, layer):
    before, after = block_orders(chain(inputs))[layer : layer + 2]
    for tap in range(3):
        found = [
            pair
            for run in runs(before, after, tap)
            for pair in zip(after[run.outputs], before[run.inputs], strict=True)
        ]
        pairs = [(o, 2 * o + tap - 1) for o in after if 2 * o + tap - 1 in before]
        assert found == pairs


@pytest.mark.parametrize("inputs", INPUTS)
@pytest.mark.parametrize("layer", [0, 1])
def test_the_middle_and_the_last_tap_meet_every_input_once(inputs, layer):
    """They may write gradients of the inputs where the first tap adds."""
    before, after = block_orders(chain(inputs))[layer : layer + 2]
    places = [
        place
        for tap in (1, 2)
        for run in runs(before, after, tap)
        for place in range(len(before))[run.inputs]
    ]
    assert sorted(places) == list(range(len(before)))


def test_at_forty_inputs_a_tap_is_one_product_or_two():
    first, second, third = block_orders(chain(40))
    assert [len(runs(first, second, tap)) for tap in range(3)] == [2, 1, 1]
    assert [len(runs(second, third, tap)) for tap in range(3)] == [1, 1, 1]
