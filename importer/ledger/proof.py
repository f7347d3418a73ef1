"""Whether a ledger's rows are those that were written: asked while something else is under way, before any is used."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from importer.errors import StateError
from importer.ledger.bulk import OF_PAGE, pages_of, read_columns, read_contacts
from importer.ledger.contact_index import has_wrong_index
from importer.ledger.cures import CURES, MIXED, told
from importer.ledger.key_index import PLACE, KeyIndex
from importer.ledger.sums import differs, has_wrong_identity, has_wrong_namespace
from importer.ledger.tally import has_other_rows

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Mapping
    from concurrent.futures import Future
    from pathlib import Path

MANY = {"identity": "integrity", "contact": "quick"}
"""For a million customers: identities take 0.7 s, whose order is checked too since a key out of order would not be
found and be created again; contacts take 0.7 s, and would take 7 s if each were looked up in its index, which is
compared with them as a whole instead (see contact_index).
"""
HELD = 1_000_000
"""Keys, and contacts, that are held at most: some 130 MB, and the length of keys over 12 bytes."""
ASKED_AGAIN = 0.05
"""Seconds after which a check that is to stop is told so again: between two statements it does not hear it."""
KNOWN: Mapping[str, type[pl.DataType]] = {
    "key": pl.String,
    PLACE: pl.Int64,
    "contact_id": pl.String,
    "fingerprint": pl.Binary,
    "carried": pl.Binary,
    "identity.sum": pl.Int64,
}
OF_KEYS = f"identity LEFT JOIN contact ON contact.id = identity.contact WHERE {OF_PAGE}"


@dataclass(frozen=True, slots=True)
class Held:
    """What is known of a namespace, as it was read to be proven."""

    keys: KeyIndex
    """With `contact_id` String, `fingerprint` and `carried` Binary of the contact that a key leads to."""
    contacts: pl.Series
    """UInt64 hashes of the ids of all contacts, in no order."""


class Proof:
    """The checks of the tables that grow with the customers, on a connection and a thread of their own."""

    def __init__(self, path: Path, connect: Callable[[], sqlite3.Connection]) -> None:
        """`connect` gives a connection to the ledger at `path`, to which nobody writes until this has ended."""
        self._path = path
        self._connect = connect
        self._begun: tuple[sqlite3.Connection, Future[Held | None]] | None = None
        self._kept: int | None = None

    def begin(self, keep: int | None = None, most: int | None = None) -> None:
        """Begin, unless it has. `keep` is the namespace of which is held what is read, of at most so many keys."""
        if self._begun:
            return
        with told(self._path):
            database = self._connect()
        self._kept = keep
        threads = ThreadPoolExecutor(1, "proof")
        most = HELD if most is None else min(HELD, most)
        self._begun = database, threads.submit(_prove, self._path, database, keep, most)
        threads.shutdown(wait=False)

    def result(self) -> None:
        """Wait for it. Raises StateError where the ledger is damaged, or other rows are in it than were written."""
        self.begin()
        assert self._begun is not None  # noqa: S101  # for mypy: it has just begun
        self._begun[1].result()

    def heed(self) -> None:
        """Raise what `result` would, if that is known already."""
        if self._begun and self._begun[1].done():
            self._begun[1].result()

    def held(self, namespace: int) -> Held | None:
        """Give what is held of a namespace, if it is. Raises StateError as `result`."""
        self.result()
        return self._begun[1].result() if self._begun and self._kept == namespace else None

    def close(self) -> bool:
        """Stop it where it is still under way, and close its connection; say whether the ledger was found sound."""
        if self._begun is None:
            return False
        database, found = self._begun
        while wait([found], 0 if found.done() else ASKED_AGAIN).not_done:
            database.interrupt()
        database.close()
        return found.exception() is None


def check_tables(path: Path, database: sqlite3.Connection, checks: Mapping[str, str]) -> None:
    """Raise StateError where a table, or its indices, are not whole: `integrity` (orders too) or `quick`."""
    for table, check in checks.items():
        (verdict,) = database.execute(f"PRAGMA {check}_check({table})").fetchone()
        if verdict != "ok":
            raise _damaged(path)


def check_namespaces(path: Path, database: sqlite3.Connection) -> None:
    """Raise StateError where a namespace is not what was written."""
    if has_wrong_namespace(database):
        raise _damaged(path)


def check_rows(path: Path, database: sqlite3.Connection, keep: int | None = None) -> Held | None:
    """Raise StateError where identities are not what was written, or other rows are there than were.

    Gives what is held of the namespace `keep`, whose keys are read only once.
    """
    held = None if keep is None else _read(path, database, keep)
    if has_wrong_identity(database, but=keep) or has_wrong_index(database):
        raise _damaged(path)
    if has_other_rows(database):
        raise StateError(f"{path}: {MIXED}")
    return held


def _prove(path: Path, database: sqlite3.Connection, keep: int | None, most: int) -> Held | None:
    with told(path):
        check_tables(path, database, MANY)
        ((rows,),) = database.execute("SELECT max(identity_rows, contact_rows) FROM height")
        return check_rows(path, database, keep if isinstance(rows, int) and rows <= most else None)


def _read(path: Path, database: sqlite3.Connection, namespace: int) -> Held:
    pages = []
    for cells in pages_of(database, namespace):
        page = read_columns(database, OF_KEYS, cells, KNOWN).rename({PLACE: "place", "identity.sum": "sum"})
        if differs(namespace, page):
            raise _damaged(path)
        pages.append(page.drop("sum"))
    return Held(KeyIndex(pl.concat(pages)), pl.concat(ids.hash() for ids in read_contacts(database, namespace)))


def _damaged(path: Path) -> StateError:
    return StateError(f"{path}: {CURES['SQLITE_CORRUPT']}")
