"""The chain shows the samples of the dataset after each step."""

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from small_datasets import SETTINGS, SMALL

from scaling_down.dataset import make_dataset, transformation_chain


@settings(max_examples=25, deadline=None)
@given(SETTINGS, st.data())
@example({"shuffle_seq": True}, None)
def test_chain_ends_in_rows_of_the_dataset(given_settings, data):
    chosen = {"num_samples": 40, **given_settings}
    most = chosen["num_samples"] // 10 - 1
    sample = data.draw(st.integers(0, most)) if data else most
    chain, whole = transformation_chain(sample, **chosen), make_dataset(**chosen)
    x = np.concatenate([whole["x"], whole["x_test"]])
    y = np.concatenate([whole["y"], whole["y_test"]])
    assert ("shuffle" in chain) == chosen.get("shuffle_seq", False)
    for digit, row in enumerate(chain["standardise"]):
        near = np.isclose(x[y == digit], row, rtol=1e-12, atol=1e-12)
        assert near.all(axis=1).any()


@pytest.mark.parametrize("shuffle_seq", [False, True])
def test_chains_of_all_samples_are_the_whole_dataset(shuffle_seq):
    chosen = {**SMALL, "shuffle_seq": shuffle_seq}
    chains = [transformation_chain(sample, **chosen) for sample in range(3)]
    rows = np.concatenate([chain["standardise"] for chain in chains])
    data = make_dataset(**chosen)
    expected = np.concatenate([data["x"], data["x_test"]])
    rows, expected = (x[np.argsort(x[:, 0])] for x in (rows, expected))
    np.testing.assert_allclose(rows, expected, rtol=1e-12, atol=1e-12)


def test_chain_names_and_shapes():
    chain = transformation_chain(**SMALL)
    middle = ["dilate", "scale", "translate", "correlated_noise", "iid_noise", "shear"]
    full = dict.fromkeys(middle, (10, 72))
    last = {"subsample": (10, 40), "standardise": (10, 40)}
    shapes = {name: array.shape for name, array in chain.items()}
    longest = shapes.pop("pad")
    assert longest[0] == 10
    assert 48 <= longest[1] <= 72
    assert list(chain)[:3] == ["template", "pad", "dilate"]
    assert list(shapes.items()) == [
        ("template", (10, 12)),
        *full.items(),
        *last.items(),
    ]


@pytest.mark.parametrize("sample", [-1, 3, 1.0, True])
def test_chain_refuses_a_sample_that_is_not_there(sample):
    with pytest.raises(ValueError, match=r"^sample is .* from 0 to 2"):
        transformation_chain(sample, **SMALL)
