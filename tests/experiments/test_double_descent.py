"""The width sweeps at toy scale, and their tables on curves with known answers."""

from pathlib import Path

import numpy as np
import pytest
from rendering import rendered

from scaling_down.claims.statements import read_claims
from scaling_down.dataset import DatasetSettings
from scaling_down.engine.streams import Streams
from scaling_down.experiments.contract import Job, Result, Results
from scaling_down.experiments.dataset.settings import DatasetSection
from scaling_down.experiments.double_descent import compute, draw, plan, summarise
from scaling_down.experiments.double_descent.settings import (
    VARIANTS,
    Condition,
    Momentum,
    Study,
    Widths,
    WidthsOfKinds,
    WidthsShown,
)
from scaling_down.figures.style import style
from scaling_down.workflow.experiment import folder
from scaling_down.workflow.parameters.file import ParameterError, load_params
from scaling_down.workflow.parameters.sections import Drawing

STREAMS = Streams(3, "double_descent", (0, 1, 2))
SAMPLES, CLASSES = 60, 10
DATASET = DatasetSection(
    **vars(DatasetSettings(num_samples=90, train_split=2 / 3, final_seq_length=12))
)
WIDTHS = np.array([2, 4, 8, 16, 32, 64, 128])
PEAKED = np.array([60, 50, 40, 45, 55, 48, 42.0])
FALLING = np.array([60, 55, 50, 45, 40, 35, 30.0])
TRAINING = np.array([60, 40, 20, 10, 1, 0, 0.0])


def settings_of(**changes):
    settings = {
        "kind": "mlp", "training_sets": "shared", "label_noise": 0.3, "widths": (5, 3),
        "learning_rate": 0.05, "momentum": 0.9, "batch_size": 25, "epochs": 4,
        "evaluate_every": 2, "fresh_samples": 40, "dataset": DATASET,
    }  # fmt: skip
    return Widths(**settings | changes)


def trained(streams=STREAMS, **changes):
    return computed(settings_of(**changes), streams)


def computed(settings, streams=STREAMS):
    return compute.compute(Job(settings, streams, {}, "cpu", lambda step, steps: None))


@pytest.fixture(scope="module")
def paper():
    return load_params(Path(__file__).parents[2] / "params.yaml")


def test_history_has_an_entry_for_every_width_and_evaluation():
    arrays = trained()
    assert arrays["width"].tolist() == [[5, 3]] * 3
    # 3 batches an epoch, the last one short: 25 + 25 + 10
    assert arrays["step"].tolist() == [[0, 6, 12]] * 3
    assert arrays["test_loss"].shape == (3, 2, 3)
    assert arrays["test_accuracy_population"].shape == (3, 2)


@pytest.mark.parametrize(
    ("kind", "count"),
    [
        ("mlp", lambda h: (12 + 1) * h + (h + 1) * h + (h + 1) * CLASSES),
        # 12 positions become 5, then 3, then 2
        ("cnn", lambda c: 6 * c + 2 * (3 * c + 1) * c + (2 * c + 1) * CLASSES),
    ],
)
def test_parameters_are_those_of_the_network(kind, count):
    arrays = trained(kind=kind)
    assert arrays["parameters"].tolist() == [[count(5), count(3)]] * 3


def test_published_parameter_counts(paper):
    build = {"mlp": compute.dense, "cnn": compute.convolutional}
    streams = Streams(0, "double_descent", (0,))
    for kind, width, expected in (
        ("mlp", 47, 4663),
        ("mlp", 50, 5110),
        ("cnn", 22, 4190),
        ("cnn", 24, 4858),
    ):
        model = build[kind](streams, 40, 10, width)
        sizes = (p[0].numel() for p in model.plain_parameters().values())
        assert sum(sizes) == expected


@pytest.mark.parametrize("look", VARIANTS.values())
def test_a_replica_is_the_same_in_any_company_and_beside_any_width(look):
    settings = {"kind": look.kind, "training_sets": look.training_sets}
    together = trained(**settings)
    alone = trained(Streams(3, "double_descent", (1,)), widths=(3,), **settings)
    for name in ("train_loss", "test_loss", "test_accuracy"):
        np.testing.assert_array_equal(together[name][1, 1], alone[name][0, 0])
    assert (together["test_loss"][0] != together["test_loss"][1]).any()


