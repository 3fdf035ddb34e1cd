"""Views, the contrastive loss, and training with them, against plain code."""

import numpy as np
import pytest
import torch
from torch.nn import functional

from scaling_down.engine.augmentations import Augmentations, Augmenter, turned
from scaling_down.engine.contrastive import Contrast, contrast, features, info_nce
from scaling_down.engine.layers import parameter_count
from scaling_down.engine.models.simclr import SimCLR
from scaling_down.engine.plain import plain
from scaling_down.engine.process import prepare
from scaling_down.engine.streams import Streams
from scaling_down.engine.training import NonFiniteLoss

PROJECTORS = {(125, 16): 21_716, (): 3_950, (125, 125, 125, 16): 53_216}
ALL = ("shift", "slope", "offset")
T = np.arange(40) - 19.5


@pytest.fixture(autouse=True)
def process():
    prepare("cpu")
    yield
    torch.set_flush_denormal(False)


def augmentations(*applied, **changes):
    values = {"max_shift": 10, "slope_sd": 0.04, "offset_sd": 0.3, **changes}
    return Augmentations(applied=applied, **values)


def settings(**changes):
    values = {
        "learning_rate": 0.01, "epochs": 2, "batch_size": 16, "temperature": 0.5,
        "loss": "one_sided", "augmentations": augmentations(*ALL), **changes,
    }  # fmt: skip
    return Contrast(**values)


def samples(n=40):
    return np.random.default_rng(0).normal(size=(n, 40)) + 0.05 * T + 2


def stacked(x, replicas):
    return torch.from_numpy(x.astype(np.float32)).expand(replicas, *x.shape)


def test_all_augmentations_are_the_notebook_s_sample_by_sample():
    streams, x = Streams(3, "views", (0, 4)), samples()
    view = Augmenter(augmentations(*ALL), streams).view(stacked(x, 2)).numpy()
    for place, replica in enumerate(streams.replicas):
        shifts, slopes, offsets = (
            streams.generator(replica, f"augmentation/{name}") for name in ALL
        )
        shifts = shifts.integers(10, size=len(x))
        slopes = 0.04 * slopes.standard_normal(len(x))
        offsets = 0.3 * offsets.standard_normal(len(x))
        assert set(shifts) == set(range(10))
        for row, sample in enumerate(x):
            flat = sample - sample.mean()
            flat = flat - (flat * T).sum() / (T**2).sum() * T
            expected = np.roll(flat, shifts[row]) + slopes[row] * T + offsets[row]
            np.testing.assert_allclose(view[place, row], expected, atol=2e-5)


def test_what_is_not_applied_stays_as_it_is():
    streams, x = Streams(3, "views", (0, 1)), stacked(samples(), 2)
    assert torch.equal(Augmenter(augmentations(), streams).view(x), x)
    shifted = Augmenter(augmentations("shift"), streams).view(x)
    assert torch.equal(shifted.sort(2)[0], x.sort(2)[0])
    assert not torch.equal(shifted, x)
    moved = Augmenter(augmentations("offset"), streams).view(x) - x
    torch.testing.assert_close(
        moved, moved[..., :1].expand_as(moved), atol=1e-5, rtol=0
    )
    sloped = Augmenter(augmentations("slope"), streams).view(x)
    torch.testing.assert_close(sloped.mean(2), x.mean(2), atol=1e-5, rtol=0)


def test_augmentations_share_their_draws_and_views_differ():
    streams, x = Streams(3, "views", (0, 1)), stacked(samples(), 2)
    flat = {"slope_sd": 0.0, "offset_sd": 0.0}
    both = Augmenter(augmentations("shift", "offset", **flat), streams)
    alone = Augmenter(augmentations("shift"), streams)
    first = alone.view(x)
    torch.testing.assert_close(
        both.view(x), first - first.mean(2, keepdim=True), atol=1e-5, rtol=0
    )
    assert not torch.equal(alone.view(x), first)
    assert not torch.equal(first[0], first[1])


def test_turned_is_roll():
    x = torch.arange(10.0).view(1, 2, 5)
    np.testing.assert_array_equal(
        turned(x, torch.tensor([[2, 0]])), [[[3, 4, 0, 1, 2], [5, 6, 7, 8, 9]]]
    )


def outputs():
    generator = torch.Generator().manual_seed(1)
    return torch.randn(2, 3, 8, 16, generator=generator)


def test_one_sided_loss_is_the_notebook_s():
    first, second = outputs()
    losses = info_nce(first, second, 0.5, "one_sided")
    for a, b, loss in zip(first, second, losses, strict=True):
        sims = torch.exp(functional.normalize(a) @ functional.normalize(b).T / 0.5)
        expected = torch.mean(-torch.log(sims.diag()) + torch.log(sims.sum(1)))
        torch.testing.assert_close(loss, expected)


