import json
import logging
import sys
from pathlib import Path
from types import ModuleType

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

from scaling_down.__main__ import main
from scaling_down.jobs.compute import compute_run
from scaling_down.jobs.draw import draw_figures
from scaling_down.jobs.summarise import load_results, summarise_experiment
from scaling_down.workflow.belonging import write_with_key
from scaling_down.workflow.code import digest
from scaling_down.workflow.files import DamagedFile, write_json
from scaling_down.workflow.parameters.sections import Drawing, Section
from scaling_down.workflow.plan import Plan
from scaling_down.workflow.progress import LOGGER
from scaling_down.workflow.provenance import origin
from scaling_down.workflow.store import load_run, origins_of, save_run, what_is

KEY = "0123456789abcdef"
TOY = "scaling_down.experiments.toy"


class Training(Section):
    """The settings of the toy experiment's steps."""

    cell: str = "a"


class Study(Section):
    """What the toy experiment's summary is told."""

    s: int = 9


class ToyDrawing(Drawing):
    """How the toy's figure is drawn."""


class Settings(Study):
    """The toy's section."""

    drawing: ToyDrawing


@pytest.fixture(autouse=True)
def _close_logs():
    yield
    for handler in list(LOGGER.handlers):
        LOGGER.removeHandler(handler)
        handler.close()
    LOGGER.setLevel(logging.NOTSET)


@pytest.fixture
def module(monkeypatch):
    """A function that makes a module of the toy experiment."""

    def make(name: str, **contents):
        made = ModuleType(f"{TOY}.{name}")
        made.__dict__.update(contents)
        monkeypatch.setitem(sys.modules, made.__name__, made)

    make("settings", STEPS={"train": Training}, Study=Study, Settings=Settings)
    return make


@pytest.fixture
def jobs(module):
    """The jobs that the toy experiment's training was given."""
    given = []

    def train(job):
        given.append(job)
        if not job.streams.replicas:
            return {"x": np.arange(3.0)}
        replicas = np.array(job.streams.replicas)
        return {"x": 10.0 * replicas, "r": replicas + 1}

    module("compute", compute=train)
    return given


def description(replicas, **changes):
    return {
        "experiment": "toy",
        "step": "train",
        "cell": "cell",
        "key": KEY,
        "seed": 5,
        "replicas": list(replicas),
        "settings": {"cell": "b"},
        "reads": {},
        "files": {},
        **changes,
    }


def test_a_run_file_says_what_the_run_is(jobs, tmp_path):
    upstream = tmp_path / "train-cell-fedcba9876543210.npz"
    save_run(upstream, {"y": np.arange(4)}, "fedcba9876543210", [])
    output = run_file(tmp_path, 1, 2)
    compute_run(description([1, 2], reads={"y": str(upstream)}), output, "cpu")
    what = what_is(output)
    assert (what["settings"], what["seed"], what["step"]) == ({"cell": "b"}, 5, "train")
    assert what["reads"] == {"y": upstream.stem}


def run_file(folder, first, last):
    return folder / f"cell-r{first:02d}-{last:02d}-{KEY}.npz"


def test_training_is_given_all_of_its_job(jobs, tmp_path):
    upstream = tmp_path / f"data-{KEY}.npz"
    save_run(upstream, {"y": np.arange(4)}, KEY, [])
    other = KEY[::-1]
    paired = tmp_path / f"paired-{other}.npz"
    save_run(paired, {"m": np.arange(4) + 0.5}, other, [0, 1, 2, 3])
    reads = {"data": str(upstream), "paired": str(paired)}
    output = run_file(tmp_path, 1, 2)
    compute_run(description([1, 2], reads=reads), str(output), "auto")
    (job,) = jobs
    assert job.settings == Training(cell="b")
    assert job.device.type in ("cpu", "cuda")
    assert (job.streams.root_seed, job.streams.experiment) == (5, "toy")
    assert job.streams.replicas == (1, 2)
    np.testing.assert_array_equal(job.reads["data"]["y"], np.arange(4))
    np.testing.assert_array_equal(job.reads["paired"]["m"], [1.5, 2.5])
    np.testing.assert_array_equal(load_run(output)["x"], [10, 20])


def test_run_without_replicas(jobs, tmp_path):
    output = tmp_path / f"cell-{KEY}.npz"
    compute_run(description([], seed=None), str(output), "cpu")
    assert jobs[0].streams.replicas == ()
    np.testing.assert_array_equal(load_run(output)["x"], [0, 1, 2])