def test_clean_and_noisy_networks_differ_by_their_labels_alone():
    clean, noisy = trained(label_noise=0.0), trained(label_noise=0.3)
    before = [arrays["test_loss"][:, :, 0] for arrays in (clean, noisy)]
    np.testing.assert_array_equal(*before)
    assert (clean["train_loss"][:, :, 0] != noisy["train_loss"][:, :, 0]).all()


def test_an_epoch_sees_every_sample_once():
    momentum = Momentum(
        learning_rate=0.1, momentum=0.0, batch_size=100, epochs=500, evaluate_every=50,
        fresh_samples=10,
    )  # fmt: skip
    protocol = compute.protocol(momentum, 4000)
    assert (protocol.steps, protocol.evaluate_every) == (20_000, 2_000)
    assert protocol.batch_order == "shuffled"


def test_a_loss_that_is_not_finite_names_the_width():
    too_fast = settings_of().model_copy(update={"learning_rate": 1e30})
    with pytest.raises(ArithmeticError, match=r"width 5, replica 0: .* step \d+"):
        computed(too_fast)


def test_the_plan_trains_every_width_of_every_variant_once(paper):
    trained_widths = {look: [] for look in VARIANTS.values()}
    runs = plan.runs(paper)
    for run in runs:
        settings = run.settings
        look = Condition(
            settings.kind, settings.label_noise == 0.15, settings.training_sets
        )
        trained_widths[look] += settings.widths
        assert settings.label_noise in (0, 0.15)
        assert settings.dataset == paper.dataset.alone(
            num_samples=16_000, train_split=0.25
        )
        assert settings.only(Momentum) == paper.double_descent.only(Momentum)
    dense = np.unique(np.geomspace(2, 300, 20, dtype=int)).tolist()
    channels = [*range(2, 29, 2), *range(30, 101, 5)]
    for look, found in trained_widths.items():
        assert sorted(found) == (dense if look.kind == "mlp" else channels)
    assert len({run.stem for run in runs}) == len(runs)


def test_an_added_list_of_widths_leaves_the_other_runs_as_they_are(tiny_with):
    before = {run.key for run in plan.runs(tiny_with({}))}
    more = {"double_descent": {"widths": {"mlp": [[7], [2, 3], [5]]}}}
    after = {run.key for run in plan.runs(tiny_with(more))}
    assert before < after
    assert len(after - before) == 3


@pytest.mark.parametrize("widths", [[[2], [2]], [[]], [], [[0]], [2]])
def test_wrong_widths_are_refused(tiny_with, widths):
    with pytest.raises(ParameterError, match=r"double_descent\.widths\.mlp"):
        tiny_with({"double_descent": {"widths": {"mlp": widths}}})


def result(variant, part, test_error, replicas=4, noise=0.0):
    """Return a made-up run over a slice of the widths, which it has in reverse."""
    rng = np.random.default_rng(len(variant))
    widths = WIDTHS[part][::-1]
    shape = (replicas, len(WIDTHS), 2)
    wrong = np.zeros(shape) + test_error[None, :, None]
    wrong += noise * rng.normal(size=shape)
    wrong_in_training = np.zeros(shape) + TRAINING[None, :, None]
    for errors in (wrong, wrong_in_training):
        errors[:, :, 0] += 30  # before training
    arrays = {
        "test_accuracy": 1 - wrong / 100,
        "test_accuracy_population": 1 - (wrong[:, :, -1] + 5) / 100,
        "train_accuracy": 1 - wrong_in_training / 100,
        "test_loss": wrong / 10,
        "train_loss": wrong_in_training / 10,
    }
    arrays = {name: array[:, part][:, ::-1] for name, array in arrays.items()}
    arrays["step"] = np.tile([0, 20_000], (replicas, 1))
    arrays["width"] = np.tile(widths, (replicas, 1))
    arrays["parameters"] = arrays["width"] * 100
    look = VARIANTS[variant]
    settings = settings_of(
        kind=look.kind, training_sets=look.training_sets,
        label_noise=0.15 if look.noisy else 0.0, widths=tuple(widths.tolist()),
    )  # fmt: skip
    return Result(settings, tuple(range(replicas)), arrays)


