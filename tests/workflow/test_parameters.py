import math
import os
import shutil
import subprocess
import sys

import pytest
from ruamel.yaml import YAML

from scaling_down.workflow.experiment import room
from scaling_down.workflow.parameters.file import (
    ParameterError,
    experiment_names,
    load_params,
    params_model,
    validate,
)

REMOVED = object()
STEPS = "classification.steps"
MODELS = "classification.models"
RATE = "classification.learning_rate"
SPLIT = "dataset.train_split"
PADDING = "dataset.padding"
RESULTS = "general.results"
INTEGER = "a valid integer"
FINITE = "a finite number"


def messages(path, text: str | bytes) -> list[str]:
    """Return the lines with which a file of this text is refused."""
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(ParameterError) as refusal:
        load_params(path)
    lines = str(refusal.value).split("\n")
    for line in lines:
        assert line.startswith(f"{path}: ")
        assert line.isprintable()
        assert len(line) < 600
    return [line.removeprefix(f"{path}: ") for line in lines]


def dumped(values, path) -> str:
    with path.open("w", encoding="utf-8") as file:
        YAML(typ="safe", pure=True).dump(values, file)
    return path.read_text(encoding="utf-8")


def changed(values, key, value):
    *sections, last = key.split(".")
    for section in sections:
        values = values[int(section) if isinstance(values, list) else section]
    if value is REMOVED:
        del values[last]
    else:
        values[last] = value


@pytest.mark.parametrize("name", ["params.yaml", "tests/params.yaml"])
def test_files_of_the_repository_are_good(repository, name):
    params = load_params(repository / name)
    assert set(params_model().model_fields) == {
        "general",
        "execution",
        *experiment_names(),
    }
    assert params.general.seed == 0


def test_presets_are_good(repository):
    for preset in (repository / "presets").glob("*.yaml"):
        over = YAML(typ="safe", pure=True).load(preset)
        load_params(repository / "params.yaml", over)


@pytest.mark.parametrize(
    ("key", "value", "given", "allowed"),
    [
        (STEPS, True, "True", INTEGER),
        (STEPS, "20", "'20'", INTEGER),
        (STEPS, 20.0, "20.0", INTEGER),
        (STEPS, None, "None", INTEGER),
        (STEPS, [20], "[20]", INTEGER),
        (STEPS, {"a": 1}, "{'a': 1}", INTEGER),
        (STEPS, 0, "0", "greater than or equal to 1"),
        (STEPS, -3, "-3", "greater than or equal to 1"),
        (STEPS, 10**12, str(10**12), "less than or equal to 1000000000"),
        ("classification.replicas", 0, "0", "greater than or equal to 1"),
        ("classification.replicas_per_job", -1, "-1", "greater than or equal to 1"),
        (RATE, math.nan, "nan", FINITE),
        (RATE, math.inf, "inf", FINITE),
        (RATE, -math.inf, "-inf", FINITE),
        (RATE, 0, "0", "greater than 0"),
        (RATE, -0.01, "-0.01", "greater than 0"),
        (RATE, False, "False", "a valid number"),
        (RATE, "0.01", "'0.01'", "a valid number"),
        ("classification.optimizer", "Adam", "'Adam'", "'adam' or 'sgd'"),
        (MODELS, "mlp", "'mlp'", "a valid array"),
        (MODELS, [], "[]", "at least 1 item"),
        (MODELS, ["mlp", "cnn", "mlp"], "['mlp', 'cnn', 'mlp']", "all different"),
        (f"{MODELS}.1", ["mlp", "ccn"], "'ccn'", "'mlp', 'cnn' or 'gru'"),
        ("classification.drawing.width", 0, "0", "greater than 0.5"),
        (SPLIT, 1.0, "1.0", "less than 1"),
        (SPLIT, 1, "1", "less than 1"),
        (SPLIT, 0.0, "0.0", "greater than 0"),
        (SPLIT, -0.2, "-0.2", "greater than 0"),
        (SPLIT, math.nan, "nan", FINITE),
        (PADDING, [1, 2, 3], "[1, 2, 3]", "at most 2 items"),
        (f"{PADDING}.0", [-1, 60], "-1", "greater than or equal to 0"),
        ("dataset.num_samples", 9, "9", "greater than or equal to 10"),
        ("dataset.shuffle_seq", "no", "'no'", "a valid boolean"),
        ("dataset.shuffle_seq", 0, "0", "a valid boolean"),
        ("dataset.max_translation", 0, "0", "greater than or equal to 1"),
        ("dataset.drawing.samples_per_class", 31, "31", "less than or equal to 30"),
        ("execution.device", "gpu", "'gpu'", "'cpu', 'cuda' or 'auto'"),
        ("execution", "cpu", "'cpu'", "a section"),
        ("execution", None, "None", "a section"),
        ("execution", ["cpu"], "['cpu']", "a section"),
        ("general.seed", -1, "-1", "greater than or equal to 0"),
        ("general.seed", 2**32, str(2**32), "less than 4294967296"),
        ("general.banner", "x" * 61, "'xxx", "at most 60 characters"),
        ("general.banner", "two\nlines", r"'two\nlines'", "match pattern"),
        (RESULTS, "../elsewhere", "'../elsewhere'", "match pattern"),
        (RESULTS, "a/../../b", "'a/../../b'", "without '..'"),
        (RESULTS, "/tmp/results", "'/tmp/results'", "match pattern"),
        (RESULTS, "a; rm b", "'a; rm b'", "match pattern"),
        (RESULTS, "$HOME", "'$HOME'", "match pattern"),
        (RESULTS, "{run}", "'{run}'", "match pattern"),
        (RESULTS, "-x", "'-x'", "match pattern"),
        (RESULTS, "x\n", r"'x\n'", "match pattern"),
        (RESULTS, ".", "'.'", "match pattern"),
        (RESULTS, "", "''", "match pattern"),
    ],
)
def test_wrong_value_is_one_line(tmp_path, tiny_values, key, value, given, allowed):
    place = key.rpartition(".")[0] if key[-1].isdigit() else key
    changed(tiny_values, place, value)
    path = tmp_path / "params.yaml"
    (line,) = messages(path, dumped(tiny_values, path))
    assert line.startswith(f"{key}: given {given}")
    assert allowed in line.partition(", allowed: ")[2]