def test_two_sided_loss_is_the_mean_of_both_directions():
    first, second = outputs()
    there = info_nce(first, second, 0.5, "one_sided")
    back = info_nce(second, first, 0.5, "one_sided")
    assert not torch.allclose(there, back)
    both = info_nce(first, second, 0.5, "two_sided")
    torch.testing.assert_close(both, (there + back) / 2)


@pytest.mark.parametrize(("projector", "parameters"), PROJECTORS.items())
def test_layers_are_those_of_an_ordinary_module(projector, parameters):
    model = SimCLR(Streams(0, "simclr", (0, 1, 2)), projector)
    assert parameter_count(model) == parameters
    x = samples()
    found = features(model, x)
    assert [layer.shape[2] for layer in found] == [475, 250, 125, *projector]
    for replica in range(3):
        module = plain(model, replica)
        assert sum(p.numel() for p in module.parameters()) == parameters
        expected = module.layers(torch.from_numpy(x.astype(np.float32)))
        for layer, wanted in zip(found, expected, strict=True):
            torch.testing.assert_close(
                torch.from_numpy(layer[replica]), wanted, rtol=1e-4, atol=1e-5
            )
    assert not np.array_equal(found[0][0], found[0][1])


def test_projectors_begin_alike():
    streams = Streams(0, "simclr", (0, 1))
    default, deep = (SimCLR(streams, p) for p in ((125, 16), (125, 125, 125, 16)))
    for ours, theirs in zip(
        features(default, samples())[:4], features(deep, samples()), strict=False
    ):
        np.testing.assert_array_equal(ours, theirs)


@pytest.mark.parametrize("projector", PROJECTORS)
@pytest.mark.parametrize("loss", ["one_sided", "two_sided"])
def test_training_is_that_of_ordinary_modules(projector, loss):
    """Three steps of Adam, one replica after the other, on the same views."""
    streams, x = Streams(5, "simclr", (0, 3)), samples(48)
    model = SimCLR(streams, projector)
    modules = [plain(model, place) for place in range(2)]
    chosen = settings(epochs=1, loss=loss)
    history = contrast(model, x, chosen, streams)
    for place, (replica, module) in enumerate(
        zip(streams.replicas, modules, strict=True)
    ):
        order = streams.generator(replica, "batch-order").permutation(48)
        own = Augmenter(chosen.augmentations, Streams(5, "simclr", (replica,)))
        views = [own.view(stacked(x[order], 1))[0] for _ in range(2)]
        optimizer = torch.optim.Adam(module.parameters(), lr=0.01)
        losses = []
        for part in (slice(0, 16), slice(16, 32), slice(32, 48)):
            first, second = (module(view[part])[None] for view in views)
            value = info_nce(first, second, 0.5, loss)[0]
            optimizer.zero_grad()
            value.backward()
            optimizer.step()
            losses.append(value.item())
        assert history[place, 0] == pytest.approx(np.mean(losses), rel=1e-4)


@pytest.mark.parametrize("batch", [20, 17])
@pytest.mark.parametrize("projector", PROJECTORS)
def test_a_replica_has_the_same_bits_in_other_company(projector, batch):
    x = samples(50)

    def trained(replicas):
        streams = Streams(5, "simclr", replicas)
        model = SimCLR(streams, projector)
        history = contrast(model, x, settings(batch_size=batch), streams)
        return [history, *features(model, x)]

    together, others = trained((0, 1, 2, 7)), trained((7, 1))
    alone = trained((7,))
    for all_of_them, two, one in zip(together, others, alone, strict=True):
        np.testing.assert_array_equal(all_of_them[3], two[0])
        np.testing.assert_array_equal(all_of_them[3:], one)
        assert not np.array_equal(all_of_them[0], all_of_them[1])


def test_samples_that_fill_no_batch_are_left_out():
    steps = []
    streams = Streams(5, "simclr", (0, 1))
    model = SimCLR(streams)
    step = SimCLR.stacked_logits

    def counted(self, x):
        steps.append(x.shape[1])
        return step(self, x)

    model.stacked_logits = counted.__get__(model)
    contrast(model, samples(50), settings(epochs=1, batch_size=20), streams)
    assert steps == [40, 40]


def test_no_epochs_leave_a_network_as_it_was():
    streams, x = Streams(5, "simclr", (0, 1)), samples()
    model = SimCLR(streams)
    before = features(model, x)[-1]
    assert contrast(model, x, settings(epochs=0), streams).shape == (2, 0)
    np.testing.assert_array_equal(features(model, x)[-1], before)


def test_the_first_loss_that_is_not_finite_is_named():
    streams, x = Streams(5, "simclr", (2, 6)), samples()
    model = SimCLR(streams)
    with torch.no_grad():
        model.linears[-1].bias[1] = torch.nan
    with pytest.raises(NonFiniteLoss, match=r"replica 6: .* step 0"):
        contrast(model, x, settings(), streams)
