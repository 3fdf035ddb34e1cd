"""Settings of datasets, a few samples, and what makes two datasets equal."""

import numpy as np
from hypothesis import strategies as st

ARRAYS = ("x", "y", "x_test", "y_test", "t")
SMALL = {"num_samples": 30, "seed": 3}


def scales(high):
    return st.floats(0.0, high) | st.sampled_from([0.0, high])


PADDINGS = st.tuples(st.integers(0, 70), st.integers(0, 70)).map(sorted).map(tuple)
SETTINGS = st.fixed_dictionaries(
    {},
    optional={
        "num_samples": st.integers(10, 60),
        "train_split": st.floats(0.1, 0.9),
        "template_len": st.integers(2, 20),
        "padding": PADDINGS,
        "scale_coeff": scales(3.0),
        "max_translation": st.integers(1, 200),
        "corr_noise_scale": scales(2.0),
        "iid_noise_scale": scales(2.0),
        "shear_scale": scales(5.0),
        "shuffle_seq": st.booleans(),
        "final_seq_length": st.integers(2, 60),
        "seed": st.integers(0, 2**32 - 1),
    },
)


def assert_equal_datasets(ours, theirs, tolerance=1e-12):
    assert set(ours) == set(theirs) == {*ARRAYS, "templates"}
    pairs = [(ours[name], theirs[name]) for name in ARRAYS]
    pairs += [(ours["templates"][k], theirs["templates"][k]) for k in "xty"]
    for mine, other in pairs:
        assert mine.dtype == other.dtype
        np.testing.assert_allclose(mine, other, rtol=tolerance, atol=tolerance)
