"""Each replica keeps the weights of its own best validation accuracy."""

import numpy as np
import pytest
import torch

from scaling_down.engine.data import Samples
from scaling_down.engine.models.logistic import Logistic
from scaling_down.engine.models.prelu import PReLUMLP
from scaling_down.engine.protocol import Protocol
from scaling_down.engine.selection import Selection, evaluated_steps
from scaling_down.engine.streams import Streams


def of_class(model, classes):
    """Let each replica answer with one class, whatever it sees."""
    with torch.no_grad():
        for layer in (model.linear,):
            layer.weight.zero_()
            layer.bias.zero_()
            for member, k in enumerate(np.resize(classes, model.members)):
                layer.bias[member, 0, k] = 1


def answers(model):
    return model(torch.zeros(1, 1, 48))[:, 0].argmax(1).tolist()


def selected(replicas, *trained):
    """Train replicas to answer with these classes in turn; 0 is right most often."""
    model = Logistic(Streams(0, "s", tuple(range(replicas))))
    y = torch.tensor([[0, 0, 0, 1, 1, 2]])
    selection = Selection(Samples(torch.zeros(1, 6, 48), y))
    for classes in trained:
        of_class(model, classes)
        selection(model)
    selection.restore(model)
    return model, selection


def test_every_replica_has_its_own_best():
    model, selection = selected(3, [2, 0, 1], [1, 2, 2], [3, 1, 0])
    assert answers(model) == [1, 0, 0]
    np.testing.assert_allclose(selection.curves * 6, [[1, 2, 0], [3, 1, 2], [2, 1, 3]])


def test_a_lone_replica_takes_its_companion_along():
    model, _ = selected(1, [1], [0], [2])
    assert answers(model) == [0]
    assert model.linear.bias[0].equal(model.linear.bias[1])


def test_of_equal_accuracies_the_first_counts():
    model = PReLUMLP(Streams(0, "s", (0, 1)), (8,))
    samples = Samples(torch.zeros(1, 4, 48), torch.zeros(1, 4, dtype=torch.int64))
    selection = Selection(samples)
    first = {name: values.clone() for name, values in model.state_dict().items()}
    selection(model)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.mul_(2)  # the same answers
    selection(model)
    selection.restore(model)
    for name, values in model.state_dict().items():
        assert values.equal(first[name])


@pytest.mark.parametrize(("steps", "last"), [(7, [6, 7]), (6, [3, 6])])
def test_it_looks_when_the_loop_evaluates(steps, last):
    protocol = Protocol(
        optimizer="adam", learning_rate=0.01, steps=steps, batch_size=10,
        batch_order="sequential", evaluate_every=3,
    )  # fmt: skip
    assert evaluated_steps(protocol)[-2:] == last