@pytest.mark.parametrize(
    ("key", "value", "parts"),
    [
        (
            "classification.stepz",
            3,
            ["unknown key", "steps", "batch_size", "did you mean 'steps'?"],
        ),
        ("classification.drawing.withd", 3, ["unknown key", "did you mean 'width'?"]),
        ("clasification", {}, ["unknown key", "did you mean 'classification'?"]),
        ("zzz", 3, ["unknown key, allowed: ", "general"]),
        ("general.drawing", {}, ["unknown key, allowed: banner, figures"]),
        (
            "interpolation_threshold.sweeps.0.epoch",
            3,
            ["unknown key, allowed: cells, epochs", "did you mean 'epochs'?"],
        ),
        (
            "improved_baselines.arms.dense.widht",
            3,
            ["unknown key", "did you mean 'width'?"],
        ),
        (STEPS, REMOVED, ["missing"]),
        ("dataset", REMOVED, ["missing"]),
        ("general.seed", REMOVED, ["missing"]),
    ],
)
def test_wrong_key_is_one_line(tmp_path, tiny_values, key, value, parts):
    changed(tiny_values, key, value)
    path = tmp_path / "params.yaml"
    (line,) = messages(path, dumped(tiny_values, path))
    assert line.startswith(f"{key}: ")
    assert all(part in line for part in parts)


@pytest.mark.parametrize(
    ("change", "parts"),
    [
        ({"padding": [60, 36]}, ["padding", "[60, 36]", "0 <= low <= high"]),
        ({"num_samples": 10, "train_split": 0.01}, ["train_split", "0.01", "10"]),
        ({"template_len": 1, "padding": [0, 0]}, ["template_len", "at least 2"]),
    ],
)
def test_values_that_do_not_fit_together(tmp_path, tiny_values, change, parts):
    tiny_values["dataset"] |= change
    path = tmp_path / "params.yaml"
    (line,) = messages(path, dumped(tiny_values, path))
    assert line.startswith("dataset: ")
    assert all(part in line for part in parts)


