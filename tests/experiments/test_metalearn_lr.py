import numpy as np
import pytest
from rendering import rendered
from tidy import row

from scaling_down.claims.statements import read_claims
from scaling_down.dataset import DatasetSettings
from scaling_down.engine.streams import Streams
from scaling_down.experiments.contract import Job, Result, Results
from scaling_down.experiments.dataset.arrays import checksum, dataset_arrays
from scaling_down.experiments.dataset.settings import DatasetSection
from scaling_down.experiments.metalearn_lr import draw, plan, summarise
from scaling_down.experiments.metalearn_lr.compute import grid, metalearn
from scaling_down.experiments.metalearn_lr.settings import (
    Grid,
    Metalearning,
    RateGrid,
    Study,
    rates_of,
)
from scaling_down.workflow.experiment import folder
from scaling_down.workflow.parameters.file import ParameterError, load_params
from scaling_down.workflow.parameters.sections import Drawing

DATASET = DatasetSection(**vars(DatasetSettings(num_samples=100)))
INNER = {"hidden": 5, "batch_size": 10}
OUTER = {**INNER, "outer_steps": 3, "outer_rate": 0.3}
RATES = RateGrid(lowest=0.1, highest=1.6, points=5)  # 0.1, 0.2, 0.4, 0.8, 1.6
READS = {"dataset": {"checksum": checksum(dataset_arrays(DATASET))}}


def metalearning(**changes):
    settings = {**OUTER, "horizon": 6, "initial_rates": (1.0, 0.2), "clamp": None,
        "dataset": DATASET,
    }  # fmt: skip
    return Metalearning(**settings | changes)


def computed(step, settings, replicas=(0, 1, 2)):
    streams = Streams(0, "metalearn_lr", replicas)
    return step.compute(Job(settings, streams, READS, "cpu", lambda done, all_: None))


GRID = Grid(**INNER, grid=RATES, horizons=(4, 6), dataset=DATASET)


@pytest.fixture(scope="module")
def paper(request):
    return load_params(request.config.rootpath / "params.yaml")


def test_a_run_for_each_horizon_and_one_for_the_grid(paper):
    runs = plan.runs(paper)
    assert [run.step for run in runs] == ["grid"] + 7 * ["metalearn"]
    assert runs[0].settings.horizons == (50, 100, 200, 400, 800, 1600)
    first = runs[1].settings
    assert (first.horizon, first.initial_rates) == (200, (1.5, 0.15))
    assert [run.settings.clamp for run in runs[1:]] == [None, *[0.1] * 6]
    assert (first.hidden, first.batch_size, first.outer_steps) == (50, 50, 50)
    assert {run.settings.horizon for run in runs[2:]} == {*runs[0].settings.horizons}
    assert len({run.stem for run in runs}) == len(runs)


@pytest.mark.parametrize(
    ("wrong", "where"),
    [
        ({"initial_rates": [0.5]}, "initial_rates"),
        ({"horizons": [10, 10]}, "horizons"),
        ({"grid": {"lowest": 2.0, "highest": 1.0, "points": 5}}, "grid"),
    ],
)
def test_wrong_parameters_are_refused(tiny_with, wrong, where):
    with pytest.raises(ParameterError, match=rf"metalearn_lr\.{where}"):
        tiny_with({"metalearn_lr": wrong})


def test_metalearning_descends_on_the_mean_loss():
    arrays = computed(metalearn, metalearning())
    assert {array.shape for array in arrays.values()} == {(3, 4, 2)}
    np.testing.assert_allclose(arrays["rate"][:, 0], [[1.0, 0.2]] * 3)
    assert (arrays["mean_loss"][:, -1] < arrays["mean_loss"][:, 0]).all()
    assert len(np.unique(arrays["rate"][:, -1])) == 6


def test_an_update_follows_the_slope_of_the_mean_loss():
    near = metalearning(initial_rates=(0.2, 0.202), outer_steps=1, outer_rate=1.0)
    arrays = computed(metalearn, near)
    loss = arrays["mean_loss"][:, 0]
    slope = (loss[:, 1] - loss[:, 0]) / 0.002
    moved = arrays["rate"][:, 0] - arrays["rate"][:, 1]
    np.testing.assert_allclose(moved.mean(1), slope, rtol=2e-3)


def test_a_clamp_bounds_what_an_update_moves():
    arrays = computed(metalearn, metalearning(clamp=0.05))
    moved = np.abs(np.diff(arrays["rate"], axis=1))
    assert moved.max() == pytest.approx(0.3 * 0.05, rel=1e-4)
    free = computed(metalearn, metalearning())
    assert np.abs(np.diff(free["rate"], axis=1)).max() > 0.02


def test_metalearning_and_grid_measure_the_same():
    at = metalearning(initial_rates=tuple(rates_of(RATES).tolist()))
    learned, direct = computed(metalearn, at), computed(grid, GRID)
    for name, values in direct.items():
        assert values.shape == (3, 2, 5)
        np.testing.assert_allclose(learned[name][:, 0], values[:, 1], rtol=1e-5)
    assert (direct["mean_loss"][:, 0] != direct["mean_loss"][:, 1]).all()


@pytest.mark.parametrize(
    ("step", "settings"), [(metalearn, metalearning()), (grid, GRID)]
)
def test_a_replica_does_not_depend_on_company(step, settings):
    together, alone = (computed(step, settings, r) for r in ((0, 1, 2), (1,)))
    for name, array in together.items():
        np.testing.assert_array_equal(array[1:2], alone[name])