def results(**options):
    curves = {
        variant: PEAKED if look.noisy else FALLING for variant, look in VARIANTS.items()
    }
    return Results(
        result(variant, part, curve, **options)
        for part in (slice(4, 7), slice(0, 4))
        for variant, curve in curves.items()
    )


def study_of(paper, **changes):
    """Return a study of the made-up widths, all else as in the paper."""
    widths = {kind: (tuple(WIDTHS.tolist()),) for kind in ("mlp", "cnn")}
    made_up = {
        "widths": WidthsOfKinds(**widths),
        "widths_by_epoch": WidthsShown(mlp=(8, 32), cnn=(4,)),
    }
    return Study(**paper.double_descent.only(Study) | made_up | changes)


def tables(paper, **options):
    study = study_of(paper, num_samples=1000, resamples=100)
    return summarise.summarise(study, results(**options))


def row(summary, variant, curve, metric):
    chosen = summary[
        (summary["variant"] == variant)
        & (summary["curve"] == curve)
        & (summary["metric"] == metric)
    ]
    (found,) = chosen.to_dict("records")
    return found


def test_known_curves_are_summarised(paper):
    summary = tables(paper)[0]["summary"]
    for metric, expected in {
        "first_minimum_width": 8,
        "first_minimum_height": 40,
        "peak_height": 55,
        "second_minimum_width": 128,
        "rise": 15,
        "fall": 13,
        "second_less_first": 2,
    }.items():
        found = row(summary, "mlp_noise", "test_error", metric)
        assert found["mean"] == pytest.approx(expected), metric
        assert found["ci_low"] == pytest.approx(expected), metric
        assert found["n"] == 4
    assert row(summary, "mlp_noise", "test_loss", "rise")["mean"] == pytest.approx(1.5)
    fresh = row(summary, "mlp_noise", "test_error_population", "peak_height")
    assert fresh["mean"] == pytest.approx(60)


def test_a_peak_is_located_in_each_replica_no_finer_than_the_grid(paper):
    summary = tables(paper)[0]["summary"]
    for unit in (1, 100):
        name = {1: "width", 100: "parameters"}[unit]
        found = row(summary, "mlp_noise", "test_error", f"peak_location_{name}")
        assert 16 * unit < found["mean"] < 64 * unit
        # Equal replicas have no spread; half the grid's spacing stays, 8 below.
        assert found["ci_low"] <= found["mean"] - 8 * unit
        assert found["ci_high"] >= found["mean"] + 8 * unit
        assert found["n"] == 4


def test_no_peak_is_a_rise_of_zero(paper):
    summary = tables(paper)[0]["summary"]
    assert row(summary, "mlp_clean", "test_error", "rise")["mean"] == 0
    assert np.isnan(
        row(summary, "mlp_clean", "test_error", "peak_location_width")["mean"]
    )


def test_thresholds_lie_where_training_errors_vanish(paper):
    summary = tables(paper)[0]["summary"]
    # 1 % at 32, none (counted as 0.01 %) at 64: 0.1 % is half of the way in logarithms
    width = row(summary, "mlp_noise", "train_error", "threshold_width")["mean"]
    assert width == pytest.approx(32 * np.sqrt(2))
    over_n = row(summary, "mlp_noise", "train_error", "threshold_over_n")["mean"]
    assert over_n == pytest.approx(3200 * np.sqrt(2) / 250)


def test_curves_are_tidy_and_in_order(paper):
    made = tables(paper, noise=1.0)[0]
    curves = made["curves"]
    assert len(curves) == len(VARIANTS) * 5 * len(WIDTHS)
    one = curves[
        (curves["variant"] == "mlp_noise") & (curves["metric"] == "test_error")
    ]
    assert one["width"].tolist() == WIDTHS.tolist()
    assert (one["ci_low"] < one["mean"]).all()
    assert len(made["replicas"]) == len(VARIANTS) * 4 * len(WIDTHS)


