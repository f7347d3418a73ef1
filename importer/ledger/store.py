"""The ledger's file: made whole or not at all, checked when opened, every SQLite error told as a StateError."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing, contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any, Self

import polars as pl

from importer.durable import sync_folder
from importer.errors import GuardRailError, NoInputError, StateError
from importer.ledger.cures import CURES, told
from importer.ledger.keys import know_keys
from importer.ledger.mark import Height, Mark, make_mark, mark_of, refuse_loss
from importer.ledger.proof import MANY, Proof, check_namespaces, check_rows, check_tables
from importer.ledger.renewal import is_behind, is_lasting, read_old_mark, renew_mark
from importer.ledger.schema import APPLICATION_ID, MARKED, MIGRATIONS
from importer.ledger.state_dir import make_state_dir, refuse_link
from importer.ledger.sums import know_sums
from importer.ledger.transaction import PATIENCE, transaction
from importer.ledger.unmerged import close_unmerged

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path
    from types import TracebackType

    from importer.ledger.proof import Held

FEW = {"namespace": "integrity", "run": "integrity"}
"""The tables that decide what is sent are checked at each opening, those that grow with the customers by a `Proof`; a
fault in the large others (attempts, answers) shows when it is met."""

CHECKPOINT = 8_000
"""Pages of 4 KiB in the write-ahead log before they are copied into the file, which is what costs most when busy."""

FETCHED = 10_000
"""Rows held as Python objects at a time."""


class Ledger:
    """An open ledger. Used by one thread at a time; the journal has a connection of its own."""

    def __init__(
        self, path: Path, database: sqlite3.Connection, mark: Mark, proof: Proof | None, *, behind: bool
    ) -> None:
        """`proof` is what there is still to be proven; `behind`: it lost records, and `hold_back` comes first."""
        self.path = path
        self.behind = behind
        self._database = database
        self._mark = mark
        self._proof = proof

    def prove_beside(self, keep: int, most: int | None = None) -> None:
        """Let what is not proven yet be, on another thread; what is read of the namespace `keep` is then held.

        It is not where the ledger has more than `most` keys. Raises StateError when it can't be opened once more.
        """
        if self._proof:
            self._proof.begin(keep, most)

    def heed(self) -> None:
        """Raise StateError if the ledger is known to be damaged, without waiting for the proof of that."""
        if self._proof:
            self._proof.heed()

    def prove(self) -> None:
        """Wait until the ledger is proven: what is read of customers before may be damaged. Raises StateError."""
        if self._proof:
            self._proof.result()

    def held(self, namespace: int) -> Held | None:
        """Give what is held of a namespace until anything is written. Raises StateError as `prove`."""
        return self._proof.held(namespace) if self._proof else None

    def read(self, query: str, cells: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Give all rows of a query. Raises StateError for whatever SQLite reports."""
        with told(self.path):
            return self._database.execute(query, cells).fetchall()

    def frame(self, query: str, cells: Sequence[Any], schema: Mapping[str, type[pl.DataType]]) -> pl.DataFrame:
        """Give all rows of a query as a frame, fetched some at a time. Raises StateError like `read`."""
        found = [pl.DataFrame(schema=schema)]
        with told(self.path):
            cursor = self._database.execute(query, cells)
            while rows := cursor.fetchmany(FETCHED):
                found.append(pl.DataFrame(rows, schema=schema, orient="row"))
        return pl.concat(found)

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """Give a connection to read from. Raises StateError like `read`."""
        with told(self.path):
            yield self._database

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """Give a connection inside one transaction, durable when the block ends, undone when it raises.

        Raises StateError for whatever SQLite reports, and as `prove`.
        """
        self.prove()
        self._let_go()
        with told(self.path), transaction(self._database, self._mark):
            yield self._database

    def name_sender(self, run_id: str) -> None:
        """Keep in the mark that a run sends from now on: call it before its first request. Raises StateError."""
        self._mark.name_sender(run_id)

    def close(self) -> None:
        """Close the file. What was committed is durable already; one that is not proven is left as it was found."""
        if self._proof and not self._proof.close():
            close_unmerged(self.path, self._database)
        self._database.close()
        self._mark.close()

    def _let_go(self) -> None:
        if self._proof:
            self._proof.close()
            self._proof = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        try:
            if isinstance(error, NoInputError | GuardRailError):
                # Of these and a damaged ledger, that one is told.
                self.prove()
        finally:
            self.close()


