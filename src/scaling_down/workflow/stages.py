"""Writes dvc.yaml: two stages an experiment, derived from the plan and the imports.

A stage calls Snakemake for one target, which recomputes what is missing. Only the keyed
run files persist; tables and figures are removed first, so that old ones can never be
recorded as new.
"""

import ast
import io
from collections.abc import Iterable
from functools import cached_property
from pathlib import Path
from typing import Any

import grimp
from ruamel.yaml import YAML

from scaling_down.workflow.experiment import PACKAGE, ROOT, folder, module_name, room
from scaling_down.workflow.modules import source_file
from scaling_down.workflow.plan import Plan
from scaling_down.workflow.run import with_all_reads

HEADER = f"# Written by `make stages`.\n#\n# {'# '.join(__doc__.splitlines(True)[2:])}"
DRAWING = "drawing"
SHARED = "dataset"
"""The section whose settings all experiments share."""


class Pipeline:
    """The stages and plots of one plan."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan

    def text(self) -> str:
        """Return the text of dvc.yaml."""
        names = list(self.plan.runs)
        stages: dict[str, dict[str, Any]] = {}
        for name in names:
            stages |= {name: self._tables(name), f"{name}_figures": self._figures(name)}
        stages["claims"] = self._claims()
        plots = [plot for name in names if (plot := self._plot(name))]
        return HEADER + _dumped({"stages": stages, "plots": plots})

    def _tables(self, name: str) -> dict[str, Any]:
        *tables, metrics = self.plan.tables(name)
        runs = list(with_all_reads(self.plan.runs[name]))
        steps = {run.module for run in runs if run.experiment == name}
        rooms = {module_name(name, r) for r in ("settings", "plan", "summarise")}
        others = {run.experiment for run in runs} - {name}
        read = {self.plan.layout.metrics(other) for other in others}
        folder_of_runs = str(Path(metrics).with_name("runs"))
        return {
            "cmd": _command(f"{name}_summarise"),
            "deps": sorted(self._sources(rooms | steps) | read),
            "params": ["general.seed", *self._params(name)],
            "outs": [
                {folder_of_runs: {"persist": True}},
                *_uncached([*tables, metrics]),
            ],
        }

    def _figures(self, name: str) -> dict[str, Any]:
        figures = [f for files in self.plan.figures(name).values() for f in files]
        code = self._sources({module_name(name, "draw")})
        return {
            "cmd": _command(f"{name}_draw"),
            "deps": sorted(code | set(self.plan.tables(name))),
            "params": ["general.banner", f"{name}.{DRAWING}"],
            "outs": _uncached(figures),
        }

    def _claims(self) -> dict[str, Any]:
        manifest = self.plan.claims_manifest()
        card = self.plan.scorecard
        tables = {claim["file"] for claim in manifest["claims"]}
        metrics = {summary["metrics"] for summary in manifest["summaries"].values()}
        stated = (folder(name) / "claims.yaml" for name in self.plan.runs)
        statements = {_relative(path) for path in stated if path.exists()}
        code = self._sources({f"{PACKAGE}.jobs.judge"})
        return {
            "cmd": _command("claims"),
            "deps": sorted(tables | metrics | statements | code),
            "params": ["general.full_scale", "general.banner"],
            "outs": _uncached([card.table, card.counts, *card.figures]),
            "metrics": _uncached(card.by_experiment),
        }

    def _params(self, name: str) -> list[str]:
        """Return the keys that the experiment's runs and tables may depend on."""
        return [
            f"{section}.{key}"
            for section in dict.fromkeys((name, SHARED))
            for key in type(getattr(self.plan.params, section)).model_fields
            if key != DRAWING
        ]

    def _plot(self, name: str) -> dict[str, Any] | None:
        plot = getattr(room(name, "plan"), "plot", lambda params: None)(
            self.plan.params
        )
        if plot is None:
            return None
        file = self.plan.layout.table(name, "plot")
        y = {file: list(plot.y)}
        return {name: {"template": "simple", "x": plot.x, "y": y, "title": plot.title}}

    @cached_property
    def _graph(self) -> grimp.ImportGraph:
        return grimp.build_graph(PACKAGE)

    def _sources(self, modules: Iterable[str]) -> set[str]:
        """Return the files of modules and of all that they import in this package."""
        found = set(modules)
        for module in modules:
            found |= self._graph.find_upstream_modules(module)
        paths = filter(None, map(source_file, found))
        return {_relative(path) for path in paths if _computes(path)}


def _computes(path: Path) -> bool:
    """Tell whether a module has more than a docstring."""
    body = ast.parse(path.read_text(encoding="utf-8")).body
    return not all(isinstance(node, ast.Expr) for node in body)


def _relative(path: Path) -> str:
    return path.relative_to(ROOT.parents[1]).as_posix()


def _command(target: str) -> str:
    return f"snakemake --cores all -- {target}"


def _uncached(files: Iterable[str]) -> list[dict[str, Any]]:
    """Return outputs that git keeps rather than DVC's cache."""
    return [{file: {"cache": False}} for file in sorted(files)]


def _dumped(pipeline: dict[str, Any]) -> str:
    yaml = YAML(pure=True)
    yaml.default_flow_style = False
    yaml.indent(mapping=2, sequence=4, offset=2)
    text = io.StringIO()
    yaml.dump(pipeline, text)
    return text.getvalue()