@pytest.mark.parametrize(
    ("changes", "path", "words"),
    [
        ({"dataset.chain_sample": 10**4}, "dataset", "chain_sample below"),
        ({"double_descent.train_split": 0.001}, "double_descent", "train_split"),
        (
            {"double_descent.widths_by_epoch.cnn": []},
            "double_descent.widths_by_epoch.cnn",
            "at least 1 item",
        ),
        ({"pooling.train_sizes": [10**6]}, "pooling", "train_sizes up to"),
        (
            {"metalearn_lr.horizons": [4], "metalearn_lr.horizon_rates": [1.5, 0.15]},
            "metalearn_lr",
            "horizon_rates other than initial_rates",
        ),
        (
            {"lottery.random_every": 100, "lottery.ablation.sparsity": 0.0},
            "lottery",
            "by which there are random masks",
        ),
        (
            {"interpolation_threshold.sweeps.0.widths": [2, 3, 4]},
            "interpolation_threshold",
            "a first sweep without widths",
        ),
        (
            {"self_supervised.probes.validation": 0.99},
            "self_supervised.probes.validation",
            "less than or equal to 0.9",
        ),
    ],
)  # fmt: skip
def test_what_would_fail_in_a_job_is_refused(
    tmp_path, tiny_values, changes, path, words
):
    for key, value in changes.items():
        changed(tiny_values, key, value)
    file = tmp_path / "params.yaml"
    lines = messages(file, dumped(tiny_values, file))
    assert any(line.startswith(f"{path}: ") and words in line for line in lines), lines


@pytest.mark.parametrize(
    ("name", "positions", "words"),
    [
        ("pooling", 38, "multiples of 4"),
        ("improved_baselines", 44, "multiples of 8"),
        ("interpolation_threshold", 48, "40, for which interpolation_threshold plans"),
    ],
)
def test_a_length_that_an_experiment_cannot_take_is_refused(
    tmp_path, tiny_values, name, positions, words
):
    tiny_values["dataset"]["final_seq_length"] = positions
    file = tmp_path / "params.yaml"
    dumped(tiny_values, file)
    told = f"dataset.final_seq_length: given {positions}, allowed: {words}"
    with pytest.raises(ValueError, match=told):
        room(name, "plan").runs(load_params(file))


@pytest.mark.parametrize(
    ("old", "new", "parts"),
    [
        (
            "  steps: 20",
            "  steps: 20\n  steps: 30",
            ["line ", "duplicate key", "steps"],
        ),
        ("  steps: 20", "\tsteps: 20", ["line ", r"'\t'"]),
        ("[36, 60]", "[36, 60", ["line ", "expected"]),
        ("general:", "general: }", ["line "]),
        ("general:", "? [a, b]\n: 3\ngeneral:", ["not tuple"]),
        ("general:", "2020-01-01: 3\ngeneral:", ["not datetime.date"]),
        ("general:", "a: !!python/object:os.system x\ngeneral:", ["line ", "tag"]),
        ("general:", "a: &a [*a]\ngeneral:", ["Circular"]),
        ("general:", "a: 1\n---\ngeneral:", ["line ", "another document"]),
        ("general:", '"a\\nb": 3\ngeneral:', ["a b: unknown key"]),
        ("seed: 0", "seed: " + "9" * 5000, ["4300 digits"]),
        ("seed: 0", "seed: 2020-01-01", ["general.seed: given", INTEGER]),
        ("seed: 0", "seed: " + "[" * 500 + "]" * 500, ["recursion"]),
        ("seed: 0", "seed: " + "[" * 5000 + "]" * 5000, ["recursion"]),
    ],
)
def test_text_that_is_no_parameter_file(tmp_path, repository, old, new, parts):
    text = (repository / "tests/params.yaml").read_text(encoding="utf-8")
    assert old in text
    (line,) = messages(tmp_path / "params.yaml", text.replace(old, new, 1))
    assert all(part in line for part in parts)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "given None, allowed: sections"),
        (b"# only a comment\n", "given None, allowed: sections"),
        (b"- general\n- dataset\n", "given ['general', 'dataset'], allowed: sections"),
        (b"general\n", "given 'general', allowed: sections"),
        (bytes(range(256)), "not a text file in UTF-8"),
        (b"a: \0\n", "not YAML"),
        ("banner: é".encode("latin-1"), "not a text file in UTF-8"),
    ],
)
def test_content_that_is_no_parameter_file(tmp_path, content, message):
    assert messages(tmp_path / "params.yaml", content) == [message]


