"""Outer steps: gradients against a plain unrolled loop, protocols, replicas."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from small_metalearning import (
    ARRAYS,
    GRID,
    INNER,
    OUTER,
    RATES,
    compared,
    metalearned,
    streams,
)
from test_activation_functions import PYTORCH, network
from torch.nn import functional

from scaling_down.experiments.metalearn_activation.activations import Gains, Learned
from scaling_down.experiments.metalearn_activation.compute import metalearn
from scaling_down.experiments.metalearn_activation.problems import (
    Problems,
    outer_problem,
    seen_problem,
    unseen_problem,
)
from scaling_down.experiments.metalearn_activation.settings import GridSection
from scaling_down.experiments.metalearn_activation.trainings import InnerTraining

LEARNED = Learned(OUTER.hidden, OUTER.share)


def problems(activation=LEARNED, inner=INNER, replica=0):
    return Problems(ARRAYS, inner, activation.noisy_units, streams(), replica)


def inner_training(activation=LEARNED):
    return InnerTraining(activation, problems(activation), ARRAYS, INNER, GRID)


def initial(activation=LEARNED):
    return activation.initial(lambda part: streams().generator(0, f"meta-init/{part}"))


def applied(activation, parameters, x, noise):
    """Evaluate an activation on hidden units [B, H], without any table."""
    if isinstance(activation, Learned):
        flat = network(activation, parameters, x.flatten(), noise)
        return flat.view(x.shape)
    into, out = parameters
    return out * PYTORCH[activation.shape](into * x)


def plain_gradient(activation, parameters, drawn):
    """Return outer loss and gradient of an unrolled loop in double precision."""
    parameters = parameters.detach().requires_grad_()
    layout, problem = problems(activation).network, drawn.problem
    weights = problem.weights.double().requires_grad_()
    squares, losses = torch.ones_like(weights), []
    for t in range(INNER.steps):
        w1, b1, w2, b2 = layout.split(weights)
        inputs = problem.x[t].double() @ w1 + b1
        noise = drawn.activation_noise[t].double()
        hidden = applied(activation, parameters, inputs, noise) + problem.noise[t]
        loss = functional.cross_entropy(hidden @ w2 + b2, problem.y[t])
        (g,) = torch.autograd.grad(loss, weights, create_graph=True)
        squares = squares * INNER.decay + g**2 * (1 - INNER.decay)
        weights = weights - INNER.learning_rate * g / (squares.sqrt() + 1e-8)
        losses.append(loss)
    loss = torch.stack(losses[-INNER.counted :]).mean()
    (gradient,) = torch.autograd.grad(loss, parameters)
    return loss.item(), gradient


@pytest.mark.parametrize(
    "activation",
    [LEARNED, Learned((4, 5), 0.2), Gains("swish"), Gains("relu")],
    ids=["learned", "two layers", "swish", "relu"],
)
def test_the_outer_gradient_is_that_of_a_plain_unrolled_loop(activation):
    training, parameters = inner_training(activation), initial(activation)
    drawn = problems(activation).draw(seen_problem())
    found = training.gradient(parameters, drawn)
    loss, gradient = plain_gradient(activation, parameters, drawn)
    assert training.outer_loss() == pytest.approx(loss, rel=1e-6)
    scale = gradient.abs().max()
    torch.testing.assert_close(found / scale, gradient / scale, rtol=0, atol=1e-5)


def test_outer_steps_descend_along_the_clamped_gradient():
    arrays = metalearned(
        outer=OUTER.model_copy(update={"momentum": 0.5, "clamp": 0.01})
    )
    training, parameters = inner_training(), initial()
    velocity, clamped = torch.zeros_like(parameters), 0
    for step in range(OUTER.steps):
        drawn = problems().draw(outer_problem("published", step))
        gradient = training.gradient(parameters, drawn)
        clamped += int((gradient.abs() > 0.01).sum())
        assert arrays["outer_loss"][0, step] == training.outer_loss()
        assert arrays["test_accuracy"][0, step] == training.test_accuracy()
        velocity = 0.5 * velocity + gradient.clamp(-0.01, 0.01)
        parameters = parameters - 0.3 * velocity
    np.testing.assert_array_equal(arrays["parameters"][0], parameters.numpy())
    assert clamped > 0


def test_the_outer_loss_falls():
    loss = metalearned(outer=OUTER.model_copy(update={"steps": 25}))["outer_loss"]
    assert (loss[:, -1] < loss[:, 1]).all()


def test_the_density_of_preactivations_is_one():
    arrays = metalearned()
    spacing = arrays["x"][0, 1] - arrays["x"][0, 0]
    np.testing.assert_allclose(arrays["density"].sum(axis=1) * spacing, 1)
    value, _ = LEARNED(initial(), torch.from_numpy(arrays["x"][0]))
    np.testing.assert_array_equal(arrays["initial"][0], value.numpy())
    assert not np.allclose(arrays["initial"], arrays["value"])


def same(one, other):
    pairs = ((one.problem, other.problem), (one, other))
    names = (("weights", "x", "y", "noise"), ("test_noise", "activation_noise"))
    return {
        name: torch.equal(getattr(a, name), getattr(b, name))
        for (a, b), group in zip(pairs, names, strict=True)
        for name in group
    }


def test_the_published_protocol_repeats_all_but_the_first_weights():
    first, second, third = (
        problems().draw(outer_problem("published", step)) for step in (0, 1, 2)
    )
    assert all(same(second, third).values())
    assert [n for n, equal in same(first, second).items() if not equal] == ["weights"]
    in_order = torch.from_numpy(ARRAYS["y"])[:80].repeat(2)[:100].view(5, 20)
    assert torch.equal(first.problem.y, in_order)


def test_the_corrected_protocol_draws_everything_anew():
    first, second = (
        problems().draw(outer_problem("corrected", step)) for step in (1, 2)
    )
    assert not any(same(first, second).values())
    seen = problems().draw(seen_problem())
    assert not same(seen, first)["weights"]
    other = problems(replica=1).draw(outer_problem("corrected", 1))
    assert not any(same(first, other).values())


def test_a_longer_training_begins_like_a_shorter_one():
    longer = INNER.model_copy(update={"steps": 9})
    names = unseen_problem("unseen-0")
    short, long = (problems(inner=i).draw(names).problem for i in (INNER, longer))
    for name in ("x", "y", "noise"):
        assert torch.equal(getattr(long, name)[:5], getattr(short, name))
    assert torch.equal(long.weights, short.weights)


@pytest.mark.parametrize("protocol", ["published", "corrected"])
@pytest.mark.parametrize("family", ["learned", "relu_gains"])
def test_a_replica_does_not_depend_on_its_company(family, protocol):
    both = metalearned(family, protocol)
    alone = metalearned(family, protocol, replicas=(1,))
    for name, array in alone.items():
        np.testing.assert_array_equal(array[0], both[name][1], err_msg=name)
    assert (both["outer_loss"][0] != both["outer_loss"][1]).all()


def test_what_lies_beyond_the_table_is_counted():
    assert (metalearned()["share_outside"] == 0).all()
    narrow = metalearned(grid=GridSection(reach=2, resolution=16))
    assert (narrow["share_outside"][:, 1:] > 0).all()
    assert (narrow["share_outside"] < 0.5).all()


def test_a_loss_that_is_not_finite_names_replica_and_step(monkeypatch):
    drawing = Problems.draw

    def broken(self, names):
        drawn = drawing(self, names)
        if names.weights == "outer-1" and self.replica == 1:
            drawn = replace(
                drawn,
                problem=replace(
                    drawn.problem, weights=drawn.problem.weights * float("nan")
                ),
            )
        return drawn

    monkeypatch.setattr(metalearn.Problems, "draw", broken)
    with pytest.raises(
        ArithmeticError, match=r"replica 1, outer step 1: .* inner step 0"
    ):
        metalearned()


def test_comparisons_train_the_activation_that_was_learned():
    learned = metalearned()
    found = compared(learned, family="learned", protocol="published", outer=OUTER)
    parameters = torch.from_numpy(learned["parameters"][0])
    training = inner_training()
    for place, rate in enumerate(RATES):
        training.run(parameters, problems().draw(seen_problem()), rate)
        assert found["outer_loss"][0, 0, place, 0] == training.outer_loss()
        assert found["test_accuracy"][0, 0, place, 0] == training.test_accuracy()


def test_comparisons_have_all_circumstances_rates_and_problems():
    found = compared(shape="tanh")
    for array in found.values():
        assert array.shape == (2, 2, len(RATES), 2)
    loss = found["outer_loss"]
    np.testing.assert_array_equal(loss[:, 0, :, 0], loss[:, 0, :, 1])
    assert len(np.unique(loss)) == 2 * len(RATES) + 2 * len(RATES) * 2
    alone = compared(shape="tanh", replicas=(1,))
    for name, array in alone.items():
        np.testing.assert_array_equal(array[0], found[name][1])


def test_activations_of_a_replica_meet_the_same_trainings():
    """ReLU with gains of 1 is ReLU."""
    gains = {"parameters": np.ones((2, 2))}
    found = compared(gains, family="relu_gains", protocol="corrected", outer=OUTER)
    known = compared(shape="relu")
    for name, array in known.items():
        np.testing.assert_array_equal(array, found[name], err_msg=name)


def test_a_comparison_without_activation_is_refused():
    with pytest.raises(ValueError, match="a family or a shape"):
        compared()
