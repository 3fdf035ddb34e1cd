"""The plan: which runs, tables and figures the parameters ask for."""

from collections.abc import Collection
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from pathlib import Path
from typing import Any, NamedTuple

from scaling_down.claims.statements import as_plain, read_claims
from scaling_down.workflow.belonging import belongs
from scaling_down.workflow.code import code_digest, definitions_digest, digest
from scaling_down.workflow.experiment import (
    PACKAGE,
    experiment_names,
    folder,
    module_name,
    room,
    study_model,
)
from scaling_down.workflow.paths import Layout
from scaling_down.workflow.run import Run, with_all_reads

Manifest = dict[str, Any]
SCORECARD_FIGURES = {"claims_all": ("png", "pdf"), "claims_headlines": ("png", "pdf")}


class Scorecard(NamedTuple):
    """The files of the scorecard."""

    table: str
    counts: str
    by_experiment: list[str]
    figures: list[str]

    @property
    def files(self) -> list[str]:
        """Return all of them, in the order in which the judging job is given them."""
        return [self.table, self.counts, *self.by_experiment, *self.figures]


@dataclass(frozen=True)
class Plan:
    """All jobs of one parameter file."""

    params: Any

    @property
    def layout(self) -> Layout:
        """Return the files of this plan."""
        return Layout(self.params.general.results, self.params.general.figures)

    @cached_property
    def runs(self) -> dict[str, list[Run]]:
        """Return the runs that each experiment's summary reads."""
        names = experiment_names()
        return {name: room(name, "plan").runs(self.params) for name in names}

    @cached_property
    def by_stem(self) -> dict[str, Run]:
        """Return all runs by the stem of their file, what is read before readers.

        Raises ValueError where different runs have one name.
        """
        planned = (run for runs in self.runs.values() for run in runs)
        found = {run.stem: run for run in with_all_reads(planned)}
        keys: dict[tuple[str, str], str] = {}
        for run in found.values():
            name = (run.experiment, run.name)
            if keys.setdefault(name, run.key) != run.key:
                raise ValueError(f"{run.experiment}: two different runs are {run.name}")
        return found

    def tables(self, experiment: str) -> list[str]:
        """Return the files of an experiment's summary: tables, then metrics."""
        names = room(experiment, "plan").TABLES
        tables = [self.layout.table(experiment, name) for name in names]
        return [*tables, self.layout.metrics(experiment)]

    def figures(self, experiment: str) -> dict[str, list[str]]:
        """Return the files of each figure of an experiment, in all formats."""
        return {
            name: [self.layout.figure(name, suffix) for suffix in formats]
            for name, formats in room(experiment, "plan").FIGURES.items()
        }

    def figure_files(self, experiment: str) -> list[str]:
        """Return the files of all figures of an experiment."""
        return list(chain(*self.figures(experiment).values()))

    @property
    def scorecard(self) -> Scorecard:
        """Return the files of the scorecard."""
        layout = self.layout
        return Scorecard(
            table=layout.table("claims", "claims"),
            counts=layout.metrics("claims"),
            by_experiment=[layout.verdicts(name) for name in self.runs],
            figures=[
                layout.figure(name, suffix)
                for name, formats in SCORECARD_FIGURES.items()
                for suffix in formats
            ],
        )

    def file(self, run: Run) -> str:
        """Return the file of a run."""
        return self.layout.run(run.experiment, run.stem)

    def files(self, experiment: str) -> list[str]:
        """Return the files of the runs that an experiment's summary reads."""
        return [self.file(run) for run in self.runs[experiment]]

    def reads(self, run: Run) -> dict[str, str]:
        """Return the files that a run reads, by name."""
        return {name: self.file(read) for name, read in run.reads.items()}

    def descriptions(self) -> list[dict[str, Any]]:
        """Return what computes each run and its file, what is read before readers."""
        return [
            {"description": run.description(self.reads(run)), "file": self.file(run)}
            for run in self.by_stem.values()
        ]

    def folders(self) -> set[Path]:
        """Return the folders that jobs write their outputs to."""
        files = [self.file(run) for run in self.by_stem.values()]
        files += self.scorecard.files
        for name in self.runs:
            files += [*self.tables(name), *self.figure_files(name)]
        return {Path(file).parent for file in files}

    def summary_key(self, experiment: str) -> str:
        """Return the digest of all that determines an experiment's tables."""
        replicas = sorted(
            (r.name, r.key, i)
            for r in self.runs[experiment]
            for i in r.replicas or (None,)
        )
        return digest(
            {
                "runs": replicas,
                "study": self.study(experiment),
                "code": [
                    code_digest(f"{PACKAGE}.jobs.summarise", "summarise_experiment"),
                    code_digest(module_name(experiment, "summarise"), "summarise"),
                    definitions_digest(module_name(experiment, "settings")),
                ],
            }
        )

    def figures_key(self, experiment: str) -> str:
        """Return the digest of all that determines an experiment's figures."""
        return digest(
            {
                "summary": self.summary_key(experiment),
                "drawing": self._drawing(experiment),
                "banner": self.params.general.banner,
                "code": [
                    code_digest(f"{PACKAGE}.jobs.draw", "draw_figures"),
                    code_digest(module_name(experiment, "draw"), "draw"),
                ],
            }
        )

    def claims_key(self) -> str:
        """Return the digest of all that determines the scorecard."""
        return digest(
            {
                "summaries": {name: self.summary_key(name) for name in self.runs},
                "claims": self._claims,
                "full_scale": self.params.general.full_scale,
                "banner": self.params.general.banner,
                "code": code_digest(f"{PACKAGE}.jobs.judge", "judge_claims"),
            }
        )

    def summary_manifest(self, experiment: str) -> Manifest:
        """Return what the summarising job of an experiment is given."""
        runs = [
            {
                "file": self.file(run),
                "step": run.step,
                "cell": run.cell,
                "key": run.key,
                "replicas": list(run.replicas),
                "settings": run.plain_settings,
            }
            for run in self.runs[experiment]
        ]
        return {
            "experiment": experiment,
            "key": self.summary_key(experiment),
            "study": self.study(experiment),
            "runs": runs,
        }

    def figures_manifest(self, experiment: str) -> Manifest:
        """Return what the drawing job of an experiment is given."""
        return {
            "experiment": experiment,
            "key": self.figures_key(experiment),
            "summary_key": self.summary_key(experiment),
            "tables": self.tables(experiment),
            "study": self.study(experiment),
            "drawing": self._drawing(experiment),
            "banner": self.params.general.banner,
        }

    def standing(self) -> list[str]:
        """Return the experiments whose tables are there and of these parameters."""
        return [
            name
            for name in self.runs
            if belongs(self.layout.metrics(name), self.summary_key(name))
        ]

    def complete(self, damaged: Collection[str] = ()) -> list[str]:
        """Return the experiments that need no training.

        All their runs and what these read are there, and not among the damaged files.
        """
        return [
            name
            for name, runs in self.runs.items()
            if all(
                Path(file).exists() and file not in damaged
                for file in map(self.file, with_all_reads(runs))
            )
        ]

    def claims_manifest(self, experiments: Collection[str] | None = None) -> Manifest:
        """Return what the judging job is given: all experiments, or some in that order.

        A scorecard of some has no key, so that it never passes for the whole one.
        """
        judged = list(self.runs if experiments is None else experiments)
        summaries = {
            name: {
                "metrics": self.layout.metrics(name),
                "key": self.summary_key(name),
            }
            for name in judged
        }
        return {
            "key": self.claims_key() if judged == list(self.runs) else "",
            "full_scale": self.params.general.full_scale,
            "banner": self.params.general.banner,
            "summaries": summaries,
            "claims": self._claims,
        }

    @cached_property
    def _claims(self) -> list[dict[str, Any]]:
        return [
            {
                **claim,
                "experiment": name,
                "file": self.layout.table(name, claim["table"]),
            }
            for name in self.runs
            for claim in self._stated(name)
        ]

    def _stated(self, experiment: str) -> list[dict[str, Any]]:
        tables = room(experiment, "plan").TABLES
        return as_plain(read_claims(folder(experiment) / "claims.yaml", tables))

    def study(self, experiment: str) -> dict[str, Any]:
        """Return what an experiment's tables and figures are told of its section."""
        fields = set(study_model(experiment).model_fields)
        section = getattr(self.params, experiment)
        return section.model_dump(mode="json", include=fields)

    def _drawing(self, experiment: str) -> dict[str, Any]:
        return getattr(self.params, experiment).drawing.model_dump(mode="json")
