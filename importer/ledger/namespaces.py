"""Whose customers a mapping speaks of: keys of one namespace share contact ids, keys of two never meet."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from importer.errors import GuardRailError, StateError

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Collection
    from datetime import date, datetime

    from importer.ledger.store import Ledger


SUM = "UPDATE namespace SET sum = row_sum(id, base_url, account, name, key_fields, key_steps, key_columns)"


@dataclass(frozen=True, slots=True)
class Target:
    """What is looked for: a mapping's name at one base URL and account."""

    base_url: str
    account: str
    name: str


@dataclass(frozen=True, slots=True)
class KeyRule:
    """By what a mapping knows a customer: the mapped fields, a digest of the steps they take, and their columns."""

    fields: tuple[str, ...]
    steps: str
    columns: tuple[str | None, ...] | None = None
    """For each field the one column it is taken from; None where the steps say whence. None for all: not known."""


@dataclass(frozen=True, slots=True)
class Namespace:
    """A namespace that was opened."""

    id: int
    target: Target
    keys: KeyRule


def find_namespace(ledger: Ledger, target: Target) -> Namespace | None:
    """Give the namespace of a target, None when it was never opened."""
    found = ledger.read(
        "SELECT id, key_fields, key_steps, key_columns FROM namespace WHERE base_url = ? AND account = ? AND name = ?",
        (target.base_url, target.account, target.name),
    )
    for number, fields, steps, columns in found:
        kept = None if columns is None else tuple(json.loads(columns))
        return Namespace(number, target, KeyRule(tuple(json.loads(fields)), steps, kept))
    return None


def require_namespace(ledger: Ledger, target: Target) -> Namespace:
    """Give the namespace of a target. Raises StateError, naming what was looked for and where, when it isn't open."""
    found = find_namespace(ledger, target)
    if found is None:
        raise StateError(
            f"{ledger.path}: nothing was ever sent for mapping name {target.name!r} to account {target.account!r} at "
            f"{target.base_url}. If this is its first import, add --new-ledger. If it is not, the state folder, the "
            "account, the URL or the mapping's name differs from the earlier runs'."
        )
    return found


def open_namespace(ledger: Ledger, target: Target, keys: KeyRule, now: Callable[[], datetime]) -> Namespace:
    """Give the namespace of a target, opening it, durably, where it isn't. One that is open stays as it is."""
    with ledger.writing() as database:
        insert_namespace(database, target, keys, epoch_ms(now()))
        database.execute(SUM)
    return require_namespace(ledger, target)


def insert_namespace(database: sqlite3.Connection, target: Target, keys: KeyRule, moment: int) -> None:
    """Inside a transaction, which runs SUM after it: open a namespace where it isn't."""
    database.execute(
        "INSERT INTO namespace (base_url, account, name, key_fields, key_steps, key_columns, opened_at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
        (target.base_url, target.account, target.name, *_cells(keys), moment),
    )


def check_keys(ledger: Ledger, namespace: Namespace, keys: KeyRule, standing: Collection[str] = ()) -> None:
    """Raise GuardRailError when the mapping knows customers by other fields, steps or columns than the ledger does.

    `standing` are the columns that the source has. Another column is let pass as renamed where the old one does not
    stand there any more.
    """
    swapped = _swapped(namespace.keys, keys, standing)
    if (namespace.keys.fields, namespace.keys.steps) == (keys.fields, keys.steps) and swapped is None:
        return
    ((customers,),) = ledger.read("SELECT count(*) FROM identity WHERE namespace = ?", (namespace.id,))
    known, asked = " + ".join(namespace.keys.fields) or "id alone", " + ".join(keys.fields) or "id alone"
    what = (
        f"the ledger knows these customers by {known}, the mapping by {asked}"
        if known != asked
        else f"{swapped}, which still stands in the source"
        if swapped
        else f"the steps of {asked} in the mapping differ from those by which the ledger knows these customers"
    )
    raise GuardRailError(
        f"mapping {namespace.target.name!r}: {what}. Up to {customers:,} known customers would no longer be found, and "
        "be created again. Take the change back, or give the mapping another name. If it is meant, and the rows bring "
        "the contacts' ids or nobody is to be found again, add --change-key."
    )


def change_keys(ledger: Ledger, namespace: Namespace, keys: KeyRule) -> Namespace:
    """Let the namespace know its customers by `keys` from now on. What it knows under old keys stays."""
    with ledger.writing() as database:
        set_keys(database, namespace.id, keys)
        database.execute(SUM)
    return require_namespace(ledger, namespace.target)


def set_keys(database: sqlite3.Connection, namespace: int, keys: KeyRule) -> None:
    """Inside a transaction, which runs SUM after it: let a namespace know its customers by `keys` from now on."""
    database.execute(
        "UPDATE namespace SET key_fields = ?, key_steps = ?, key_columns = ?, revision = revision + 1 WHERE id = ?",
        (*_cells(keys), namespace),
    )


def _cells(keys: KeyRule) -> tuple[str, str, str | None]:
    columns = None if keys.columns is None else json.dumps(keys.columns)
    return json.dumps(keys.fields), keys.steps, columns


def _swapped(known: KeyRule, asked: KeyRule, standing: Collection[str]) -> str | None:
    """Say which field the mapping takes from another column although the old one still stands in the source."""
    if known.fields != asked.fields or known.columns is None or asked.columns is None:
        return None
    for field, old, new in zip(asked.fields, known.columns, asked.columns, strict=True):
        if old is not None and new is not None and old != new and old in standing:
            return f"the mapping takes {field} from column {new!r}, and the ledger knows it from {old!r}"
    return None


def requests_of_day(ledger: Ledger, target: Target, day: date) -> int:
    """Give how many requests were counted for the target's base URL and account on a UTC day, over all runs."""
    found = ledger.read(
        "SELECT requests FROM request_day WHERE base_url = ? AND account = ? AND day = ?",
        (target.base_url, target.account, day.isoformat()),
    )
    return int(found[0][0]) if found else 0


def count_request(ledger: Ledger, target: Target, day: date) -> None:
    """Count one request of a UTC day, durably, for what sends no row."""
    with ledger.writing() as database:
        database.execute(
            "INSERT INTO request_day (base_url, account, day, requests) VALUES (?, ?, ?, 1)"
            " ON CONFLICT DO UPDATE SET requests = requests + 1",
            (target.base_url, target.account, day.isoformat()),
        )


def epoch_ms(moment: datetime) -> int:
    """Give a moment as the ledger keeps it: whole milliseconds since 1970 UTC."""
    return int(moment.timestamp() * 1000)
