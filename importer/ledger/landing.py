"""One transaction of the journal: outcomes, intents, counts and ticks, written as the ledger's rules say."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from importer.errors import StateError
from importer.ledger.sums import row_sum
from importer.outcome import LANDED, Action, Outcome, State

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Sequence

    from importer.ledger.namespaces import Target
    from importer.task import Task, Tick

    Ended = list[tuple[Task, Outcome]]

LAND_KEY = (
    "INSERT INTO identity (namespace, key, state, contact, run, part, position, sum)"
    " VALUES (?, ?, 'known', (SELECT id FROM contact WHERE namespace = ? AND contact_id = ?), ?, ?, ?, ?)"
    " ON CONFLICT DO UPDATE SET state = 'known', contact = excluded.contact, run = excluded.run,"
    " part = excluded.part, position = excluded.position, sum = excluded.sum WHERE contact IS NOT excluded.contact"
)
"""Cells: namespace, key, namespace, contact id (which the ledger holds), run, part, position, sum."""
TAKEN = "answer|other"
"""Of a create whose answer bears the id of a contact that the ledger knows already."""


@dataclass(slots=True)
class Batch:
    """What waits to be written together, outcomes before intents."""

    outcomes: list[tuple[Task, Outcome]] = field(default_factory=list)
    intents: list[Task] = field(default_factory=list)
    ticks: list[tuple[int, Tick]] = field(default_factory=list)
    """With the time of each, ms since 1970 UTC."""
    requests: dict[str, int] = field(default_factory=dict)
    """By UTC day, YYYY-MM-DD."""


def write(database: sqlite3.Connection, target: Target, namespace: int, run: int, batch: Batch, moment: int) -> None:
    """Write a batch inside a transaction. Raises StateError when it contradicts what is recorded already."""
    # Cells are bound as plain str and int, never as enums: sqlite3 looks for an adapter of any subclass first.
    if batch.outcomes:
        outcomes, taken = _doubt_taken(database, namespace, batch.outcomes)
        _write_outcomes(database, run, outcomes, moment)
        _write_created(database, namespace, run, outcomes, moment)
        _write_updated(database, namespace, run, outcomes, moment)
        _write_not_created(database, namespace, run, outcomes)
        _forget(database, namespace, taken)
    if batch.intents:
        _write_intents(database, namespace, run, batch.intents, moment)
    if batch.ticks:
        _write_ticks(database, run, batch)
    if batch.requests:
        _count_requests(database, target, batch)


def _write_ticks(database: sqlite3.Connection, run: int, batch: Batch) -> None:
    database.executemany(
        "INSERT INTO tick (run, at, done, in_flight, flight_limit, latency_ms, waiting) VALUES (?, ?, ?, ?, ?, ?, ?)",
        [(run, at, t.done, t.in_flight, t.limit, t.latency_ms, t.waiting) for at, t in batch.ticks],
    )


def _count_requests(database: sqlite3.Connection, target: Target, batch: Batch) -> None:
    database.executemany(
        "INSERT INTO request_day (base_url, account, day, requests) VALUES (?, ?, ?, ?)"
        " ON CONFLICT DO UPDATE SET requests = requests + excluded.requests",
        [(target.base_url, target.account, day, number) for day, number in batch.requests.items()],
    )


def _write_intents(database: sqlite3.Connection, namespace: int, run: int, tasks: list[Task], moment: int) -> None:
    written = database.executemany(
        "INSERT INTO attempt (run, part, position, source, row, action, key, contact_id, state, attempts, intent_at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, 'intent', 1, ?)"
        " ON CONFLICT DO UPDATE SET state = 'intent', attempts = attempts + 1, intent_at = excluded.intent_at,"
        " http_status = NULL, code = NULL, message = NULL, finished_at = NULL WHERE state IN ('intent', 'unsent')",
        [(run, t.part, t.position, t.source, t.row, t.action.value, t.key, t.contact_id, moment) for t in tasks],
    )
    _all_of(written, tasks, "a row that this run settled already was about to be sent again")
    creates = [t for t in tasks if t.action is Action.CREATE]
    if creates:
        written = database.executemany(
            "INSERT INTO identity (namespace, key, state, run, part, position, sum)"
            " VALUES (?, ?, 'sending', ?, ?, ?, ?)"
            " ON CONFLICT DO NOTHING",
            [(namespace, t.key, run, t.part, t.position, row_sum(namespace, t.key, None)) for t in creates],
        )
        _all_of(written, creates, "a customer whom the ledger already knows was about to be created")
    if len(creates) < len(tasks):
        database.executemany(
            "UPDATE contact SET fingerprint = NULL WHERE namespace = ? AND contact_id = ? AND fingerprint IS NOT NULL",
            [(namespace, t.contact_id) for t in tasks if t.action is Action.UPDATE],
        )


def _write_outcomes(database: sqlite3.Connection, run: int, outcomes: Ended, moment: int) -> None:
    written = database.executemany(
        "UPDATE attempt SET state = ?, contact_id = coalesce(?, contact_id), http_status = ?, code = ?, message = ?,"
        " finished_at = ?, attempts = attempts - ? WHERE run = ? AND part = ? AND position = ? AND state = 'intent'",
        [
            (
                *(o.state.value, o.contact_id, o.http_status, o.code, o.message, moment),
                *(_never_left(o), run, t.part, t.position),
            )
            for t, o in outcomes
        ],
    )
    _all_of(written, outcomes, "an outcome came for a row without an open intent")


def _doubt_taken(database: sqlite3.Connection, namespace: int, outcomes: Ended) -> tuple[Ended, list[str]]:
    """Make unknown the creates whose answer bears the id of another contact; give those ids too.

    A new customer has a new id: where one was given before, the server answered about somebody else, or put two people
    together.
    """
    ids = [str(o.contact_id) for t, o in outcomes if t.action is Action.CREATE and o.state is State.CREATED]
    if not ids:
        return outcomes, []
    marks = ", ".join("?" * len(ids))
    query = f"SELECT contact_id FROM contact WHERE namespace = ? AND contact_id IN ({marks})"  # noqa: S608  # only marks
    seen = {found for (found,) in database.execute(query, (namespace, *ids))}
    if not seen and len(set(ids)) == len(ids):
        return outcomes, []
    judged: Ended = []
    taken = []
    for task, outcome in outcomes:
        if task.action is Action.CREATE and outcome.state is State.CREATED:
            if outcome.contact_id in seen:
                taken.append(str(outcome.contact_id))
                judged.append((task, Outcome(State.UNKNOWN, None, outcome.http_status, TAKEN)))
                continue
            seen.add(outcome.contact_id)
        judged.append((task, outcome))
    return judged, taken


def _write_created(database: sqlite3.Connection, namespace: int, run: int, outcomes: Ended, moment: int) -> None:
    created = [(t, o) for t, o in outcomes if t.action is Action.CREATE and o.state is State.CREATED]
    if not created:
        return
    # Numbered here, so that nobody has to look a random id up again to know its number.
    (last,) = database.execute("SELECT coalesce(max(id), 0) FROM contact").fetchone()
    numbered = [(number, t, o.contact_id, o.answer) for number, (t, o) in enumerate(created, last + 1)]
    database.executemany(
        "INSERT INTO contact (id, namespace, contact_id, fingerprint, run, part, position, landed_at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        [
            (number, namespace, contact, t.fingerprint, run, t.part, t.position, moment)
            for number, t, contact, _ in numbered
        ],
    )
    written = database.executemany(
        "UPDATE identity SET state = 'known', contact = ?, sum = ?"
        " WHERE namespace = ? AND key = ? AND state = 'sending' AND run = ?",
        [(number, row_sum(namespace, t.key, contact), namespace, t.key, run) for number, t, contact, _ in numbered],
    )
    _all_of(written, created, "a create landed whose intent is not recorded")
    database.executemany(
        "INSERT INTO answer (contact, body) VALUES (?, ?)",
        [(number, answer) for number, _, _, answer in numbered if answer is not None],
    )


def _write_updated(database: sqlite3.Connection, namespace: int, run: int, outcomes: Ended, moment: int) -> None:
    landed = [(t, t.contact_id, o.answer) for t, o in outcomes if t.action is Action.UPDATE and o.state in LANDED]
    if not landed:
        return
    database.executemany(
        "INSERT INTO contact (namespace, contact_id, fingerprint, carried, run, part, position, landed_at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET fingerprint = excluded.fingerprint,"
        " carried = excluded.carried, run = excluded.run, part = excluded.part, position = excluded.position,"
        " landed_at = excluded.landed_at",
        [(namespace, contact, t.fingerprint, t.carried, run, t.part, t.position, moment) for t, contact, _ in landed],
    )
    database.executemany(
        LAND_KEY,
        [
            (namespace, t.key, namespace, contact, run, t.part, t.position, row_sum(namespace, t.key, contact))
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
        [(namespace, contact, answer) for _, contact, answer in landed if answer is not None],
    )
    # An update that landed without telling the stored form has made the one we hold untrue.
    _drop_answers(database, namespace, [contact for _, contact, answer in landed if answer is None])


def _write_not_created(database: sqlite3.Connection, namespace: int, run: int, outcomes: Ended) -> None:
    creates = [(t, o.state) for t, o in outcomes if t.action is Action.CREATE and o.state not in LANDED]
    if not creates:
        return
    database.executemany(
        "UPDATE identity SET state = 'unknown' WHERE namespace = ? AND key = ? AND state = 'sending' AND run = ?",
        [(namespace, t.key, run) for t, state in creates if state is State.UNKNOWN],
    )
    database.executemany(
        "DELETE FROM identity WHERE namespace = ? AND key = ? AND state = 'sending' AND run = ?",
        [(namespace, t.key, run) for t, state in creates if state is not State.UNKNOWN],
    )


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


def _never_left(outcome: Outcome) -> int:
    return int(outcome.state is State.UNSENT and outcome.http_status is None)


def _all_of(written: sqlite3.Cursor, rows: list[Task] | list[tuple[Task, Outcome]], otherwise: str) -> None:
    if written.rowcount != len(rows):
        raise StateError(f"the ledger refused a record: {otherwise}. Nothing more was sent; plan again.")