def test_missing_file_and_folder(tmp_path):
    with pytest.raises(ParameterError, match=r"absent\.yaml: no such file$"):
        load_params(tmp_path / "absent.yaml")
    with pytest.raises(ParameterError, match="directory"):
        load_params(tmp_path)


def test_each_mistake_has_its_line(tmp_path, tiny_values):
    changed(tiny_values, STEPS, 0)
    changed(tiny_values, "dataset.seeed", 1)
    changed(tiny_values, "general.banner", 3)
    path = tmp_path / "params.yaml"
    found = {line.split(":")[0] for line in messages(path, dumped(tiny_values, path))}
    assert found == {STEPS, "dataset.seeed", "general.banner"}


@pytest.mark.parametrize(
    ("text", "number"), [("1e-2", 0.01), ("1E-2", 0.01), ("1e2", 100.0), ("3", 3.0)]
)
def test_numbers_are_those_of_yaml_1_2(tmp_path, repository, text, number):
    path = tmp_path / "params.yaml"
    tiny = (repository / "tests/params.yaml").read_text(encoding="utf-8")
    path.write_text(tiny.replace("learning_rate: 0.01", f"learning_rate: {text}", 1))
    rate = load_params(path).classification.learning_rate
    assert rate == number
    assert isinstance(rate, float)


def test_overrides_merge_deeply(repository):
    path = repository / "tests/params.yaml"
    over = {"classification": {"steps": 7, "drawing": {"width": 3}, "models": ["gru"]}}
    params = load_params(path, over)
    assert params.classification.steps == 7
    assert params.classification.drawing.width == 3.0
    assert params.classification.models == ("gru",)
    plain = load_params(path)
    assert params.classification.batch_size == plain.classification.batch_size
    assert params.dataset == plain.dataset


@pytest.mark.parametrize(
    ("over", "key"),
    [
        ({"classification": {"stepz": 7}}, "classification.stepz"),
        ({"classification": 3}, "classification"),
        ({"classification": {"drawing": None}}, "classification.drawing"),
        ({"new": {"a": 1}}, "new"),
    ],
)
def test_overrides_are_checked(repository, over, key):
    with pytest.raises(ParameterError, match=f": {key}: "):
        load_params(repository / "tests/params.yaml", over)


def test_parameters_are_frozen(tiny):
    with pytest.raises(ValueError, match="frozen"):
        tiny.general.seed = 1


def test_folders_are_normalised(tiny_values):
    tiny_values["general"]["results"] = "results//tiny/"
    assert validate(tiny_values, "tiny").general.results == "results/tiny"


@pytest.fixture
def workspace(tmp_path, repository):
    """A copy of the workflow with tiny parameters and some old files."""
    for name in ("src", "profiles"):
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(repository / name, tmp_path / name, ignore=ignored)
    shutil.copy(repository / "Snakefile", tmp_path)
    shutil.copy(repository / "tests/params.yaml", tmp_path)
    for name in ("results/dataset/summary.csv", ".snakemake/whole-runs.json"):
        (tmp_path / name).parent.mkdir(parents=True)
        (tmp_path / name).write_text("{}")
    return tmp_path


def snapshot(folder):
    paths = sorted(folder.rglob("*"))
    return {p: (p.stat().st_mtime_ns, p.is_file() and p.read_bytes()) for p in paths}


def dry_run(folder, *arguments):
    return subprocess.run(
        [sys.executable, "-m", "snakemake", "--cores", "1", "-n", *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("  steps: 20", "  steps: true", f"{STEPS}: given True, allowed: {INTEGER}"),
        ("padding: [36, 60]", "padding: [36, 60", "line "),
    ],
)
def test_workflow_stops_with_one_line(workspace, old, new, expected):
    params = workspace / "params.yaml"
    params.write_text(params.read_text().replace(old, new, 1))
    before = snapshot(workspace)
    done = dry_run(workspace)
    assert done.returncode == 1
    lines = (done.stdout + done.stderr).splitlines()
    (line,) = [line for line in lines if not line.startswith("Using workflow specific")]
    assert line.startswith(f"params.yaml: {expected}")
    assert snapshot(workspace) == before
