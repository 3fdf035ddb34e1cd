"""Blocks of pruning rounds, the ablations of their tickets, a look at their masks."""

from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Any

from scaling_down.experiments.dataset.plan import shared_dataset
from scaling_down.experiments.lottery.settings import (
    BASELINE,
    CONTROLS,
    CRITERIA,
    Arm,
    Condition,
    Criterion,
    Masks,
    Protocol,
    Rounds,
    ScoreStep,
    Settings,
    Ticket,
    tickets_of,
)
from scaling_down.workflow.parameters.sections import Optimisation
from scaling_down.workflow.run import Plot, ReplicaGroup, Run, replica_chunks

TABLES = (
    "summary", "rounds", "ablations", "ablation_replicas", "decays", "curves", "masks",
    "mask_replicas", "profiles", "tickets", "plot",
)  # fmt: skip
FIGURES = {
    f"lottery_{what}": ("png", "pdf")
    for what in (
        "rounds",
        "curves",
        "ablations",
        "masks",
        "adjacency",
        "benefit",
        "controls",
        "protocols",
    )
}


def runs(params: Any) -> list[Run]:
    """Return all blocks of rounds, ablations and mask analyses."""
    section = params.lottery
    groups = replica_chunks(params, section.replicas, section.replicas_per_job)
    return [run for group in groups for run in _Group(params, group).runs()]


def plot(params: Any) -> Plot:
    """Return what `dvc plots` shows: the mean test accuracy of a round by sparsity."""
    return Plot("sparsity", CRITERIA, "Test accuracy (%)")


class _Group(ReplicaGroup):
    """The runs of one chunk of replicas."""

    experiment = "lottery"

    @property
    def section(self) -> Settings:
        return self.params.lottery

    def runs(self) -> Iterator[Run]:
        for protocol in self.section.protocols:
            yield from self.pruning(protocol)
            yield from self.random(protocol)
        for condition in self.section.ablation.conditions:
            for ticket in tickets_of(condition):
                yield self.arm(condition, ticket)
        for ticket in CONTROLS:
            yield self.arm(BASELINE, ticket)
        for penalty in self.section.ablation.weight_decays:
            yield self.arm(BASELINE, "dense", penalty)
        for criterion in CRITERIA:
            for sparsity in self.section.masks.sparsities:
                yield self.masks(criterion, self.section.round_of(sparsity))

    def pruning(self, protocol: Protocol) -> list[Run]:
        """Return the blocks of rounds that prune by magnitude."""
        if protocol == "published":
            return list(self.blocks.values())
        score_step, _ = self.section.scoring(protocol)
        return [self.block(range(self.section.rounds), score_step, None)]

    @cached_property
    def blocks(self) -> dict[int, Run]:
        """Return the published protocol's blocks by first round; each begins with the
        masks that the block before it left."""
        blocks: dict[int, Run] = {}
        section, length = self.section, self.section.rounds_per_job
        for first in range(0, section.rounds, length):
            numbers = range(first, min(first + length, section.rounds))
            previous = blocks.get(first - length)
            blocks[first] = self.block(numbers, section.score_step, previous)
        return blocks

    def block(self, numbers: range, score_step: ScoreStep, previous: Run | None) -> Run:
        """Return a block of rounds that prune by magnitude.

        The corrected protocol has one block of all rounds: nobody reads its masks, and
        they are the larger part of a run file.
        """
        section, past = self.section, numbers.stop
        settings = Rounds(
            criterion="magnitude",
            rounds=tuple(numbers),
            sparsities=section.schedule[numbers.start : past],
            next_sparsity=next(iter(section.schedule[past:]), None),
            keeps_masks=score_step != "last",
            score_step=score_step,
            random_masks=None,
            **self._training(),
        )
        reads = {"dataset": shared_dataset(self.params)}
        if previous:
            reads["previous"] = previous
        cell = f"magnitude-{score_step}-{_span(numbers)}"
        return self.run("rounds", cell, settings, reads)

    def random(self, protocol: Protocol) -> Iterator[Run]:
        """Yield blocks of rounds with random masks, which depend on nothing else."""
        section = self.section
        _, random_masks = section.scoring(protocol)
        length = section.rounds_per_job * section.random_every
        for first in range(0, section.rounds, length):
            span = range(first, first + length)
            numbers = tuple(k for k in section.random_rounds if k in span)
            if not numbers:
                continue
            settings = Rounds(
                criterion="random",
                rounds=numbers,
                sparsities=tuple(section.schedule[number] for number in numbers),
                next_sparsity=None,
                keeps_masks=False,
                score_step=None,
                random_masks=random_masks,
                **self._training(),
            )
            reads = {"dataset": shared_dataset(self.params)}
            cell = f"random-{random_masks}-{_span(numbers)}"
            yield self.run("rounds", cell, settings, reads)

    def _training(self) -> dict[str, Any]:
        """Return the settings that all rounds share."""
        section = self.section
        return {
            "hidden": section.hidden,
            "sparse_below": section.sparse_below,
            "dataset": self.params.dataset.alone(),
            **section.only(Optimisation),
        }

    def arm(
        self, condition: Condition, ticket: Ticket, weight_decay: float = 0.0
    ) -> Run:
        """Return one arm of an ablation."""
        section, ablation = self.section, self.section.ablation
        positions, weights, training_sets = condition
        number = section.round_of(ablation.sparsity)
        _, random_masks = section.scoring("published")
        dense = ticket == "dense"
        settings = Arm(
            positions=positions,
            weights=weights,
            training_sets=training_sets,
            ticket=ticket,
            weight_decay=weight_decay,
            round=None if dense else number,
            sparsity=None if dense else section.schedule[number],
            random_masks=random_masks if ticket == "random" else None,
            hidden=section.hidden,
            sparse_below=section.sparse_below,
            dataset=self.params.dataset.alone(seed=ablation.dataset_seed),
            **ablation.only(Optimisation),
        )
        masked = ticket in ("lottery", "matched")
        reads = {"block": self._block_with(number)} if masked else {}
        cell = "-".join((*condition, ticket))
        if weight_decay:
            cell += f"-decay-{weight_decay:g}"
        return self.run("ablation", cell, settings, reads)

    def masks(self, criterion: Criterion, number: int) -> Run:
        """Return the analysis of the masks of one round."""
        section, pruned = self.section, criterion == "magnitude"
        _, random_masks = section.scoring("published")
        settings = Masks(
            criterion=criterion,
            round=number,
            sparsity=section.schedule[number],
            random_masks=None if pruned else random_masks,
            inputs=self.params.dataset.final_seq_length,
            hidden=section.hidden,
            permutations=section.masks.permutations,
        )
        reads = {"block": self._block_with(number)} if pruned else {}
        return self.run("masks", f"{criterion}-{number:02d}", settings, reads)

    def _block_with(self, number: int) -> Run:
        return self.blocks[number - number % self.section.rounds_per_job]


def _span(numbers: Sequence[int]) -> str:
    return f"{numbers[0]:02d}-{numbers[-1]:02d}"