def test_only_missing_replicas_are_trained(jobs, tmp_path):
    standing = run_file(tmp_path, 1, 2)
    save_run(
        standing, {"x": np.array([-1.0, -2.0]), "r": np.array([7, 8])}, KEY, [1, 2]
    )
    output = run_file(tmp_path, 0, 3)
    compute_run(description(range(4)), str(output), "cpu")
    assert [job.streams.replicas for job in jobs] == [(0, 3)]
    arrays = load_run(output)
    np.testing.assert_array_equal(arrays["x"], [0, -1, -2, 30])
    np.testing.assert_array_equal(arrays["r"], [1, 7, 8, 4])


@pytest.mark.parametrize(("replicas", "new"), [([2], []), ([1, 2, 3], origin())])
def test_a_run_names_the_versions_behind_its_replicas(jobs, tmp_path, replicas, new):
    arrays = {"x": np.array([-1.0, -2.0]), "r": np.array([7, 8])}
    save_run(run_file(tmp_path, 1, 2), arrays, KEY, [1, 2], ["torch 1.0"])
    output = run_file(tmp_path, replicas[0], replicas[-1])
    compute_run(description(replicas), str(output), "cpu")
    assert origins_of(output) == sorted(["torch 1.0", *new])


def test_nothing_is_trained_where_all_replicas_stand(jobs, tmp_path):
    compute_run(description([0, 1]), str(run_file(tmp_path, 0, 1)), "cpu")
    compute_run(description([2, 3]), str(run_file(tmp_path, 2, 3)), "cpu")
    trained = len(jobs)
    joined = run_file(tmp_path, 0, 3)
    compute_run(description(range(4)), str(joined), "cpu")
    assert len(jobs) == trained
    part = run_file(tmp_path, 1, 1)
    compute_run(description([1]), str(part), "cpu")
    assert len(jobs) == trained
    np.testing.assert_array_equal(load_run(joined)["x"], [0, 10, 20, 30])
    np.testing.assert_array_equal(load_run(part)["x"], [10])


def test_reuse_gives_the_bytes_of_training(jobs, tmp_path):
    alone, built = tmp_path / "a", tmp_path / "b"
    compute_run(description(range(4)), str(run_file(alone, 0, 3)), "cpu")
    compute_run(description([0, 1]), str(run_file(built, 0, 1)), "cpu")
    compute_run(description(range(4)), str(run_file(built, 0, 3)), "cpu")
    assert run_file(alone, 0, 3).read_bytes() == run_file(built, 0, 3).read_bytes()


def test_damaged_files_are_not_reused(jobs, tmp_path):
    standing = run_file(tmp_path, 0, 1)
    compute_run(description([0, 1]), str(standing), "cpu")
    standing.write_bytes(standing.read_bytes()[:-1])
    compute_run(description(range(4)), str(run_file(tmp_path, 0, 3)), "cpu")
    assert jobs[-1].streams.replicas == (0, 1, 2, 3)


def test_failed_training_leaves_no_file(module, tmp_path):
    module("compute", compute=lambda job: {"x": np.array([np.nan, 1.0])})
    with pytest.raises(ValueError, match="x: not finite"):
        compute_run(description([0, 1]), str(run_file(tmp_path, 0, 1)), "cpu")
    assert list(tmp_path.iterdir()) == []


def saved_chunks(folder):
    runs = []
    for cell, replicas in [("a", (0, 1)), ("b", (0, 1)), ("a", (2,)), ("b", (2,))]:
        key = digest(cell)
        file = folder / f"{cell}-{replicas[0]}-{key}.npz"
        scale = 1.0 if cell == "a" else -1.0
        made_with = ["torch 1.0"] if cell == "a" else ["torch 2.0"]
        save_run(file, {"x": scale * np.array(replicas)}, key, replicas, made_with)
        run = {"file": str(file), "step": "train", "cell": "name", "key": key}
        settings = {"cell": cell}
        runs.append({**run, "replicas": list(replicas), "settings": settings})
    return runs