def open_ledger(path: Path, *, create: bool, older: bool = False, later: bool = False) -> Ledger:
    """Open the ledger at `path`; where there is none and `create` says so, make one (0600, its folder 0700).

    A new ledger appears whole: it is made aside and then given its name. An older version's is brought up to date. With
    `older` one that is behind its mark opens too, and says so; it stays refused otherwise until `hold_back`. With
    `later` one that nothing is to be written to leaves it to `prove` whether its customers are as they were written;
    until then only namespaces and runs may be asked for.
    Raises StateError, with what to do, for a ledger that is missing, damaged, foreign, newer than this program, a link,
    or can't be written.
    """
    make_state_dir(path.parent)
    for name in (path, path.with_name(f"{path.name}-wal"), path.with_name(f"{path.name}-shm")):
        refuse_link(name)
    if not path.exists():
        if not create:
            raise StateError(
                f"{path}: there is no ledger. If this is the first import, add --new-ledger. If it is not, give the "
                "--state-dir of the earlier runs: an empty ledger would create every customer again."
            )
        _make(path)
    # First, since another process may be writing: a mark read later could be ahead of the ledger as it was seen.
    mark = read_old_mark(path, older=older)
    with told(path):
        database = connect(path)
        try:
            version = _check(path, database)
            later = later and version == len(MIGRATIONS) and is_lasting(path, read_height(database), mark)
            if not later:
                check_tables(path, database, MANY)
            behind = is_behind(path, mark, read_height(database) if version >= MARKED else None, older=older)
            database.execute("PRAGMA journal_mode = WAL")
            migrate(database)
            check_namespaces(path, database)
            if not later:
                check_rows(path, database)
            height = read_height(database)
            renew_mark(path, database, height, mark, behind=behind)
            proof = Proof(path, partial(connect, path)) if later else None
            return Ledger(path, database, Mark.open(mark_of(path), height.ledger), proof, behind=behind)
        except BaseException:
            close_unmerged(path, database)
            raise


def connect(path: Path) -> sqlite3.Connection:
    """Give a connection to an existing file, each commit synced to the disk before it returns."""
    database = sqlite3.connect(
        f"{path.absolute().as_uri()}?mode=rw", uri=True, isolation_level=None, timeout=PATIENCE, check_same_thread=False
    )
    database.execute("PRAGMA synchronous = FULL")
    database.execute("PRAGMA cache_size = -65536")
    database.execute(f"PRAGMA wal_autocheckpoint = {CHECKPOINT}")
    know_sums(database)
    know_keys(database)
    return database


def read_height(database: sqlite3.Connection) -> Height:
    """Give how far the ledger came. Raises DatabaseError where that is no name and no number."""
    found = database.execute("SELECT ledger, commits FROM height").fetchone()
    if found is None or [type(cell) for cell in found] != [str, int]:
        raise sqlite3.DatabaseError("the height is damaged")
    return Height(*found)


def rise(database: sqlite3.Connection, moment: int) -> int:
    """Inside a transaction: give a time (ms since 1970 UTC) that is no earlier than the newest one recorded.

    A clock that was put back would make an export look later than a create that was sent after it.
    """
    query = "UPDATE height SET newest = max(newest, ?) RETURNING newest"
    ((newest,),) = database.execute(query, (moment,)).fetchall()
    return int(newest)


def _make(path: Path) -> None:
    refuse_loss(path)
    aside = path.with_name(f"{path.name}.new")
    try:
        aside.unlink(missing_ok=True)
        os.close(os.open(aside, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600))
        with told(aside), closing(sqlite3.connect(aside, isolation_level=None)) as database:
            database.execute("PRAGMA synchronous = FULL")
            database.execute("PRAGMA page_size = 4096")
            database.execute(f"PRAGMA application_id = {APPLICATION_ID}")
            know_sums(database)
            know_keys(database)
            # Not in WAL mode yet: closing would copy its log into the file, and would not say when that failed.
            migrate(database)
            height = read_height(database)
        make_mark(mark_of(path), height, ())
        # A link fails where a rename would replace: a ledger is never overwritten.
        os.link(aside, path)
        aside.unlink()
        sync_folder(path.parent)
    except OSError as error:
        raise StateError(f"{path}: the ledger can't be made: {error.strerror}") from None


def _check(path: Path, database: sqlite3.Connection) -> int:
    """Give the version of a ledger that is ours and sound."""
    (mark,) = database.execute("PRAGMA application_id").fetchone()
    (version,) = database.execute("PRAGMA user_version").fetchone()
    if mark != APPLICATION_ID:
        raise StateError(
            f"{path}: this is not a ledger of importer (or it lost its content). Give the right --state-dir."
        )
    if version > len(MIGRATIONS):
        raise StateError(
            f"{path}: a newer importer made this ledger (version {version}; this one knows {len(MIGRATIONS)}). "
            "Install that version or a later one."
        )
    if version < 1:
        raise StateError(f"{path}: {CURES['SQLITE_CORRUPT']}")
    check_tables(path, database, FEW)
    return int(version)


def migrate(database: sqlite3.Connection, migrations: Sequence[str] = MIGRATIONS) -> None:
    """Bring a ledger up to date, one version a transaction, each whole or not at all."""
    (version,) = database.execute("PRAGMA user_version").fetchone()
    for number, statements in enumerate(migrations[version:], start=version + 1):
        try:
            database.executescript(f"BEGIN IMMEDIATE; {statements} PRAGMA user_version = {number}; COMMIT;")
        except BaseException:
            if database.in_transaction:
                database.execute("ROLLBACK")
            raise
