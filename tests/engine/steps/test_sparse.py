"""The sparse step against autograd and the dense masked step."""

import hashlib
import math
import os
import subprocess
import sys

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn import functional

from scaling_down.engine import masks as masking
from scaling_down.engine.models.mlp import MLP, ResidualMLP
from scaling_down.engine.plain import plain
from scaling_down.engine.process import PORTABLE, prepare
from scaling_down.engine.protocol import Protocol
from scaling_down.engine.steps import kernels
from scaling_down.engine.steps.autograd import AutogradStep
from scaling_down.engine.steps.sparse import SparseStep, density, sparse_below
from scaling_down.engine.steps.survivors import Survivors, useful_weights
from scaling_down.engine.streams import Streams

GROUP = (4, 0, 9)
INPUTS, HIDDEN, CLASSES = 9, 14, 4
LAYERS = ("first", "second", "third")
ADAM = {"optimizer": "adam", "learning_rate": 0.01}
SGD = {"optimizer": "sgd", "learning_rate": 0.05, "momentum": 0.9}
DECAY = {"weight_decay": 0.1, "learning_rate_schedule": "cosine"}


@pytest.fixture(autouse=True, scope="module")
def process():
    """Train as a job does, with denormal numbers, which hypothesis draws."""
    prepare("cpu")
    torch.set_flush_denormal(False)


def network(replicas=GROUP, hidden=HIDDEN):
    return ResidualMLP(Streams(1, "sparse", replicas), INPUTS, hidden, CLASSES)


def protocol(**changes):
    common = {"batch_size": None, "batch_order": "sequential", "evaluate_every": 50}
    return Protocol(**{"steps": 50} | common | ADAM | changes)


def masks_of(model, sparsities, replicas=GROUP):
    """Random masks of the layers; each replica has its own."""
    streams = Streams(1, "sparse", replicas)
    return {
        name: masking.random_mask(
            streams.generators(f"mask/{name}"), vector.shape[1], sparsity
        )
        for (name, vector), sparsity in zip(
            masking.vectors(model).items(), sparsities, strict=True
        )
    }


def batch(samples, own_x=(77,), own_y=(78,)):
    """Samples and labels of the owners in the tuples, padded as `Data` does."""
    draws = [np.random.default_rng(o).normal(size=(samples, INPUTS)) for o in own_x]
    x = torch.from_numpy(np.stack(draws).astype(np.float32))
    y = [np.random.default_rng(o).integers(CLASSES, size=samples) for o in own_y]
    return functional.pad(x, (0, 16 - INPUTS)), torch.from_numpy(np.stack(y))


def train(step, model, masks, data, **changes):
    """Take all steps on one batch: the losses [R, T]; the model has the weights."""
    p = protocol(**changes)
    update = step(model, p, masks)
    losses = [update(number, *data) for number in range(p.steps)]
    if isinstance(update, SparseStep):
        update.write_back()
    return torch.stack(losses, 1)


def assert_equal_training(masks, data, tolerance, **changes):
    """Both steps give the same losses and weights, up to rounding."""
    models = network(), network()
    dense, sparse = (
        train(step, model, masks, data, **changes)
        for step, model in zip((AutogradStep, SparseStep), models, strict=True)
    )
    close = {"rtol": 0, "atol": tolerance}
    torch.testing.assert_close(sparse, dense, **close)
    for name, vector in masking.vectors(models[1]).items():
        torch.testing.assert_close(vector, masking.vectors(models[0])[name], **close)
        assert not vector[~masks[name]].any() if name in masks else vector.all()


def gradients(model, masks, x, y):
    """The gradients of masked replicas in double precision, by layer: [R, n]."""
    masking.apply(model, masks)
    rows = {name: [] for name in LAYERS}
    for replica in range(model.replicas):
        module = plain(model, replica).double()
        functional.cross_entropy(module(x[0, :, :INPUTS].double()), y[0]).backward()
        for name in LAYERS:
            layer = getattr(module, name)
            rows[name].append(torch.cat([layer.weight.grad.flatten(), layer.bias.grad]))
    return {name: torch.stack(rows[name]) * masks[name] for name in LAYERS}