def test_chunks_are_joined_in_order(module, tmp_path):
    """Those of one key, whatever the runs are called."""
    runs = saved_chunks(tmp_path)
    whole = {**runs[0], "key": KEY, "settings": {"cell": "whole"}, "replicas": []}
    whole["file"] = str(tmp_path / f"whole-{KEY}.npz")
    save_run(whole["file"], {"y": np.arange(5)}, KEY, [])
    results = load_results("toy", [*runs, whole])
    cells = [result.settings.cell for result in results.of(Training)]
    assert cells == ["a", "b", "whole"]
    second = results.one(Training, cell="b")
    assert second.replicas == (0, 1, 2)
    np.testing.assert_array_equal(second.arrays["x"], [0, -1, -2])
    assert results.one(Training, cell="whole").replicas == ()


def test_summary_is_written_with_its_key(module, tmp_path):
    def summarise(study, results):
        x = results.one(Training, cell="a").arrays["x"]
        table = pd.DataFrame({"x": x, "s": study.s})
        return {"summary": table, "other": table.head(1)}, {"best": 3}

    module("summarise", summarise=summarise)
    runs = saved_chunks(tmp_path)
    manifest = {"experiment": "toy", "key": KEY, "study": {"s": 9}, "runs": runs}
    names = ("other.csv", "summary.csv", "metrics.json")
    outputs = [tmp_path / "toy" / name for name in names]
    summarise_experiment(manifest, list(map(str, outputs)))
    assert outputs[0].read_text() == "x,s\n0,9\n"
    assert outputs[1].read_text() == "x,s\n0,9\n1,9\n2,9\n"
    written = json.loads(outputs[2].read_text())
    assert set(written.pop("files")) == {"other.csv", "summary.csv"}
    metrics = {"best": 3, "key": KEY, "origins": ["torch 1.0", "torch 2.0"]}
    assert written == metrics


@pytest.mark.parametrize("damage", ["truncate", "delete", "replace"])
def test_damaged_run_is_never_averaged_in(module, tmp_path, damage):
    module("summarise", summarise=lambda study, results: pytest.fail("summarised"))
    runs = saved_chunks(tmp_path)
    path = Path(runs[2]["file"])
    if damage == "truncate":
        path.write_bytes(path.read_bytes()[:-5])
    elif damage == "delete":
        path.unlink()
    else:
        path.write_bytes(Path(runs[0]["file"]).read_bytes())
    manifest = {"experiment": "toy", "key": KEY, "study": {"s": 9}, "runs": runs}
    with pytest.raises((DamagedFile, FileNotFoundError), match=path.name):
        summarise_experiment(manifest, [str(tmp_path / "metrics.json")])
    assert not (tmp_path / "metrics.json").exists()


@pytest.fixture
def drawing(module, tmp_path):
    """The manifest of a drawing job whose tables stand."""

    def draw(tables, study, drawing):
        figure, axes = plt.subplots(figsize=(drawing.width, 2))
        axes.plot(tables["summary"]["x"])
        return {"toy": figure}

    module("draw", draw=draw)
    table, metrics = tmp_path / "summary.csv", tmp_path / "metrics.json"
    table.write_text("x\n1\n2\n")
    write_with_key(str(metrics), {}, KEY, [])
    return {
        "experiment": "toy",
        "key": "fedcba9876543210",
        "summary_key": KEY,
        "tables": [str(table), str(metrics)],
        "study": {"s": 9},
        "drawing": {"width": 2.0},
        "banner": "",
    }


def test_figures_carry_the_key(drawing, tmp_path):
    outputs = [tmp_path / "toy.png", tmp_path / "toy.pdf"]
    draw_figures(drawing, list(map(str, outputs)))
    assert all(b"fedcba9876543210" in path.read_bytes() for path in outputs)


@pytest.mark.parametrize("metrics", ['{"key": "0000000000000000"}', "{}", "{"])
def test_tables_of_other_runs_are_not_drawn(drawing, tmp_path, metrics):
    (tmp_path / "metrics.json").write_text(metrics)
    with pytest.raises(DamagedFile, match=r"metrics\.json"):
        draw_figures(drawing, [str(tmp_path / "toy.png")])
    assert not (tmp_path / "toy.png").exists()


def called(*arguments):
    return CliRunner().invoke(main, list(map(str, arguments)))


def test_help_explains_itself():
    done = called("--help")
    assert done.exit_code == 0
    assert "Reproduce the MNIST-1D experiments" in done.output
    for name, command in main.commands.items():
        assert (f"  {name} " in done.output) != command.hidden
        explained = called(name, "-h")
        assert explained.exit_code == 0
        assert command.help.split("\n")[0].split(":")[0] in explained.output