def test_a_rate_that_is_not_finite_names_replica_and_update():
    settings = metalearning().model_copy(update={"outer_rate": 1e38})
    with pytest.raises(ArithmeticError, match=r"replica \d: .* not finite at update"):
        computed(metalearn, settings)


def test_the_minimum_of_a_parabola_is_found_between_grid_points():
    curve = 1 + (np.log(rates_of(RATES)) - np.log(0.5)) ** 2
    rate, loss = summarise.grid_minimum(rates_of(RATES), curve)
    assert rate == pytest.approx(0.5)
    assert loss == pytest.approx(1)
    at_the_end = summarise.grid_minimum(rates_of(RATES), np.arange(5.0))
    assert at_the_end == (pytest.approx(0.1), 0)


def test_exponents_are_found_in_each_replica():
    by_horizon = {h: np.array([h**0.5, 3.0, -1.0]) for h in (10, 100, 1000)}
    found = summarise.exponent(by_horizon)
    np.testing.assert_allclose(found[:2], [0.5, 0], atol=1e-12)
    assert np.isnan(found[2])
    assert np.isnan(summarise.exponent({10: np.array([1.0])})).all()


STUDY = Study(
    **OUTER | {"outer_steps": 50}, horizon=200, initial_rates=(1.5, 0.15),
    horizons=(100, 200), horizon_rates=(0.15, 0.3),
    horizon_clamp=0.1, grid=RATES, replicas=3,
)  # fmt: skip


LEARNED = {"mean_loss": 1.02, "final_loss": 1.5, "train_loss": 1.3}
LOWEST = {
    "mean_loss": (0.25, 0.5), "final_loss": (0.8, 0.8), "train_loss": (0.75, 0.75),
}  # fmt: skip
"""The grid's best rates at both horizons; the least of each loss is 1."""
EXPONENTS = {"metalearned": 1, "mean_loss_rate": 1, "train_loss_rate": 0}
"""Of the rates in the horizon."""


def made_up(replicas=3):
    """Return tables of made-up runs, whose learned rates double with the horizon."""
    own = np.arange(replicas) / 100
    results = []
    cases = [(200, (1.5, 0.15), None), *((h, (0.15, 0.3), 0.1) for h in (100, 200))]
    for horizon, starts, clamp in cases:
        rate = np.linspace(starts, (0.5, 0.4), 51)[None] + own[:, None, None]
        arrays = {"rate": rate * horizon / 200}
        for name, loss in LEARNED.items():
            arrays[name] = loss + 0 * rate
        settings = metalearning(
            horizon=horizon, initial_rates=starts, outer_steps=50, clamp=clamp
        )
        results.append(Result(settings, tuple(range(replicas)), arrays))
    arrays = {}
    for name, best in LOWEST.items():
        curves = 1 + (np.log(rates_of(RATES)) - np.log(best)[:, None]) ** 2
        arrays[name] = np.tile(curves, (replicas, 1, 1))
    settings = GRID.model_copy(update={"horizons": (100, 200)})
    results.append(Result(settings, tuple(range(replicas)), arrays))
    return summarise.summarise(STUDY, Results(results))


def test_tables_are_those_of_the_plan(paper):
    tables, metrics = made_up()
    assert set(tables) == set(plan.TABLES)
    assert list(tables["plot"].columns) == ["updates", *plan.plot(paper).y]
    assert metrics == {"rate": {"from_1.5": 0.51, "from_0.15": 0.41, "grid": 0.5}}


def test_summaries_worked_out_by_hand():
    tables, _ = made_up()
    where = {"horizon": 200, "initial": "1.5,0.15", "start": 1.5}
    excess = row(tables["summary"], **where, metric="excess")
    assert excess["mean"] == pytest.approx(2)
    ratio = row(tables["summary"], **where, metric="rate_ratio")
    assert ratio["mean"] == pytest.approx(0.51 / 0.5)
    over = row(tables["horizons"], horizon=200, metric="final_over_mean")
    assert over["mean"] == pytest.approx(1.5)
    starts = row(tables["horizons"], horizon=200, metric="start_ratio")
    assert starts["mean"] == pytest.approx(
        np.mean([0.5 / 0.4, 0.51 / 0.41, 0.52 / 0.42])
    )
    for quantity, exponent in EXPONENTS.items():
        trend = row(tables["trends"], quantity=quantity, metric="exponent")
        assert trend["mean"] == pytest.approx(exponent, abs=1e-9), quantity


def test_updates_are_counted_from_the_initial_rate():
    tables, _ = made_up()
    where = {"horizon": 200, "initial": "1.5,0.15", "start": 1.5}
    for updates, rate in ((0, 1.51), (49, 0.53), (50, 0.51)):
        found = row(tables["updates"], **where, updates=updates, metric="rate")
        assert found["mean"] == pytest.approx(rate)
    found = row(tables["updates"], **where, updates=48, metric="final_loss")
    assert found["mean"] == pytest.approx(1.5)


def test_every_claim_finds_its_row():
    tables, _ = made_up()
    for claim in read_claims(folder("metalearn_lr") / "claims.yaml", plan.TABLES):
        if claim.where:
            row(tables[claim.table], **claim.where)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("replicas", [1, 3])
def test_figures_are_drawn_from_the_written_tables(tmp_path, replicas):
    made, _ = made_up(replicas)
    figures = rendered(draw.draw, made, STUDY, Drawing(width=6.75), tmp_path)
    assert set(figures) == set(plan.FIGURES)
