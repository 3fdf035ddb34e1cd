"""Every file name of the project."""

from dataclasses import dataclass
from pathlib import Path

MANIFESTS = Path(".snakemake/manifests")
OUTDATED = Path(".snakemake/outdated")
LOCK = Path(".snakemake/scaling-down.lock")
DAMAGED = Path(".snakemake/damaged")
OVERALL = Path(".snakemake/overall.json")


@dataclass(frozen=True)
class Layout:
    """The files of one set of results, below a results and a figures folder."""

    results: str
    figures: str

    def run(self, experiment: str, stem: str) -> str:
        """Return the file of a run, from its stem."""
        return f"{self.results}/{experiment}/runs/{stem}.npz"

    def table(self, experiment: str, name: str = "summary") -> str:
        """Return a table of an experiment."""
        return f"{self.results}/{experiment}/{name}.csv"

    def metrics(self, experiment: str) -> str:
        """Return the headline numbers of an experiment."""
        return f"{self.results}/{experiment}/metrics.json"

    @property
    def costs(self) -> str:
        """Return the table of measured costs."""
        return f"{self.results}/costs.csv"

    def verdicts(self, experiment: str) -> str:
        """Return the counts of verdicts on an experiment, for `dvc metrics`."""
        return f"{self.results}/claims/{experiment}.json"

    def figure(self, name: str, suffix: str) -> str:
        """Return a figure; its name begins with the experiment's."""
        return f"{self.figures}/{name}.{suffix}"

    def log(self, experiment: str, step: str, what: str = "") -> str:
        """Return the log of a job of the rule `<experiment>_<step>`."""
        end = f"-{what}" if what else ""
        return f"{self.results}/{experiment}/logs/{experiment}_{step}{end}.log"
