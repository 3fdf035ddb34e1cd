"""The dataset: equal to upstream's package, pinned, checked and saved safely."""

import hashlib
import inspect
import random
import warnings

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scipy.interpolate import interp1d
from scipy.ndimage import gaussian_filter

from scaling_down.dataset import (
    DatasetSettings,
    digit_templates,
    load_dataset,
    make_dataset,
    save_dataset,
    transformation_chain,
    transforms,
)

# Upstream imports its plotting and download libraries, which may warn.
with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from mnist1d import data as upstream

ARRAYS = ("x", "y", "x_test", "y_test", "t")
DEFAULT_DIGEST = "133f207db432e1eb5f1d7d0a66e87e84da1690dbef54f16bb5c2f6ffcfc036b4"
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


def upstream_dataset(given_settings):
    before = np.random.get_state(), random.getstate()
    try:
        args = upstream.get_dataset_args()
        args.__dict__.update({"num_samples": 50, **given_settings})
        return upstream.make_dataset(args)
    finally:
        np.random.set_state(before[0])
        random.setstate(before[1])


def assert_equal_datasets(ours, theirs, tolerance=1e-12):
    assert set(ours) == set(theirs) == {*ARRAYS, "templates"}
    pairs = [(ours[name], theirs[name]) for name in ARRAYS]
    pairs += [(ours["templates"][k], theirs["templates"][k]) for k in "xty"]
    for mine, other in pairs:
        assert mine.dtype == other.dtype
        np.testing.assert_allclose(mine, other, rtol=tolerance, atol=tolerance)


# Equality with upstream


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


# The published dataset


@pytest.fixture(scope="module")
def default():
    return make_dataset()


def test_default_dataset_is_pinned(default):
    digest = hashlib.sha256()
    for name in ARRAYS:
        rounded = np.round(default[name], 6) + 0.0  # -0.0 becomes 0.0
        digest.update(rounded.astype("<f8").tobytes())
    assert digest.hexdigest() == DEFAULT_DIGEST


def test_default_dataset_has_the_published_facts(default):
    train = [398, 396, 411, 394, 394, 402, 401, 404, 402, 398]
    test = [102, 104, 89, 106, 106, 98, 99, 96, 98, 102]
    assert default["x"].shape == (4000, 40)
    assert default["x_test"].shape == (1000, 40)
    assert np.bincount(default["y"]).tolist() == train
    assert np.bincount(default["y_test"]).tolist() == test
    assert default["y"][:10].tolist() == [2, 6, 4, 5, 6, 6, 6, 0, 3, 1]
    assert default["y_test"][:10].tolist() == [2, 6, 3, 9, 4, 3, 1, 9, 5, 2]
    assert default["x"].mean() == pytest.approx(-0.00032, abs=5e-6)
    assert default["x"].std() == pytest.approx(0.99765, abs=5e-6)


def test_whole_set_is_standardised():
    data = make_dataset(**SMALL)
    x = np.concatenate([data["x"], data["x_test"]])
    assert x.mean() == pytest.approx(0.0, abs=1e-12)
    assert x.std() == pytest.approx(1.0, abs=1e-12)


def test_remainder_of_num_samples_is_dropped():
    data = make_dataset(num_samples=39)
    labels = np.concatenate([data["y"], data["y_test"]])
    assert np.bincount(labels).tolist() == [3] * 10


def test_same_seed_same_bytes_and_other_seed_other_data():
    first, second = make_dataset(**SMALL), make_dataset(**SMALL)
    other = make_dataset(**{**SMALL, "seed": 4})
    assert first["x"].tobytes() == second["x"].tobytes()
    assert not np.array_equal(first["x"], other["x"])


def test_global_generators_are_left_alone():
    before = np.random.get_state(), random.getstate()
    make_dataset(**SMALL)
    transformation_chain(**SMALL)
    after = np.random.get_state(), random.getstate()
    assert before[1] == after[1]
    assert all(np.array_equal(*pair) for pair in zip(before[0], after[0], strict=True))


# Refusals