@settings(max_examples=25)
@given(st.tuples(*[st.floats(0, 1)] * 3), st.integers(1, 300))
def test_gradients_are_those_of_autograd_in_double_precision(sparsities, samples):
    model = network()
    masks, (x, y) = masks_of(model, sparsities), batch(samples)
    expected = gradients(network(), masks, x, y)
    masking.apply(model, masks)
    before = masking.vectors(model)
    # With a learning rate of one and no momentum a step subtracts the gradient.
    plain_descent = SGD | {"learning_rate": 1.0, "momentum": 0.0, "steps": 1}
    train(SparseStep, model, masks, (x, y), **plain_descent)
    for name, after in masking.vectors(model).items():
        found = (before[name] - after).double()
        torch.testing.assert_close(found, expected[name], rtol=1e-5, atol=1e-6)


# Adam divides by the size of a gradient: where that is hardly more than rounding, a
# step of up to the learning rate may go either way, and fifty of them add up.
@pytest.mark.parametrize(
    ("changes", "tolerance"),
    [
        (ADAM, 1e-4),
        (ADAM | DECAY, 1e-4),
        (SGD, 1e-5),
        (SGD | DECAY, 1e-5),
        (SGD | {"momentum": 0.0}, 1e-5),
    ],
    ids=str,
)
@pytest.mark.parametrize("sparsity", [0.0, 0.5, 0.9])
def test_fifty_steps_are_those_of_the_dense_masked_network(
    sparsity, changes, tolerance
):
    masks = masks_of(network(), [sparsity] * 3)
    assert_equal_training(masks, batch(100), tolerance, **changes)


@pytest.mark.parametrize(
    "sparsities", [(1, 0, 0), (0, 1, 0), (0, 0, 1), (1, 1, 0.5), (0.5, 1, 1)]
)
def test_a_layer_may_be_empty(sparsities):
    assert_equal_training(masks_of(network(), sparsities), batch(20), 1e-5, **SGD)


def test_without_any_weight_all_classes_are_equally_likely():
    model = network()
    losses = train(SparseStep, model, masks_of(model, (1, 1, 1)), batch(20))
    torch.testing.assert_close(losses, torch.full_like(losses, math.log(CLASSES)))
    assert not any(vector.any() for vector in masking.vectors(model).values())


@pytest.mark.parametrize("layer", LAYERS)
def test_a_layer_without_a_mask_keeps_its_weights(layer):
    masks = masks_of(network(), (0.5, 0.5, 0.5))
    del masks[layer]
    assert_equal_training(masks, batch(20), 1e-5, **SGD)


@pytest.mark.parametrize("hidden", ["weights", "biases"])
def test_biases_are_masked_like_weights(hidden):
    model = network()
    masks = {n: torch.ones_like(v).bool() for n, v in masking.vectors(model).items()}
    for name, layer in masking.layers(model).items():
        part = slice(layer.inputs * layer.outputs)
        if hidden == "biases":
            part = slice(part.stop, None)
        masks[name][:, part] = False
    assert_equal_training(masks, batch(20), 1e-5, **SGD)


@pytest.mark.parametrize("own_x", [(77,), GROUP])
@pytest.mark.parametrize("own_y", [(78,), GROUP])
def test_samples_and_labels_may_be_a_replicas_own(own_x, own_y):
    masks = masks_of(network(), (0.5, 0.5, 0.5))
    assert_equal_training(masks, batch(20, own_x, own_y), 1e-5, **SGD)


