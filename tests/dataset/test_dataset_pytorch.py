"""The torch Dataset: types, the channel axis, the three parts."""

import pytest
import torch
from small_datasets import SMALL
from torch.utils.data import DataLoader

from scaling_down.dataset import get_dataset_args, make_dataset
from scaling_down.dataset.pytorch import MNIST1D


def test_items_are_signals_with_a_channel_and_labels():
    part = MNIST1D(**SMALL)
    signals, labels = next(iter(DataLoader(part, batch_size=8)))
    assert signals.shape == (8, 1, 40)
    assert signals.dtype == torch.float32
    assert labels.dtype == torch.int64
    data = make_dataset(**SMALL)
    expected = torch.as_tensor(data["x"][:8, None], dtype=torch.float32)
    torch.testing.assert_close(signals, expected, rtol=0, atol=0)
    assert labels.tolist() == data["y"][:8].tolist()
    assert part.t.shape == (40,)


def test_the_parts_are_the_dataset_without_overlap():
    args = get_dataset_args()
    args.num_samples = 100
    train, validation, test = (
        MNIST1D(split, validation=0.25, args=args)
        for split in ("train", "validation", "test")
    )
    assert (len(train), len(validation), len(test)) == (60, 20, 20)
    whole = MNIST1D(args=args)
    assert torch.equal(torch.cat([train.labels, validation.labels]), whole.labels)
    assert torch.equal(torch.cat([train.signals, validation.signals]), whole.signals)


def test_an_empty_or_unknown_part_is_refused():
    with pytest.raises(ValueError, match=r"validation is 0\.0, .* validation has"):
        MNIST1D("validation", **SMALL)
    with pytest.raises(ValueError, match=r"validation is 1\.0, .* train has samples"):
        MNIST1D("train", validation=1, **SMALL)
    with pytest.raises(ValueError, match="split is 'dev', but must be one of train"):
        MNIST1D("dev", **SMALL)
    with pytest.raises(TypeError, match="did you mean 'num_samples'"):
        MNIST1D(num_sample=3)