WRONG = [
    ("num_samples", [9, 0, -10, 100.0, "100", True, None]),
    ("train_split", [-0.1, 1.1, 0, 1, 0.0, 1.0, 1e-5, float("nan"), "0.8", True]),
    ("template_len", [0, -1, 12.0, None]),
    ("padding", [(60, 36), (-1, 5), (1, 2, 3), (5,), 36, "ab", (1.0, 2), None]),
    ("scale_coeff", [-0.1, float("inf"), float("nan"), "1", True, 1j, [1]]),
    ("max_translation", [0, -1, 48.0, 2**31, False]),
    ("corr_noise_scale", [-0.1, float("inf"), None, 10**400]),
    ("iid_noise_scale", [-1e-9, float("nan"), "no"]),
    ("shear_scale", [-1, float("-inf"), ()]),
    ("shuffle_seq", [0, 1, "yes", None]),
    ("final_seq_length", [0, -40, 40.0, "40"]),
    ("seed", [-1, 2**32, 1.0, None, "42"]),
]


@pytest.mark.parametrize(
    ("name", "value"), [(name, value) for name, values in WRONG for value in values]
)
def test_wrong_setting_is_refused_in_one_line(name, value):
    with pytest.raises(ValueError, match=rf"^{name} is .+, but must be ") as caught:
        make_dataset(**{name: value})
    assert "\n" not in str(caught.value)


def test_every_setting_has_a_refusal():
    assert [name for name, _ in WRONG] == list(
        inspect.signature(DatasetSettings).parameters
    )


def test_refusal_shows_the_value_and_what_is_allowed():
    with pytest.raises(ValueError, match=r"num_samples is 9, .* at least 10$"):
        make_dataset(num_samples=9)


def test_one_position_cannot_be_interpolated():
    with pytest.raises(ValueError, match=r"^template_len is 1, but must be at least 2"):
        make_dataset(template_len=1, padding=(0, 0))


def test_unknown_setting_and_positional_use_are_refused():
    with pytest.raises(TypeError, match="num_sample"):
        make_dataset(num_sample=100)
    with pytest.raises(TypeError):
        make_dataset(100)


def test_data_without_spread_are_refused():
    still = dict.fromkeys(["scale_coeff", "corr_noise_scale", "iid_noise_scale"], 0)
    with pytest.raises(ValueError, match="all values are equal"):
        make_dataset(
            final_seq_length=1,
            max_translation=1,
            shear_scale=0,
            num_samples=20,
            **still,
        )


def test_numpy_numbers_are_welcome():
    theirs = {"num_samples": np.int8(30), "seed": np.uint32(3)}
    ours = make_dataset(**theirs, padding=np.array([36, 60]), shuffle_seq=np.bool_(0))
    assert_equal_datasets(ours, make_dataset(**SMALL), tolerance=0)
    assert type(DatasetSettings(**theirs).num_samples) is int


# The chain


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


# The steps

FEW = st.integers(1, 5)
LENGTHS = st.integers(2, 90)


def signals(count, length, seed=0):
    return np.random.RandomState(seed).standard_normal((count, length))


@settings(max_examples=100, deadline=None)
@given(FEW, LENGTHS, st.integers(1, 90))
def test_resample_equals_scipy(count, old, new):
    x = signals(count, old)
    grid = np.linspace(0, 1, old)
    expected = interp1d(grid, x, axis=1)(np.linspace(0, 1, new))
    np.testing.assert_allclose(transforms.resample(x, new), expected, atol=1e-12)


@settings(max_examples=100, deadline=None)
@given(LENGTHS, LENGTHS)
def test_resample_keeps_the_zeros_at_the_end(old, new):
    x = np.ones((1, old))
    x[:, -1] = 0.0
    assert transforms.resample(x, new)[0, -1] == 0.0


@settings(deadline=None)
@given(FEW, LENGTHS, st.integers(0, 200))
def test_translate_rolls_and_leaves_long_shifts_out(count, length, shift):
    x = signals(count, length)
    shifts = shift + np.arange(count)
    for row, own, moved in zip(x, shifts, transforms.translate(x, shifts), strict=True):
        np.testing.assert_array_equal(moved, np.roll(row, own if own < length else 0))


@settings(deadline=None)
@given(st.lists(st.integers(0, 30), min_size=1, max_size=6), LENGTHS)
def test_pad_and_dilate_treat_each_row_alone(amounts, length):
    x, amounts = signals(len(amounts), 12), np.array(amounts)
    padded = transforms.pad(x, amounts)
    dilated = transforms.dilate(padded, 12 + amounts, length)
    for row, amount, wide, last in zip(x, amounts, padded, dilated, strict=True):
        by_hand = np.concatenate([row + transforms.OFFSET, np.zeros(amount)])
        np.testing.assert_array_equal(wide[: 12 + amount], by_hand)
        assert np.isnan(wide[12 + amount :]).all()
        np.testing.assert_array_equal(
            last, transforms.resample(by_hand[None], length)[0]
        )