@pytest.mark.parametrize("name", ["params.yaml", "tests/params.yaml"])
def test_check_of_good_parameters(repository, name):
    done = called("check", repository / name)
    assert done.exit_code == 0
    assert done.output == f"{repository / name}: good\n"


@pytest.mark.parametrize("command", ["check", "plan"])
@pytest.mark.parametrize("content", ["a: [", "general: 3", None])
def test_check_and_plan_of_bad_parameters(tmp_path, command, content):
    path = tmp_path / "params.yaml"
    if content is not None:
        path.write_text(content)
    done = called(command, path)
    assert done.exit_code == 1
    assert isinstance(done.exception, SystemExit)
    lines = done.output.splitlines()
    assert lines
    assert all(line.startswith(f"{path}: ") for line in lines)


def test_plan_lists_all_runs(repository, tiny, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    plan = Plan(tiny)
    standing, damaged, *_ = plan.by_stem.values()
    save_run(plan.file(standing), {}, standing.key, [])
    Path(plan.file(damaged)).parent.mkdir(parents=True, exist_ok=True)
    Path(plan.file(damaged)).touch()
    done = called("plan", repository / "tests/params.yaml")
    assert done.exit_code == 0
    states = dict(reversed(line.rsplit(" ", 1)) for line in done.output.splitlines())
    assert list(states) == [plan.file(run) for run in plan.by_stem.values()]
    assert states.pop(plan.file(standing)).strip() == "stands"
    assert states.pop(plan.file(damaged)) == "damaged"
    assert {state.strip() for state in states.values()} == {"to do"}


def train_called(plan, run, folder):
    described = run.describe({n: str(folder / f) for n, f in plan.reads(run).items()})
    output = folder / plan.file(run)
    log = folder / "job.log"
    return called("compute", described, "--output", output, "--log", log), output


def test_train_of_a_loss_that_is_not_finite_is_one_line(tiny_with, tmp_path):
    section = {"models": ["mlp"], "learning_rate": 1000.0, "optimizer": "sgd"}
    plan = Plan(tiny_with({"classification": section}))
    run = plan.runs["classification"][1]
    (dataset,) = run.reads.values()
    done, output = train_called(plan, dataset, tmp_path)
    assert (done.exit_code, output.exists()) == (0, True)
    done, output = train_called(plan, run, tmp_path)
    assert done.exit_code == 1
    *_, line = done.output.splitlines()
    assert line.startswith("classification train-mlp-plain-shared: replica 2: ")
    assert "not finite at step " in line
    assert "Traceback" not in done.output
    assert not output.exists()
    assert line in (tmp_path / "job.log").read_text()


def test_train_writes_what_it_is_and_a_log(tiny, tmp_path):
    plan = Plan(tiny)
    run = plan.runs["dataset"][0]
    done, output = train_called(plan, run, tmp_path)
    assert done.exit_code == 0
    assert len(str(load_run(output)["checksum"])) == 64
    log = (tmp_path / "job.log").read_text()
    assert f"key {run.key}" in log
    assert "numpy " in log
    assert "processor " in log
    assert list(output.parent.iterdir()) == [output]


@pytest.mark.parametrize("command", ["summarise", "draw"])
@pytest.mark.parametrize("content", [None, "{"])
def test_jobs_without_a_manifest_stop_with_one_line(tmp_path, command, content):
    manifest = tmp_path / "manifest.json"
    if content is not None:
        manifest.write_text(content)
    done = called(command, manifest, tmp_path / "out.csv")
    assert done.exit_code == 1
    (line,) = done.output.splitlines()
    assert line.startswith(f"{manifest}: ")


def test_draw_of_other_tables_is_one_line(drawing, tmp_path):
    write_json(tmp_path / "manifest.json", {**drawing, "summary_key": "0" * 16})
    done = called("draw", tmp_path / "manifest.json", tmp_path / "toy.png")
    assert done.exit_code == 1
    (line,) = done.output.splitlines()
    assert "tables of other runs, or edited ones" in line


def test_edited_tables_are_not_drawn(drawing, tmp_path):
    table = Path(drawing["tables"][0])
    key, metrics = drawing["summary_key"], drawing["tables"][-1]
    write_with_key(metrics, {}, key, [str(table)])
    draw_figures(drawing, [str(tmp_path / "toy.png")])
    table.write_text(table.read_text().replace("1", "2"))
    with pytest.raises(DamagedFile, match="tables of other runs, or edited ones"):
        draw_figures(drawing, [str(tmp_path / "toy.png")])
