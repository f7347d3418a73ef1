"""What a transaction of the journal does to the customers that are created: keys taken, contacts found, ids doubted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from importer.errors import StateError
from importer.ledger.cells import as_blob
from importer.ledger.sums import identity_sum
from importer.outcome import LANDED, Action, Outcome, State

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Collection

    from importer.task import Task

    Ended = list[tuple[Task, Outcome]]
    Numbered = list[tuple[int, Task, Outcome]]

# An enum's member costs a call each time it is looked up on its class: here that would be some times a row.
CREATE, CREATED, UNKNOWN = Action.CREATE, State.CREATED, State.UNKNOWN
NO_INTENT = "an outcome came for a row without an open intent"
TAKEN = "answer|other"
"""Of a create whose answer bears the id of a contact that the ledger knows already, or that an update went to."""


def begin_creates(database: sqlite3.Connection, namespace: int, run: int, tasks: list[Task]) -> None:
    """Take the keys of creates that begin. Raises StateError where one is taken already.

    What fails undoes the whole transaction: told so (OR ROLLBACK), SQLite keeps no copies of pages to undo one
    statement alone.
    """
    written = database.executemany(
        "INSERT OR ROLLBACK INTO identity (namespace, key, state, run, part, position, sum)"
        " VALUES (?, ?, 'sending', ?, ?, ?, ?) ON CONFLICT DO NOTHING",
        [(namespace, t.key, run, t.part, t.position, identity_sum(namespace, t.key, None)) for t in tasks],
    )
    require_all(written, len(tasks), "a customer whom the ledger already knows was about to be created")


def end_creates(
    database: sqlite3.Connection, namespace: int, run: int, outcomes: Ended, moment: int, updating: Collection[str]
) -> tuple[Ended, list[str]]:
    """Write what the creates among these outcomes make of their keys and contacts.

    `updating` are the ids of contacts that are somebody's though the ledger may not know them yet. Gives all outcomes
    as they are to be recorded, and the ids of contacts that nobody is sure of any more. Raises StateError.
    """
    ended = [(t, o) for t, o in outcomes if t.action is CREATE]
    if not ended:
        return outcomes, []
    created, taken = _add_contacts(database, namespace, run, ended, moment, updating)
    _land(database, namespace, run, created)
    if taken:
        outcomes = _doubt(outcomes, {t.key for _, t, _ in created})
    if len(created) < len(ended):
        missed = [(t, o) for t, o in outcomes if t.action is CREATE and o.state not in LANDED]
        _settle_unknown(database, namespace, run, [t for t, o in missed if o.state is UNKNOWN])
        _release(database, namespace, run, [t for t, o in missed if o.state is not UNKNOWN])
    return outcomes, taken


def _release(database: sqlite3.Connection, namespace: int, run: int, tasks: list[Task]) -> None:
    """Forget the keys whose create was certainly not acted on, or refused."""
    database.executemany(
        "DELETE FROM identity WHERE namespace = ? AND key = ? AND state = 'sending' AND run = ?",
        [(namespace, t.key, run) for t in tasks],
    )


def _settle_unknown(database: sqlite3.Connection, namespace: int, run: int, tasks: list[Task]) -> None:
    database.executemany(
        "UPDATE identity SET state = 'unknown' WHERE namespace = ? AND key = ? AND state = 'sending' AND run = ?",
        [(namespace, t.key, run) for t in tasks],
    )


def _add_contacts(
    database: sqlite3.Connection, namespace: int, run: int, ended: Ended, moment: int, updating: Collection[str]
) -> tuple[Numbered, list[str]]:
    """Add the contacts that are new, numbered; give the ids of those that are not, too.

    A new customer has a new id: where one was given before, the server answered about somebody else, or put two people
    together.
    """
    created = [(t, o) for t, o in ended if o.state is CREATED and o.contact_id not in updating]
    met = [str(o.contact_id) for _, o in ended if o.state is CREATED and o.contact_id in updating] if updating else []
    if not created:
        return [], met
    # Numbered here, so that nobody has to look a random id up again to know its number.
    ((last,),) = database.execute("SELECT coalesce(max(id), 0) FROM contact").fetchall()
    numbered = [(number, t, o) for number, (t, o) in enumerate(created, last + 1)]
    written = database.executemany(
        "INSERT OR ROLLBACK INTO contact (id, namespace, contact_id, fingerprint, run, part, position, landed_at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (namespace, contact_id) DO NOTHING",
        [(n, namespace, o.contact_id, as_blob(t.fingerprint), run, t.part, t.position, moment) for n, t, o in numbered],
    )
    if written.rowcount == len(numbered):
        return numbered, met
    added = {n for (n,) in database.execute("SELECT id FROM contact WHERE id > ?", (last,))}
    taken = [str(o.contact_id) for n, _, o in numbered if n not in added]
    return [c for c in numbered if c[0] in added], [*met, *taken]


def _doubt(outcomes: Ended, landed: set[str | None]) -> Ended:
    """Make unknown the creates whose answer bears the id of another contact."""
    return [
        (t, Outcome(UNKNOWN, None, o.http_status, TAKEN))
        if t.action is CREATE and o.state is CREATED and t.key not in landed
        else (t, o)
        for t, o in outcomes
    ]


def _land(database: sqlite3.Connection, namespace: int, run: int, created: Numbered) -> None:
    written = database.executemany(
        "UPDATE OR ROLLBACK identity SET state = 'known', contact = ?, sum = ?"
        " WHERE namespace = ? AND key = ? AND state = 'sending' AND run = ?",
        [(number, identity_sum(namespace, t.key, o.contact_id), namespace, t.key, run) for number, t, o in created],
    )
    require_all(written, len(created), NO_INTENT)
    database.executemany(
        "INSERT OR ROLLBACK INTO answer (contact, body) VALUES (?, ?)",
        [(number, bytearray(o.answer)) for number, _, o in created if o.answer is not None],
    )


def require_all(written: sqlite3.Cursor, rows: int, otherwise: str) -> None:
    """Raise StateError, which says what happened otherwise, unless so many rows were written."""
    if rows and written.rowcount != rows:
        raise StateError(f"the ledger refused a record: {otherwise}. Nothing more was sent; plan again.")
