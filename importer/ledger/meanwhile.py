"""Contacts of whom something is under way: what a create that is answered with the id of one of them makes unsure."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from importer.outcome import LANDED, Action, State

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Sequence

    from importer.outcome import Outcome
    from importer.task import Task

# An enum's member costs a call each time it is looked up on its class.
UPDATE, UNKNOWN = Action.UPDATE, State.UNKNOWN
UNDER_WAY = (
    "SELECT contact_id FROM attempt WHERE run = ? AND action = 'update' AND (state = 'intent' OR state = 'unknown')"
)


@dataclass(slots=True)
class Meanwhile:
    """What one sending knows of its updates, by contact id."""

    updating: set[str] = field(default_factory=set)
    """Whom an update may have reached that has not landed: the ledger need not know them yet, but they are somebody."""
    overwritten: set[str] = field(default_factory=set)
    """Whom a create may have written over since the last intent of an update: its landing tells nothing sure."""

    @classmethod
    def of_run(cls, database: sqlite3.Connection, run: int) -> Meanwhile:
        """Give what an earlier sending of the run left under way."""
        return cls({contact for (contact,) in database.execute(UNDER_WAY, (run,))})

    def begin(self, intents: Sequence[Task]) -> None:
        """Note intents: what was written over before, their updates write anew."""
        begun = {t.contact_id for t in intents if t.action is UPDATE and t.contact_id is not None}
        self.updating |= begun
        self.overwritten -= begun

    def end(self, outcomes: Sequence[tuple[Task, Outcome]], taken: Sequence[str]) -> list[str]:
        """Note outcomes, and the ids that creates were answered with though they are somebody's.

        Gives whom nobody is sure of any more. Whoever an update may still have reached stays somebody.
        """
        self.overwritten.update(taken)
        if not self.updating and not self.overwritten:
            return []
        ended = [(t.contact_id, o.state) for t, o in outcomes if t.action is UPDATE and t.contact_id is not None]
        self.updating -= {contact for contact, state in ended if state is not UNKNOWN}
        landed = {contact for contact, state in ended if state in LANDED}
        return sorted({*taken, *(landed & self.overwritten)})
