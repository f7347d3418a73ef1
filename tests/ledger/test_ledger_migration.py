"""An older ledger is brought up to date whole or not at all; what it held stays."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from importer.errors import StateError
from importer.ledger import KeyRule, Target, find_namespace, open_ledger
from importer.ledger.schema import APPLICATION_ID, MIGRATIONS
from importer.ledger.store import connect, migrate
from importer.ledger.sums import know_sums

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


def test_a_ledger_of_the_second_version_knows_its_customers_by_composed_keys(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite"
    with closing(sqlite3.connect(path, isolation_level=None)) as database:
        know_sums(database)
        database.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        migrate(database, MIGRATIONS[:2])
        database.execute(
            "INSERT INTO namespace VALUES (1, 'u', 'a', 'crm', '[\"email\"]', 'd', 0, 0,"
            " row_sum(1, 'u', 'a', 'crm', '[\"email\"]', 'd'))"
        )
        database.executescript("INSERT INTO contact (id, namespace, contact_id, landed_at) VALUES (1, 1, 'c1', 0);")
        for key in ("plain", "Jose\u0301", "Mu\u0308ller", "M\u00fcller"):
            database.execute("INSERT INTO identity VALUES (1, ?1, 'known', 1, 1, 0, 0, row_sum(1, ?1, 'c1'))", (key,))
    with open_ledger(path, create=False) as ledger:
        keys = [key for (key,) in ledger.read("SELECT key FROM identity ORDER BY key")]
        assert keys == ["Jos\u00e9", "Mu\u0308ller", "M\u00fcller", "plain"]
        found = find_namespace(ledger, Target("u", "a", "crm"))
        assert found is not None
        assert found.keys == KeyRule(("email",), "d", None)


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
