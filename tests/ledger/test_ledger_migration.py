"""An older ledger is brought up to date whole or not at all; what it held stays."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from importer.errors import StateError
from importer.ledger import open_ledger
from importer.ledger.schema import MIGRATIONS
from importer.ledger.store import connect, migrate

SECOND = "ALTER TABLE run ADD COLUMN colour TEXT; CREATE TABLE made_up (x INTEGER) STRICT;"
BROKEN = "ALTER TABLE run ADD COLUMN colour TEXT; INSERT INTO no_such_table VALUES (1);"
NEXT = len(MIGRATIONS) + 1


def older(path: Path) -> Path:
    """Make a ledger of the present version with a day's count in it."""
    with open_ledger(path, create=True) as ledger, ledger.writing() as database:
        database.execute("INSERT INTO request_day VALUES ('u', 'a', '2026-01-01', 7)")
    return path


def version(path: Path) -> int:
    with closing(sqlite3.connect(path)) as database:
        (found,) = database.execute("PRAGMA user_version").fetchone()
        return int(found)


def test_an_older_ledger_gets_what_is_new_and_keeps_what_it_held(tmp_path: Path) -> None:
    path = older(tmp_path / "ledger.sqlite")
    with closing(connect(path)) as database:
        migrate(database, (*MIGRATIONS, SECOND))
        assert database.execute("SELECT count(*) FROM made_up").fetchone() == (0,)
        assert database.execute("SELECT colour FROM run").fetchall() == []
        assert database.execute("SELECT requests FROM request_day").fetchall() == [(7,)]
    assert version(path) == NEXT


def test_migrating_again_changes_nothing(tmp_path: Path) -> None:
    path = older(tmp_path / "ledger.sqlite")
    for _ in range(2):
        with closing(connect(path)) as database:
            migrate(database, (*MIGRATIONS, SECOND))
    assert version(path) == NEXT


def test_a_migration_that_fails_leaves_the_ledger_as_it_was(tmp_path: Path) -> None:
    path = older(tmp_path / "ledger.sqlite")
    with closing(connect(path)) as database, pytest.raises(sqlite3.OperationalError):
        migrate(database, (*MIGRATIONS, BROKEN))
    assert version(path) == len(MIGRATIONS)
    with open_ledger(path, create=False) as ledger:
        assert ledger.read("SELECT requests FROM request_day") == [(7,)]
        assert "colour" not in {row[1] for row in ledger.read("PRAGMA table_info(run)")}


def test_a_ledger_made_by_a_later_version_is_refused_by_this_one(tmp_path: Path) -> None:
    path = older(tmp_path / "ledger.sqlite")
    with closing(connect(path)) as database:
        migrate(database, (*MIGRATIONS, SECOND))
    with pytest.raises(StateError, match=f"version {NEXT}.*Install that version"):
        open_ledger(path, create=False)