def test_correlate_is_the_gaussian_filter_of_each_row():
    noise = signals(3, 41)
    for row, smooth in zip(noise, transforms.correlate(noise), strict=True):
        np.testing.assert_allclose(smooth, gaussian_filter(row, 2), atol=1e-12)


def test_noise_fills_the_zeros_only():
    x, noise = np.array([[0.0, 1e-8, -2.0]]), np.array([[5.0, 6.0, 7.0]])
    assert transforms.fill_padding(x, noise).tolist() == [[5.0, 1e-8, -2.0]]


def test_scale_and_shear_act_row_by_row():
    x = np.ones((2, 3))
    assert transforms.scale(x, np.array([2.0, 3.0])).tolist() == [[2.0] * 3, [3.0] * 3]
    sheared = transforms.shear(x, np.array([0.0, 2.0]))
    assert sheared.tolist() == [[1.0, 1.0, 1.0], [2.0, 1.0, 0.0]]


def test_templates_start_and_end_at_zero():
    templates = digit_templates()
    assert templates["x"].shape == (10, 12)
    assert not templates["x"][:, [0, -1]].any()
    np.testing.assert_allclose(templates["x"].std(axis=1), 1 / 6)
    assert templates["y"].tolist() == list(range(10))


# Files


def saved(folder):
    dataset = make_dataset(**SMALL, final_seq_length=10)
    save_dataset(folder / "data.npz", dataset)
    return folder / "data.npz", dataset


def test_saved_dataset_comes_back_and_leaves_one_file(tmp_path):
    path, dataset = saved(tmp_path)
    assert_equal_datasets(load_dataset(str(path)), dataset, tolerance=0)
    assert [entry.name for entry in tmp_path.iterdir()] == ["data.npz"]


def test_saved_file_is_byte_stable(tmp_path):
    path, dataset = saved(tmp_path)
    save_dataset(str(tmp_path / "again"), dataset)
    assert path.read_bytes() == (tmp_path / "again").read_bytes()


def test_failed_save_keeps_the_old_file(tmp_path):
    path, dataset = saved(tmp_path)
    before = path.read_bytes()
    with pytest.raises(ValueError, match="allow_pickle"):
        save_dataset(path, {**dataset, "t": np.array([object()])})
    assert path.read_bytes() == before
    assert [entry.name for entry in tmp_path.iterdir()] == ["data.npz"]


@settings(max_examples=150, deadline=None)
@given(st.floats(0.0, 1.0, exclude_max=True), st.integers(1, 255), st.booleans())
def test_damage_is_refused_or_harmless(tmp_path_factory, place, flip, cut):
    path, dataset = saved(tmp_path_factory.mktemp("damage"))
    content = bytearray(path.read_bytes())
    position = int(place * len(content))
    content[position] ^= flip
    path.write_bytes(content[:position] if cut else content)
    try:
        assert_equal_datasets(load_dataset(path), dataset, tolerance=0)
        assert not cut
    except ValueError as error:
        assert str(path) in str(error)  # noqa: PT017


def test_flipped_number_is_refused(tmp_path):
    path, dataset = saved(tmp_path)
    content = path.read_bytes()
    number = dataset["x"][3, 3].tobytes()
    assert content.count(number) == 1
    path.write_bytes(content.replace(number, number[::-1]))
    with pytest.raises(ValueError, match="damaged or is not a saved dataset"):
        load_dataset(path)


def test_foreign_files_are_refused(tmp_path, default):
    path = tmp_path / "foreign.npz"
    np.savez(path, x=np.zeros(3))
    with pytest.raises(ValueError, match=r"foreign\.npz is damaged or is not"):
        load_dataset(path)
    save_dataset(path, {**default, "y": default["y"][:-1]})
    with pytest.raises(ValueError, match="do not fit together"):
        load_dataset(path)
    path.write_text("x,y\n1,2\n")
    with pytest.raises(ValueError, match=r"foreign\.npz is damaged or is not"):
        load_dataset(path)


def test_missing_file_is_reported_as_missing(tmp_path):
    with pytest.raises(FileNotFoundError):
        load_dataset(tmp_path / "none.npz")
