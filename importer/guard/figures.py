"""The figures that the guard rails judge: of this file, of its plan, and of the run before."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from importer.guard.blanked import Blanked, count_blanked
from importer.ledger import ROWS, hash_contacts, newest_column_counts
from importer.outcome import Action
from importer.plan import SUPERSEDED

if TYPE_CHECKING:
    from collections.abc import Mapping

    from importer.earlier import Earlier
    from importer.folder import RunFolder
    from importer.ledger import ColumnCount, Ledger, Namespace
    from importer.plan import Planned
    from importer.prepare import Prepared


@dataclass(frozen=True, slots=True)
class Before:
    """What the newest run of the namespace read."""

    read: int
    filled: Mapping[str, int]
    """By place, the rows in which its cells gave a value."""


@dataclass(frozen=True, slots=True)
class Figures:
    """What a plan comes to, and what came before."""

    read: int
    rejected: int
    """Rows; those that only gave way to another row of their key are not among them."""
    creates: int
    planned: int
    """Rows that would be created or updated, or are there unchanged."""
    known: int
    """Contacts that the namespace knew before."""
    absent: int
    """Of these, those that no row of the file stands for, not even a rejected one. They are left alone."""
    filled: Mapping[str, int]
    """As `Before.filled`, of this file."""
    before: Before | None
    """None where no run came before."""
    had: Mapping[str, int] = field(default_factory=dict)
    """By field, the known customers looked at of whom it was filled in what landed last."""
    lost: Mapping[str, int] = field(default_factory=dict)
    """Of these, those whose row has it blank now."""

    def document(self) -> dict[str, Any]:
        """Give it as the run's folder keeps it."""
        return asdict(self)


def read_figures(document: Mapping[str, Any]) -> Figures:
    """Give the figures that a document tells."""
    before = document["before"]
    return Figures(**{**document, "before": Before(**before) if before else None})


def gather(
    folder: RunFolder,
    prepared: Prepared,
    planned: Planned,
    ledger: Ledger,
    namespace: Namespace,
    earlier: Earlier | None = None,
) -> Figures:
    """Gather the figures of a plan that lies in `folder`. Raises StateError when it, or the ledger, can't be read.

    `earlier` tells what landed before; None where an update carries what is known, so that a blank takes nothing away.
    """
    filled = {count.place: count.filled for count in prepared.fields if count.place != ROWS}
    blanked = count_blanked(folder, planned, filled, ledger, namespace, earlier) if earlier else Blanked()
    counts, there = planned.counts, hash_contacts(ledger, namespace.id)
    superseded = prepared.superseded + planned.codes.get(SUPERSEDED, 0)
    return Figures(
        read=prepared.read,
        rejected=counts.get(Action.REJECTED, 0) - superseded,
        creates=counts.get(Action.CREATE, 0),
        planned=sum(counts.get(action, 0) for action in (Action.CREATE, Action.UPDATE, Action.UNCHANGED)),
        known=there.len(),
        # Compared by 64-bit hashes, 8 bytes a row and 8 a contact, so that memory stays small on any file.
        absent=int((~there.is_in(planned.met.implode())).sum()),
        filled=filled,
        before=_before(newest_column_counts(ledger, namespace)),
        had=dict(blanked.had),
        lost=dict(blanked.lost),
    )


def _before(counts: tuple[ColumnCount, ...]) -> Before | None:
    rows = next((count for count in counts if count.place == ROWS), None)
    if rows is None:
        return None
    return Before(rows.filled + rows.rejected, {count.place: count.filled for count in counts if count is not rows})
