import numpy as np
import pytest
import torch

from scaling_down.engine.deformations import (
    Deformations,
    Deformer,
    deformed,
    turned_by,
)
from scaling_down.engine.streams import Streams

NONE = {"max_shift": 0.0, "scale": 0.0, "shear": 0.0, "noise": 0.0}


def samples(seed=0):
    x = torch.from_numpy(np.random.default_rng(seed).normal(size=(2, 5, 40))).float()
    return torch.nn.functional.pad(x, (0, 8))


def views(replicas=(0, 1), **strengths):
    deformer = Deformer(Deformations(**NONE | strengths), Streams(0, "d", replicas), 40)
    return deformer, deformer.view(samples()[: len(replicas)])


def test_a_whole_shift_turns_round_and_half_of_one_lies_between():
    x = torch.arange(4.0)[None, None]
    for shift, expected in (
        (1.0, [3, 0, 1, 2]), (-1.0, [1, 2, 3, 0]), (0.5, [1.5, 0.5, 1.5, 2.5]),
        (4.0, [0, 1, 2, 3]),
    ):  # fmt: skip
        turned = turned_by(x, torch.full((1, 1), shift))
        assert turned.flatten().tolist() == expected


def test_a_line_stays_where_it_was_when_a_sample_is_turned():
    line = torch.linspace(-2, 2, 40).expand(1, 1, 40)
    one, zero = torch.ones(1, 1), torch.zeros(1, 1)
    torch.testing.assert_close(deformed(line, 7 * one, one, zero), line)
    risen = deformed(line, zero, 2 * one, 3 * one)
    torch.testing.assert_close(risen, torch.linspace(-5.5, 5.5, 40).expand(1, 1, 40))


def test_without_strength_nothing_happens_and_padding_stays_zero():
    torch.testing.assert_close(views()[1], samples(), atol=1e-6, rtol=0)
    strong = views(max_shift=20.0, scale=0.4, shear=1.0, noise=0.1)[1]
    assert (strong[..., 40:] == 0).all()


@pytest.mark.parametrize("name", NONE)
def test_each_strength_changes_every_sample_anew(name):
    deformer, first = views(**{name: 0.5})
    second = deformer.view(samples())
    for other in (samples(), second):
        assert ((first - other).abs().amax(2) > 1e-4).all()


def test_views_depend_on_the_replica_alone():
    strengths = {"max_shift": 5.0, "scale": 0.4, "shear": 1.0, "noise": 0.1}
    together, alone = views(**strengths)[1], views((0,), **strengths)[1]
    assert together[:1].equal(alone)
    assert not together[0].equal(together[1])