def test_batches_of_changing_size_are_those_of_the_dense_step():
    sizes = (128, 129, 1, 300, 37, 128, 1000, 37)
    models = network(), network()
    masks = masks_of(models[0], (0.5, 0.7, 0.3))
    updates = [
        step(model, protocol(**SGD), masks)
        for step, model in zip((AutogradStep, SparseStep), models, strict=True)
    ]
    for number, samples in enumerate(sizes):
        x, y = batch(samples, own_x=(samples,))
        losses = [update(number, x, y) for update in updates]
        torch.testing.assert_close(*losses, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("own", [False, True])
@pytest.mark.parametrize("changes", [ADAM, SGD], ids=["adam", "sgd"])
def test_a_replica_has_the_same_bits_in_any_group_and_place(changes, own):
    def trained(group):
        model = network(group, hidden=61)
        data = batch(150, group, group) if own else batch(150)
        losses = train(
            SparseStep, model, masks_of(model, (0.3, 0.6, 0.2), group), data, **changes
        )
        arrays = {"losses": losses, **model.plain_parameters()}
        return {name: array.numpy() for name, array in arrays.items()}

    alone = trained((4,))
    for group in ((4, 1), (0, 9, 4), (7, 4, 6, 5, 3)):
        together = trained(group)
        for name, array in alone.items():
            own_array = together[name][group.index(4)]
            np.testing.assert_array_equal(
                own_array, array[0], err_msg=f"{group} {name}"
            )
        assert len(np.unique(together["losses"][:, -1])) == len(group)


def test_the_model_has_the_survivors_when_they_are_written_back():
    model = network()
    untouched = network().plain_parameters()
    masks = masks_of(model, (0.5, 0.5, 0.5))
    update = SparseStep(model, protocol(), masks)
    update.write_back()
    layers = masking.layers(model)
    for name, found in model.plain_parameters().items():
        layer, kind = name.split(".")
        cut = layers[layer].inputs * layers[layer].outputs
        parts = masks[layer][:, :cut], masks[layer][:, cut:]
        mask = parts[kind == "bias"].view(found.shape)
        torch.testing.assert_close(found, untouched[name] * mask, rtol=0, atol=0)
    before = masking.vectors(model)
    update(0, *batch(20))
    torch.testing.assert_close(masking.vectors(model), before, rtol=0, atol=0)
    update.write_back()
    assert not torch.equal(masking.vectors(model)["third"], before["third"])


@pytest.mark.parametrize("layer", LAYERS)
def test_a_weight_that_is_not_a_number_shows_in_the_loss(layer):
    model = network()
    with torch.no_grad():
        getattr(model, layer).weight[1, :INPUTS, 0] = math.nan
    update = SparseStep(model, protocol(), {})
    assert torch.isnan(update(0, *batch(20))).tolist() == [False, True, False]


def test_other_models_losses_and_masks_are_refused():
    model = network()
    with pytest.raises(ValueError, match="ResidualMLP, not MLP"):
        SparseStep(MLP(Streams(1, "sparse", GROUP)), protocol(), {})
    with pytest.raises(ValueError, match="cross_entropy, not mse"):
        SparseStep(model, protocol(loss="mse"), {})
    with pytest.raises(ValueError, match="CPU, not meta"):
        SparseStep(network().to("meta"), protocol(), {})
    with pytest.raises(ValueError, match=r"no such layers: \['fourth'\]"):
        SparseStep(model, protocol(), {"fourth": torch.ones(3, 5)})
    with pytest.raises(ValueError, match=r"mask of first: \(2, 140\), not \(3, 140\)"):
        SparseStep(model, protocol(), {"first": torch.ones(2, 140)})


@pytest.mark.parametrize("label", [-1, CLASSES])
def test_a_label_that_is_no_class_is_refused(label):
    update = SparseStep(network(), protocol(), {})
    x, y = batch(20)
    y[0, 7] = label
    with pytest.raises(IndexError, match="not one of the classes"):
        update(0, x, y)


def test_the_density_decides_which_step_is_taken():
    model = network()
    masks = masks_of(model, (0.5, 0.75, 0))
    sizes = [layer.size for layer in masking.layers(model).values()]
    left = (sizes[0] / 2 + math.ceil(sizes[1] / 4) + sizes[2]) / sum(sizes)
    assert density(masks) == pytest.approx(left, abs=1e-12)
    for threshold, kind in ((left, AutogradStep), (left + 1e-6, SparseStep)):
        made = sparse_below(threshold, AutogradStep)(model, protocol(), masks)
        assert type(made) is kind
    choose = sparse_below(1.0, lambda *args: args)
    assert choose(model, "how", None) == (model, "how", None)
    elsewhere = network().to("meta")
    assert choose(elsewhere, "how", masks) == (elsewhere, "how", masks)


def test_a_choice_that_depends_on_company_is_refused():
    masks = masks_of(network(), (0.5, 0.5, 0.5))
    masks["first"][1] = True
    with pytest.raises(ValueError, match="different survivors"):
        sparse_below(0.5, AutogradStep)(network(), protocol(), masks)


@given(st.tuples(*[st.floats(0, 1)] * 3))
def test_weights_that_do_not_matter_have_no_gradient(sparsities):
    model = network()
    masks = masks_of(model, sparsities)
    exact = gradients(model, masks, *batch(50))
    for replica in range(len(GROUP)):
        matrices = [matrix(masks[name][replica]) for name in LAYERS]
        useful = useful_weights(*matrices)
        for name, mask, used in zip(LAYERS, matrices, useful, strict=True):
            assert not (used & ~mask).any()
            assert not matrix(exact[name][replica])[~used].any()


def matrix(vector):
    """A layer's vector as [outputs, inputs + 1]."""
    outputs = CLASSES if len(vector) == CLASSES * (HIDDEN + 1) else HIDDEN
    weight = vector[:-outputs].reshape(outputs, -1)
    return torch.cat([weight, vector[-outputs:, None]], 1).numpy()


def test_what_matters_worked_out_by_hand():
    """Five units: 0 has no input, 1 is read by 2, the logit reads 0 and 2, not 3, 4."""
    first, second, third = (np.zeros(s, dtype=bool) for s in ((5, 3), (5, 6), (1, 6)))
    first[[1, 3], [0, 2]] = True
    second[[0, 2, 2, 4], [0, 0, 1, 5]] = True
    third[0, [0, 2]] = True
    found = Survivors.of([first, second, third])
    # Left are first[1, 0], second[2, 1] and third[0, 2]; the others follow them.
    assert [p.tolist() for p in found.positions] == [[2, 13], [11, 0, 10, 29], [2, 0]]
    assert [len(weights.targets) for weights in found.layers(*np.zeros((2, 16)))] == [
        1, 1, 1,
    ]  # fmt: skip
    assert (found.units, found.size) == (2, 16)


def test_pinned_instructions_give_these_bits_on_any_processor(repository):
    """The compiler sums in the order of the instruction set, which is pinned."""
    environment = os.environ | PORTABLE | {"PYTHONPATH": "src"}
    found = subprocess.run(
        [sys.executable, __file__], cwd=repository, env=environment, check=True,
        capture_output=True, text=True,
    ).stdout  # fmt: skip
    assert found.split() == ["1cdac7d4edb52712"]


def digest():
    """Digest activations and gradients of the compiled loops, without torch."""
    rng = np.random.default_rng(0)
    shapes = ((HIDDEN, INPUTS + 1), (HIDDEN, HIDDEN + 1), (CLASSES, HIDDEN + 1))
    survivors = Survivors.of([rng.random(shape) < 0.7 for shape in shapes])
    weights = rng.random(survivors.size, dtype=np.float32) - 0.5
    gradients = np.zeros_like(weights)
    layers = survivors.layers(weights, gradients)
    units = survivors.units
    x, h1, a2, h2, logits, grad, scratch = (
        rng.random((2, rows, 96), dtype=np.float32) - 0.5
        for rows in (
            INPUTS + 1,
            units + 1,
            units,
            units + 1,
            CLASSES,
            CLASSES,
            units + 1,
        )
    )
    kernels.forward(*layers, x, h1, a2, h2, logits, scratch[0, :units])
    kernels.backward(*layers, x, h1, a2, h2, grad, scratch[0])
    return hashlib.sha256(logits.tobytes() + gradients.tobytes()).hexdigest()[:16]


if __name__ == "__main__":
    print(digest())
