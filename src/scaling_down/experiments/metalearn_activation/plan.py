"""Metalearned activations, and inner trainings with each activation."""

from collections.abc import Iterator
from typing import Any

from scaling_down.experiments.dataset.settings import DatasetSection
from scaling_down.experiments.metalearn_activation.settings import (
    SCENARIOS,
    Circumstance,
    Comparison,
    Family,
    Metalearning,
    MetaProtocol,
    Scenario,
    Settings,
)
from scaling_down.workflow.run import Plot, ReplicaGroup, Run, replica_chunks

TABLES = (
    "summary", "curves", "arms", "arm_replicas", "rates", "comparisons", "functions",
    "shapes", "plot",
)  # fmt: skip
FIGURES = {
    f"metalearn_activation_{what}": ("png", "pdf")
    for what in ("function", "training", "baselines", "transfer")
}


def runs(params: Any) -> list[Run]:
    """Return all outer trainings, and all comparisons of activations."""
    section = params.metalearn_activation
    groups = replica_chunks(params, section.replicas, section.replicas_per_job)
    return [run for group in groups for run in _Group(params, group).runs()]


def plot(params: Any) -> Plot:
    """Return what `dvc plots` shows: the mean outer loss of each activation."""
    section = params.metalearn_activation
    columns = [f"{f}_{p}" for f in section.families for p in section.protocols]
    return Plot("outer_step", columns, "Outer loss")


class _Group(ReplicaGroup):
    """The runs of one chunk of replicas."""

    experiment = "metalearn_activation"

    @property
    def section(self) -> Settings:
        return self.params.metalearn_activation

    def runs(self) -> Iterator[Run]:
        for family in self.section.families:
            for protocol in self.section.protocols:
                learned = self.metalearned(family, protocol)
                yield learned
                yield self.with_metalearned(learned, family, protocol)
        for shape in self.section.baselines:
            settings = Comparison(shape=shape, **self._compared())
            yield self.run("comparison", shape, settings, {})

    def metalearned(self, family: Family, protocol: MetaProtocol) -> Run:
        """Return the outer training of an activation."""
        section = self.section
        settings = Metalearning(
            family=family,
            protocol=protocol,
            inner=section.inner,
            outer=section.outer,
            grid=section.grid,
            dataset=self._dataset(),
        )
        return self.run("metalearn", f"{family}-{protocol}", settings, {})

    def with_metalearned(
        self, learned: Run, family: Family, protocol: MetaProtocol
    ) -> Run:
        """Return the inner trainings with a metalearned activation."""
        settings = Comparison(
            family=family,
            protocol=protocol,
            outer=self.section.outer,
            **self._compared(),
        )
        reads = {"metalearned": learned}
        return self.run("comparison", f"{family}-{protocol}", settings, reads)

    def _compared(self) -> dict[str, Any]:
        """Return what the comparisons of all activations share."""
        section = self.section
        return {
            "circumstances": tuple(map(self._circumstance, SCENARIOS)),
            "learning_rates": section.learning_rates,
            "problems": section.transfer.problems,
            "fresh_samples": section.fresh_samples,
            "inner": section.inner,
            "grid": section.grid,
        }

    def _circumstance(self, scenario: Scenario) -> Circumstance:
        section, transfer = self.section, self.section.transfer
        longer = scenario == "longer"
        return Circumstance(
            scenario=scenario,
            steps=transfer.longer_steps if longer else section.inner.steps,
            dataset=self._dataset(unseen=scenario == "dataset"),
        )

    def _dataset(self, unseen: bool = False) -> DatasetSection:
        transfer = self.section.transfer
        changes: dict[str, int] = {"num_samples": self.section.num_samples}
        if unseen:
            changes["seed"] = transfer.dataset_seed
            changes["final_seq_length"] = transfer.dataset_length
        return self.params.dataset.alone(**changes)