def test_errors_by_epoch_are_those_of_the_chosen_widths(paper):
    epochs = tables(paper)[0]["epochs"]
    assert set(epochs[epochs["variant"] == "mlp_noise"]["width"]) == {8, 32}
    assert set(epochs[epochs["variant"] == "cnn_clean"]["width"]) == {4}
    assert set(epochs["epoch"]) == {0, 500}
    chosen = {"variant": "mlp_noise", "width": 32, "metric": "test_error", "epoch": 500}
    for column, value in chosen.items():
        epochs = epochs[epochs[column] == value]
    (found,) = epochs.to_dict("records")
    assert found["mean"] == pytest.approx(PEAKED[WIDTHS.tolist().index(32)])


@pytest.mark.parametrize("kind", ["mlp", "cnn"])
def test_errors_by_epoch_of_widths_that_are_not_trained_are_refused(tiny_with, kind):
    shown = {"double_descent": {"widths_by_epoch": {kind: [999]}}}
    with pytest.raises(ParameterError, match=rf"widths_by_epoch\.{kind} among"):
        tiny_with(shown)


def test_metrics_are_plain_numbers(paper):
    metrics = tables(paper)[1]
    assert metrics["mlp_noise_rise"] == 15
    assert metrics["mlp_clean_rise"] == 0


def test_every_claim_finds_its_row(paper):
    made = tables(paper)[0]
    for claim in read_claims(folder("double_descent") / "claims.yaml"):
        if claim.where:
            condition = (claim.where[n] for n in ("variant", "curve", "metric"))
            row(made[claim.table], *condition)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("replicas", [1, 4])
def test_figures_are_drawn_from_the_written_tables(paper, tmp_path, replicas):
    made, _ = tables(paper, replicas=replicas, noise=0.5)
    figures = rendered(draw.draw, made, study_of(paper), Drawing(width=6.75), tmp_path)
    assert set(figures) == set(plan.FIGURES)


@pytest.fixture
def drawn(paper):
    """A function that draws invented sweeps of some replicas."""

    def drawn(replicas):
        made, _ = tables(paper, replicas=replicas, noise=0.5)
        with style():
            return draw.draw(made, study_of(paper), Drawing(width=6.75))

    return drawn


def test_every_line_over_parameters_is_in_the_legend(drawn):
    figure = drawn(4)["double_descent_parameters"]
    (legend,) = figure.legends
    looks = {(h.get_color(), h.get_linestyle()) for h in legend.legend_handles}
    styles = {style for _, style in looks}
    colours = {colour for colour, _ in looks}
    for line in (line for axes in figure.axes for line in axes.lines):
        assert line.get_color() in colours
        assert line.get_linestyle() in {*styles, "None"}
    markers = {h.get_marker() for h in legend.legend_handles}
    assert markers >= {line.get_marker() for axes in figure.axes for line in axes.lines}


def test_the_note_says_what_the_bars_of_places_are(drawn):
    note = drawn(4)["double_descent_parameters"].get_supxlabel()
    assert "first minimum: bootstrap of the replicas, peak: Student's t" in note


@pytest.mark.parametrize("kind", ["error", "loss", "epochs"])
def test_every_variant_has_a_panel(drawn, kind):
    panels = drawn(4)[f"double_descent_{kind}"].axes
    assert {axes.get_title() for axes in panels} == {*draw.TITLES.values()}
    assert set(draw.TITLES) == set(VARIANTS)
    assert all(axes.get_xlabel() for axes in panels)


@pytest.mark.parametrize(("replicas", "thin"), [(4, 4), (9, 0)])
def test_a_few_replicas_are_all_shown(drawn, replicas, thin):
    axes = drawn(replicas)["double_descent_error"].axes[0]
    lines = [line for line in axes.lines if line.get_linewidth() < 1]
    assert len(lines) == 2 * thin
