"""Code as users of `mnist1d` write it runs, with one import changed."""

import argparse
import random
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from small_datasets import ARRAYS, SETTINGS, SMALL, assert_equal_datasets
from test_dataset_upstream import upstream

from scaling_down import dataset as ours
from scaling_down.dataset import (
    get_dataset,
    get_dataset_args,
    get_templates,
    make_dataset,
)

SCRIPT = """
args = get_dataset_args()
args.num_samples = 60
args.train_split = 0.5
args.padding = [10, 20]
args.shuffle_seq = True
data = get_dataset(args, path=path, download=False, regenerate=True)
again = get_dataset(args, path=path, download=False, verbose=False)
assert (data["x"] == again["x"]).all()
template = get_templates()
template["x"] = template["x"][:3, ::-1]
template["y"] = template["y"][:3]
mine = make_dataset(args, template=template)
"""


def run_script(module, folder):
    """Run the script with the names of a package."""
    names = {
        name: getattr(module, name)
        for name in ("get_dataset", "get_dataset_args", "get_templates", "make_dataset")
    }
    names["path"] = f"{folder}/mnist1d_data.pkl"
    exec(SCRIPT, names)
    return names


@pytest.fixture
def _global_generators():
    before = np.random.get_state(), random.getstate()
    yield
    np.random.set_state(before[0])
    random.setstate(before[1])


@pytest.mark.usefixtures("_global_generators")
def test_the_same_script_gives_the_same_numbers(tmp_path):
    mine = run_script(ours, tmp_path)
    theirs = run_script(upstream, tmp_path)
    for name in ("data", "mine"):
        assert_equal_datasets(mine[name], theirs[name])
    assert sorted(p.name for p in tmp_path.iterdir()) == [
        "mnist1d_data.npz",
        "mnist1d_data.pkl",
    ]


def test_the_arguments_are_upstream_s():
    theirs = upstream.get_dataset_args(as_dict=True)
    del theirs["url"]
    assert get_dataset_args(as_dict=True) == theirs
    assert vars(get_dataset_args()) == theirs


def test_other_objects_with_attributes_will_do():
    class Config:
        num_samples = 30
        seed = 3

    expected = make_dataset(**SMALL)
    for args in (argparse.Namespace(**SMALL), SimpleNamespace(**SMALL), Config()):
        assert_equal_datasets(make_dataset(args), expected, tolerance=0)
    whole = upstream.get_dataset_args()
    whole.__dict__.update(SMALL)
    assert_equal_datasets(make_dataset(whole), expected, tolerance=0)


def test_keywords_are_laid_over_the_arguments():
    args = get_dataset_args()
    args.num_samples, args.seed = 30, 9
    assert_equal_datasets(
        make_dataset(args, seed=3), make_dataset(**SMALL), tolerance=0
    )


def test_a_misspelt_setting_is_refused_with_the_nearest_name():
    args = get_dataset_args()
    with pytest.raises(AttributeError, match="no setting 'num_sample'; did you mean"):
        args.num_sample = 100
    args.__dict__["final_seq_len"] = 20
    with pytest.raises(TypeError, match="did you mean 'final_seq_length'"):
        make_dataset(args)
    with pytest.raises(TypeError, match="did you mean 'shear_scale'"):
        make_dataset(shear_scal=0.5)
    with pytest.raises(TypeError, match="no setting 'verbose'; there are num_samples,"):
        make_dataset(verbose=True)


@pytest.mark.parametrize("args", [100, {"seed": 3}, "seed", [1]])
def test_what_has_no_attributes_is_refused(args):
    with pytest.raises(TypeError, match="must be an object such as"):
        make_dataset(args)


@st.composite
def templates(draw):
    labels = draw(st.lists(st.integers(-5, 20), min_size=1, max_size=8, unique=True))
    points = draw(st.integers(2, 20))
    rng = np.random.default_rng(draw(st.integers(0, 99)))
    return {
        "x": rng.normal(size=(len(labels), points)),
        "t": np.sort(rng.normal(size=points)),
        "y": np.array(labels),
    }


@settings(max_examples=60, deadline=None)
@given(SETTINGS, templates())
@example({"shuffle_seq": True}, get_templates())
@pytest.mark.usefixtures("_global_generators")
def test_own_templates_equal_upstream_s(given_settings, template):
    values = {"num_samples": 50, **given_settings}
    args = upstream.get_dataset_args()
    args.__dict__.update(values)
    try:
        mine = make_dataset(template=template, **values)
    except ValueError as error:
        assert "empty" in str(error)  # noqa: PT017
        return
    theirs = upstream.make_dataset(args, template=template)
    assert_equal_datasets(mine, theirs)


@pytest.mark.parametrize("shuffled", [False, True])
def test_the_ten_digits_as_own_templates_are_the_same_bits(shuffled):
    values = {**SMALL, "shuffle_seq": shuffled}
    mine = make_dataset(template=get_templates(), **values)
    for name in ARRAYS:
        assert mine[name].tobytes() == make_dataset(**values)[name].tobytes()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"x": np.zeros(12)}, "must be"),
        ({"x": np.zeros((10, 11))}, "must be"),
        ({"t": np.zeros(3)}, "must be"),
        ({"y": np.zeros(10, dtype=int)}, "all different"),
        ({"y": np.linspace(0, 1, 10)}, "integers"),
        ({"x": np.full((10, 12), np.nan)}, "finite"),
    ],
)
def test_wrong_templates_are_refused(change, words):
    with pytest.raises(ValueError, match=words):
        make_dataset(template={**get_templates(), **change})
    incomplete = get_templates()
    del incomplete[next(iter(change))]
    with pytest.raises(ValueError, match="it needs x, t and y"):
        make_dataset(template=incomplete)


def test_more_templates_than_samples_are_refused():
    many = {"x": np.eye(12), "t": np.arange(12), "y": np.arange(12)}
    with pytest.raises(ValueError, match="with 12 templates a part"):
        make_dataset(template=many, num_samples=11)


def test_nothing_is_written_without_a_path(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert_equal_datasets(get_dataset(**SMALL), make_dataset(**SMALL), tolerance=0)
    assert list(tmp_path.iterdir()) == []


def test_a_file_of_other_settings_is_never_returned(tmp_path, capsys):
    path = tmp_path / "data.npz"
    get_dataset(path=path, **SMALL)
    assert "30 samples" in capsys.readouterr().out
    for other in ({**SMALL, "seed": 4}, {**SMALL, "num_samples": 40}):
        with pytest.raises(ValueError, match=r"another dataset .* regenerate=True"):
            get_dataset(path=path, **other)
        new = get_dataset(path=path, regenerate=True, verbose=False, **other)
        assert_equal_datasets(new, make_dataset(**other), tolerance=0)
        get_dataset(path=path, regenerate=True, verbose=False, **SMALL)
