"""A run for each horizon, one for the grid of rates; all in chunks of replicas."""

from typing import Any

from scaling_down.experiments.dataset.plan import shared_dataset
from scaling_down.experiments.metalearn_lr.settings import (
    Grid,
    Inner,
    Metalearning,
    Outer,
)
from scaling_down.workflow.parameters.sections import Section
from scaling_down.workflow.run import Plot, Run, replica_chunks

TABLES = ("summary", "horizons", "trends", "updates", "grid", "plot")
FIGURES = {
    f"metalearn_lr_{what}": ("png", "pdf") for what in ("updates", "grid", "horizons")
}


def runs(params: Any) -> list[Run]:
    """Return all runs, the grid first."""
    section, dataset = params.metalearn_lr, params.dataset.alone()
    grid = Grid(
        grid=section.grid, horizons=section.all_horizons, dataset=dataset,
        **section.only(Inner),
    )  # fmt: skip
    cases = [(section.horizon, section.initial_rates, None)] + [
        (horizon, section.horizon_rates, section.horizon_clamp)
        for horizon in section.horizons
    ]
    metalearned = [
        Metalearning(
            horizon=horizon, initial_rates=rates, clamp=clamp, dataset=dataset,
            **section.only(Outer),
        )
        for horizon, rates, clamp in cases
    ]  # fmt: skip
    return [
        *_runs(params, "grid", "rates", grid),
        *(
            run
            for settings in metalearned
            for run in _runs(params, "metalearn", _cell(settings), settings)
        ),
    ]


def plot(params: Any) -> Plot:
    """Return what `dvc plots` shows: the mean rate by update, for each initial one."""
    starts = [f"from_{rate:g}" for rate in params.metalearn_lr.initial_rates]
    return Plot("updates", starts, "Learning rate")


def _cell(settings: Metalearning) -> str:
    rates = "-".join(f"{rate:g}" for rate in settings.initial_rates)
    clamped = "" if settings.clamp is None else "-clamped"
    return f"{settings.horizon:04d}-from-{rates}{clamped}"


def _runs(params: Any, step: str, cell: str, settings: Section) -> list[Run]:
    section = params.metalearn_lr
    return [
        Run(
            experiment="metalearn_lr",
            step=step,
            cell=cell,
            settings=settings,
            seed=params.general.seed,
            replicas=replicas,
            reads={"dataset": shared_dataset(params)},
        )
        for replicas in replica_chunks(
            params, section.replicas, section.replicas_per_job
        )
    ]
