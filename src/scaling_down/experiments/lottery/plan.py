"""Blocks of pruning rounds, the ablations of their tickets, a look at their masks."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from scaling_down.experiments.dataset.plan import dataset_run
from scaling_down.experiments.lottery.settings import CRITERIA, TICKETS
from scaling_down.workflow.parameters.sections import Optimisation
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
    groups = replica_chunks(params, section)
    return [run for group in groups for run in _Group(params, group).runs()]


def plot(params: Any) -> Plot:
    """Return what `dvc plots` shows: the mean test accuracy of a round by sparsity."""
    return Plot("sparsity", CRITERIA, "Test accuracy (%)")


def evaluation_dataset(params: Any) -> Run:
    """Return the run that makes the dataset of the ablations, of another seed."""
    seed = params.lottery.ablation.dataset_seed
    return Run(
        experiment="lottery",
        cell="dataset",
        settings={**params.dataset.dataset(), "seed": seed},
        step="compute.dataset",
    )


@dataclass(frozen=True)
class _Group:
    """The runs of one chunk of replicas."""

    params: Any
    replicas: tuple[int, ...]

    def runs(self) -> Iterator[Run]:
        section = self.params.lottery
        yield from self.blocks.values()
        for positions, weights in section.ablation.conditions:
            for ticket in TICKETS:
                yield self.ablation(positions, weights, ticket)
        for criterion in CRITERIA:
            for sparsity in section.masks.sparsities:
                yield self.masks(criterion, section.round_of(sparsity))

    @cached_property
    def blocks(self) -> dict[tuple[str, int], Run]:
        """Return the blocks of rounds by criterion and first round."""
        blocks: dict[tuple[str, int], Run] = {}
        length = self.params.lottery.rounds_per_job
        for criterion in CRITERIA:
            for first in range(0, self.params.lottery.rounds, length):
                previous = blocks.get((criterion, first - length))
                blocks[criterion, first] = self.block(criterion, first, previous)
        return blocks

    def block(self, criterion: str, first: int, previous: Run | None) -> Run:
        """Return the block of rounds that begins with round `first`.

        A block of the magnitude criterion begins with the mask that the block before
        it left; random masks depend on nothing but their own round.
        """
        section = self.params.lottery
        past = min(first + section.rounds_per_job, section.rounds)
        settings = {
            "criterion": criterion,
            "rounds": list(range(first, past)),
            "sparsities": list(section.schedule[first:past]),
            "hidden": section.hidden,
            **section.model_dump(include=set(Optimisation.model_fields)),
        }
        reads = {"dataset": dataset_run("dataset", self.params.dataset.dataset())}
        if criterion == "random":
            settings["random_masks"] = section.random_masks
        else:
            settings["score_step"] = section.score_step
            settings["next_sparsity"] = next(iter(section.schedule[past:]), None)
            reads |= {"previous": previous} if previous else {}
        cell = f"rounds-{criterion}-b{first:02d}-{past - 1:02d}"
        return self._run("compute.rounds", cell, settings, reads)

    def ablation(self, positions: str, weights: str, ticket: str) -> Run:
        """Return one arm of an ablation."""
        ablation = self.params.lottery.ablation
        settings = {
            "positions": positions,
            "weights": weights,
            "ticket": ticket,
            "hidden": self.params.lottery.hidden,
            **ablation.model_dump(include=set(Optimisation.model_fields)),
        }
        reads = {"dataset": evaluation_dataset(self.params)}
        if criterion := TICKETS[ticket]:
            settings["round"] = self.params.lottery.round_of(ablation.sparsity)
            reads["block"] = self._block_with(criterion, settings["round"])
        cell = f"ablation-{positions}-{weights}-{ticket}"
        return self._run("compute.ablation", cell, settings, reads)

    def masks(self, criterion: str, number: int) -> Run:
        """Return the analysis of the masks of one round."""
        settings = {
            "criterion": criterion,
            "round": number,
            "sparsity": self.params.lottery.schedule[number],
            "inputs": self.params.dataset.final_seq_length,
            "hidden": self.params.lottery.hidden,
            "permutations": self.params.lottery.masks.permutations,
        }
        reads = {"block": self._block_with(criterion, number)}
        cell = f"masks-{criterion}-{number:02d}"
        return self._run("compute.masks", cell, settings, reads)

    def _block_with(self, criterion: str, number: int) -> Run:
        first = number - number % self.params.lottery.rounds_per_job
        return self.blocks[criterion, first]

    def _run(
        self, step: str, cell: str, settings: dict[str, Any], reads: dict[str, Run]
    ) -> Run:
        return Run(
            experiment="lottery",
            cell=cell,
            settings=settings,
            step=step,
            seed=self.params.general.seed,
            replicas=self.replicas,
            reads=reads,
        )
