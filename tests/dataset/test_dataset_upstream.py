"""Equal to upstream's package, for any legal setting."""

import random
import warnings

import numpy as np
from hypothesis import example, given, settings
from small_datasets import SETTINGS, assert_equal_datasets

from scaling_down.dataset import DatasetSettings, make_dataset

# Upstream imports its plotting and download libraries, which may warn.
with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from mnist1d import data as upstream


def upstream_dataset(given_settings):
    before = np.random.get_state(), random.getstate()
    try:
        args = upstream.get_dataset_args()
        args.__dict__.update({"num_samples": 50, **given_settings})
        return upstream.make_dataset(args)
    finally:
        np.random.set_state(before[0])
        random.setstate(before[1])


@settings(max_examples=80, deadline=None)
@given(SETTINGS)
@example({"padding": (0, 0)})
@example({"padding": (0, 1), "corr_noise_scale": 2.0})
@example({"padding": (0, 0), "template_len": 12, "max_translation": 1})
@example({"padding": [5, 5], "template_len": 3})
@example({"max_translation": 1})
@example({"max_translation": 72})
@example({"max_translation": 73})
@example({"padding": (35, 60), "template_len": 11, "final_seq_length": 39})
@example({"padding": (7, 7), "template_len": 12, "final_seq_length": 19})
@example({"final_seq_length": 1})
@example({"final_seq_length": 200})
@example({"shuffle_seq": True})
@example({"train_split": 0.5, "num_samples": 10})
@example({"num_samples": 59, "train_split": 0.7})
@example({"seed": 0})
@example({"seed": 2**32 - 1})
@example({"iid_noise_scale": 0.0, "corr_noise_scale": 0.0, "scale_coeff": 0.0})
def test_equals_upstream_for_any_legal_setting(given_settings):
    ours = make_dataset(**{"num_samples": 50, **given_settings})
    assert_equal_datasets(ours, upstream_dataset(given_settings))


def test_defaults_are_upstreams():
    theirs = upstream.get_dataset_args(as_dict=True)
    theirs.pop("url")
    theirs["padding"] = tuple(theirs["padding"])
    assert vars(DatasetSettings()) == theirs
