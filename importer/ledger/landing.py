"""One transaction of the journal: outcomes, intents, counts and ticks, written as the ledger's rules say."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from importer.ledger.cells import as_blob
from importer.ledger.creates import CREATE, NO_INTENT, begin_creates, end_creates, require_all
from importer.ledger.sums import identity_sum
from importer.outcome import LANDED, Action, State

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Sequence
    from datetime import date

    from importer.ledger.meanwhile import Meanwhile
    from importer.ledger.namespaces import Target
    from importer.outcome import Outcome
    from importer.task import Task, Tick

    Ended = list[tuple[Task, Outcome]]

# As in creates.py.
UPDATE, UNSENT = Action.UPDATE, State.UNSENT
SETTLED = "a row that this run settled already was about to be sent again"
# Apart, since a None is dear to bind: a create has no contact id yet, and what landed has no words.
BEGIN = (
    "INSERT OR ROLLBACK INTO attempt (run, part, position, source, row, action, key, contact_id, state, attempts,"
    " intent_at) VALUES (?, ?, ?, ?, ?, {}, 'intent', 1, ?) ON CONFLICT DO UPDATE SET state = 'intent',"
    " attempts = attempts + 1, intent_at = excluded.intent_at, http_status = NULL, code = NULL, message = NULL,"
    " finished_at = NULL WHERE state IN ('intent', 'unsent')"
)
BEGIN_CREATE, BEGIN_UPDATE = BEGIN.format("'create', ?, NULL"), BEGIN.format("'update', ?, ?")
END = (
    "UPDATE OR ROLLBACK attempt SET state = ?, contact_id = coalesce(?, contact_id), http_status = ?,{} finished_at = ?"
    "{} WHERE run = ? AND part = ? AND position = ? AND state = 'intent'"
)
END_LANDED, END_OTHER = END.format("", ""), END.format(" code = ?, message = ?,", ", attempts = attempts - ?")
LAND_KEY = (
    "INSERT OR ROLLBACK INTO identity (namespace, key, state, contact, run, part, position, sum)"
    " VALUES (?, ?, 'known', (SELECT id FROM contact WHERE namespace = ? AND contact_id = ?), ?, ?, ?, ?)"
    " ON CONFLICT DO UPDATE SET state = 'known', contact = excluded.contact, run = excluded.run,"
    " part = excluded.part, position = excluded.position, sum = excluded.sum WHERE contact IS NOT excluded.contact"
)
"""Cells: namespace, key, namespace, contact id (which the ledger holds), run, part, position, sum."""


@dataclass(slots=True)
class Batch:
    """What waits to be written together, outcomes before intents."""

    outcomes: list[tuple[Task, Outcome]] = field(default_factory=list)
    intents: list[Task] = field(default_factory=list)
    ticks: list[tuple[int, Tick]] = field(default_factory=list)
    """With the time of each, ms since 1970 UTC."""
    requests: int = 0


def write(
    database: sqlite3.Connection, namespace: int, run: int, batch: Batch, moment: int, meanwhile: Meanwhile
) -> None:
    """Write a batch inside a transaction. Raises StateError when it contradicts what is recorded already.

    `meanwhile` is kept up to date.
    """
    # Cells are bound as plain str, int and bytearray, and None seldom: for all else, enums too, sqlite3 looks for an
    # adapter first.
    if batch.outcomes:
        outcomes, taken = end_creates(database, namespace, run, batch.outcomes, moment, meanwhile.updating)
        _write_outcomes(database, run, outcomes, moment)
        _write_updated(database, namespace, run, outcomes, moment)
        if doubtful := meanwhile.end(outcomes, taken):
            _forget(database, namespace, doubtful)
    if batch.intents:
        _write_intents(database, namespace, run, batch.intents, moment)
        meanwhile.begin(batch.intents)
    if batch.ticks:
        _write_ticks(database, run, batch)


def _write_ticks(database: sqlite3.Connection, run: int, batch: Batch) -> None:
    database.executemany(
        "INSERT INTO tick (run, at, done, in_flight, flight_limit, latency_ms, waiting) VALUES (?, ?, ?, ?, ?, ?, ?)",
        [(run, at, t.done, t.in_flight, t.limit, t.latency_ms, t.waiting) for at, t in batch.ticks],
    )


def count_requests(database: sqlite3.Connection, target: Target, number: int, day: date) -> None:
    """Inside a transaction: count requests on a UTC day; a negative number takes back what never left."""
    database.execute(
        "INSERT INTO request_day (base_url, account, day, requests) VALUES (?, ?, ?, ?)"
        " ON CONFLICT DO UPDATE SET requests = requests + excluded.requests",
        (target.base_url, target.account, day.isoformat(), number),
    )


def _write_intents(database: sqlite3.Connection, namespace: int, run: int, tasks: list[Task], moment: int) -> None:
    creates = [t for t in tasks if t.action is CREATE]
    updates = [t for t in tasks if t.action is UPDATE]
    if creates:
        cells = [(run, t.part, t.position, t.source, t.row, t.key, moment) for t in creates]
        require_all(database.executemany(BEGIN_CREATE, cells), len(creates), SETTLED)
        begin_creates(database, namespace, run, creates)
    if updates:
        to = [(run, t.part, t.position, t.source, t.row, t.key, t.contact_id, moment) for t in updates]
        require_all(database.executemany(BEGIN_UPDATE, to), len(updates), SETTLED)
        database.executemany(
            "UPDATE contact SET fingerprint = NULL WHERE namespace = ? AND contact_id = ? AND fingerprint IS NOT NULL",
            [(namespace, t.contact_id) for t in updates],
        )


def _write_outcomes(database: sqlite3.Connection, run: int, outcomes: Ended, moment: int) -> None:
    landed = [each for each in outcomes if _is_plain(each[1])]
    cells = [(str(o.state), o.contact_id, o.http_status, moment, run, t.part, t.position) for t, o in landed]
    require_all(database.executemany(END_LANDED, cells), len(landed), NO_INTENT)
    if len(landed) == len(outcomes):
        return
    others = [each for each in outcomes if not _is_plain(each[1])]
    told = [
        (
            *(str(o.state), o.contact_id, o.http_status, o.code, o.message, moment),
            *(1 if o.state is UNSENT and o.http_status is None else 0, run, t.part, t.position),
        )
        for t, o in others
    ]
    require_all(database.executemany(END_OTHER, told), len(others), NO_INTENT)


def _is_plain(outcome: Outcome) -> bool:
    return outcome.state in LANDED and outcome.code is None and outcome.message is None


def _write_updated(database: sqlite3.Connection, namespace: int, run: int, outcomes: Ended, moment: int) -> None:
    landed = [(t, t.contact_id, o.answer) for t, o in outcomes if t.action is UPDATE and o.state in LANDED]
    if not landed:
        return
    database.executemany(
        "INSERT INTO contact (namespace, contact_id, fingerprint, carried, run, part, position, landed_at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET fingerprint = excluded.fingerprint,"
        " carried = excluded.carried, run = excluded.run, part = excluded.part, position = excluded.position,"
        " landed_at = excluded.landed_at",
        [
            (namespace, contact, as_blob(t.fingerprint), as_blob(t.carried), run, t.part, t.position, moment)
            for t, contact, _ in landed
        ],
    )
    database.executemany(
        LAND_KEY,
        [
            (namespace, t.key, namespace, contact, run, t.part, t.position, identity_sum(namespace, t.key, contact))
            for t, contact, _ in landed
            if t.key is not None
        ],
    )
    database.executemany(
        "INSERT OR REPLACE INTO former_answer (contact, run, body) SELECT contact, ?, body FROM answer"
        " WHERE contact = (SELECT id FROM contact WHERE namespace = ? AND contact_id = ?)",
        [(run, namespace, contact) for _, contact, _ in landed],
    )
    database.executemany(
        "INSERT OR REPLACE INTO answer (contact, body)"
        " VALUES ((SELECT id FROM contact WHERE namespace = ? AND contact_id = ?), ?)",
        [(namespace, contact, as_blob(answer)) for _, contact, answer in landed if answer is not None],
    )
    # An update that landed without telling the stored form has made the one we hold untrue.
    if untold := [contact for _, contact, answer in landed if answer is None]:
        _drop_answers(database, namespace, untold)


def _forget(database: sqlite3.Connection, namespace: int, contacts: list[str]) -> None:
    """Be sure no longer of what these contacts hold: a create may have written over it."""
    database.executemany(
        "UPDATE contact SET fingerprint = NULL WHERE namespace = ? AND contact_id = ?",
        [(namespace, contact) for contact in contacts],
    )
    _drop_answers(database, namespace, contacts)


def _drop_answers(database: sqlite3.Connection, namespace: int, contacts: Sequence[str | None]) -> None:
    database.executemany(
        "DELETE FROM answer WHERE contact = (SELECT id FROM contact WHERE namespace = ? AND contact_id = ?)",
        [(namespace, contact) for contact in contacts],
    )
