"""Blocks of pruning rounds, the ablations of their tickets, a look at their masks."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from scaling_down.experiments.dataset.plan import shared_dataset
from scaling_down.experiments.lottery.settings import (
    CRITERIA,
    TICKETS,
    Arm,
    Criterion,
    Masks,
    Positions,
    Rounds,
    Settings,
    Ticket,
    Weights,
)
from scaling_down.workflow.parameters.sections import Optimisation, Section
from scaling_down.workflow.run import Plot, Run, replica_chunks

TABLES = (
    "summary", "rounds", "ablations", "ablation_replicas", "curves", "masks",
    "mask_replicas", "profiles", "tickets", "plot",
)  # fmt: skip
FIGURES = {
    f"lottery_{what}": ("png", "pdf")
    for what in ("rounds", "curves", "ablations", "masks", "adjacency", "benefit")
}


def runs(params: Any) -> list[Run]:
    """Return all blocks of rounds, ablations and mask analyses."""
    section = params.lottery
    groups = replica_chunks(params, section.replicas, section.replicas_per_job)
    return [run for group in groups for run in _Group(params, group).runs()]


def plot(params: Any) -> Plot:
    """Return what `dvc plots` shows: the mean test accuracy of a round by sparsity."""
    return Plot("sparsity", CRITERIA, "Test accuracy (%)")


@dataclass(frozen=True)
class _Group:
    """The runs of one chunk of replicas."""

    params: Any
    replicas: tuple[int, ...]

    @property
    def section(self) -> Settings:
        return self.params.lottery

    def runs(self) -> Iterator[Run]:
        yield from self.blocks.values()
        for positions, weights in self.section.ablation.conditions:
            for ticket in TICKETS:
                yield self.arm(positions, weights, ticket)
        for criterion in CRITERIA:
            for sparsity in self.section.masks.sparsities:
                yield self.masks(criterion, self.section.round_of(sparsity))

    @cached_property
    def blocks(self) -> dict[tuple[Criterion, int], Run]:
        """Return the blocks of rounds by criterion and first round."""
        blocks: dict[tuple[Criterion, int], Run] = {}
        length = self.section.rounds_per_job
        for criterion in CRITERIA:
            for first in range(0, self.section.rounds, length):
                previous = blocks.get((criterion, first - length))
                blocks[criterion, first] = self.block(criterion, first, previous)
        return blocks

    def block(self, criterion: Criterion, first: int, previous: Run | None) -> Run:
        """Return the block of rounds that begins with round `first`.

        A block of the magnitude criterion begins with the mask that the block before
        it left; random masks depend on nothing but their own round.
        """
        section = self.section
        past = min(first + section.rounds_per_job, section.rounds)
        pruned = criterion == "magnitude"
        settings = Rounds(
            criterion=criterion,
            rounds=tuple(range(first, past)),
            sparsities=section.schedule[first:past],
            next_sparsity=next(iter(section.schedule[past:]), None) if pruned else None,
            hidden=section.hidden,
            sparse_below=section.sparse_below,
            score_step=section.score_step if pruned else None,
            random_masks=None if pruned else section.random_masks,
            dataset=self.params.dataset.alone(),
            **section.only(Optimisation),
        )
        reads = {"dataset": shared_dataset(self.params)}
        if pruned and previous:
            reads["previous"] = previous
        return self._run(
            "rounds", f"{criterion}-{first:02d}-{past - 1:02d}", settings, reads
        )

    def arm(self, positions: Positions, weights: Weights, ticket: Ticket) -> Run:
        """Return one arm of an ablation."""
        section, ablation = self.section, self.section.ablation
        number = section.round_of(ablation.sparsity)
        settings = Arm(
            positions=positions,
            weights=weights,
            ticket=ticket,
            round=number,
            sparsity=section.schedule[number],
            random_masks=section.random_masks if ticket == "random" else None,
            hidden=section.hidden,
            sparse_below=section.sparse_below,
            dataset=self.params.dataset.alone(seed=ablation.dataset_seed),
            **ablation.only(Optimisation),
        )
        reads = {"block": self._block_with(number)} if ticket == "lottery" else {}
        return self._run("ablation", f"{positions}-{weights}-{ticket}", settings, reads)

    def masks(self, criterion: Criterion, number: int) -> Run:
        """Return the analysis of the masks of one round."""
        section, pruned = self.section, criterion == "magnitude"
        settings = Masks(
            criterion=criterion,
            round=number,
            sparsity=section.schedule[number],
            random_masks=None if pruned else section.random_masks,
            inputs=self.params.dataset.final_seq_length,
            hidden=section.hidden,
            permutations=section.masks.permutations,
        )
        reads = {"block": self._block_with(number)} if pruned else {}
        return self._run("masks", f"{criterion}-{number:02d}", settings, reads)

    def _block_with(self, number: int) -> Run:
        first = number - number % self.section.rounds_per_job
        return self.blocks["magnitude", first]

    def _run(
        self, step: str, cell: str, settings: Section, reads: dict[str, Run]
    ) -> Run:
        return Run(
            experiment="lottery",
            step=step,
            cell=cell,
            settings=settings,
            seed=self.params.general.seed,
            replicas=self.replicas,
            reads=reads,
        )
