"""What was made here, held against what came with the repository.

Both have folders of their own; a run has the same name in either if its settings, its
code and its replicas are the same.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from scaling_down.claims.words import JUDGEMENTS
from scaling_down.workflow.files import DamagedFile, read_rows
from scaling_down.workflow.plan import Plan
from scaling_down.workflow.recompute import differences

SAME_BITS = "same bits"
Row = dict[str, str]


@dataclass(frozen=True)
class ComparedRun:
    """A run, whether it was shipped and made, and the arrays in which both differ.

    `damage` says which of both files could not be read.
    """

    file: str
    shipped: bool
    made: bool
    different: tuple[str, ...] = ()
    damage: str = ""

    @property
    def verdict(self) -> str:
        """Return what there is to say of it."""
        if not self.made:
            return "not made"
        if not self.shipped:
            return "not shipped"
        if self.damage:
            return f"damaged: {self.damage}"
        return (
            f"other bits: {', '.join(self.different)}" if self.different else SAME_BITS
        )


@dataclass(frozen=True)
class ComparedClaim:
    """A claim, and its rows of the shipped and of the new scorecard."""

    claim: str
    shipped: Row | None
    made: Row | None

    @property
    def agrees(self) -> bool:
        """Whether both scorecards judge it alike."""
        return _judged(self.shipped) == _judged(self.made)

    def sentence(self) -> str:
        """Return both verdicts and both means."""
        if self.agrees and _mean(self.shipped) == _mean(self.made):
            return f"{self.claim}: {_said(self.made)}, as shipped"
        mark = "" if self.agrees else "ANOTHER VERDICT: "
        return f"{self.claim}: {mark}{_said(self.made)}; shipped: {_said(self.shipped)}"


def compare_runs(shipped: Plan, made: Plan) -> Iterator[ComparedRun]:
    """Yield each run that `made` plans, compared bit by bit with the shipped one."""
    for stem, run in made.by_stem.items():
        new = Path(made.file(run))
        old = Path(shipped.layout.run(run.experiment, stem))
        both = old.exists() and new.exists()
        try:
            different, damage = tuple(differences(old, new)) if both else (), ""
        except DamagedFile as error:
            different, damage = (), str(error)
        yield ComparedRun(str(new), old.exists(), new.exists(), different, damage)


def compare_claims(shipped: Plan, made: Plan) -> Iterator[ComparedClaim]:
    """Yield each claim of either scorecard with both its rows."""
    before, now = _card(shipped), _card(made)
    for claim in dict.fromkeys((*before, *now)):
        yield ComparedClaim(claim, before.get(claim), now.get(claim))


def _card(plan: Plan) -> dict[str, Row]:
    file = Path(plan.scorecard.table)
    return {row["id"]: row for row in read_rows(file)} if file.exists() else {}


def _judged(row: Row | None) -> list[str]:
    return [row[name] for name in JUDGEMENTS] if row else []


def _mean(row: Row | None) -> str:
    return row["measured"] if row else ""


def _said(row: Row | None) -> str:
    if row is None:
        return "not there"
    judged = ", ".join(filter(None, (row[name] for name in JUDGEMENTS)))
    measured = f"{float(row['measured']):.6g}" if row["measured"] else "not measured"
    return f"{judged} ({measured})"
