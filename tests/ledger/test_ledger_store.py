"""The file: made whole, opened only when it is sound and ours."""

import os
import sqlite3
import stat
from contextlib import closing
from pathlib import Path

import pytest

from importer.errors import StateError
from importer.ledger import open_ledger
from importer.ledger.schema import APPLICATION_ID, MIGRATIONS


def make(path: Path) -> None:
    open_ledger(path, create=True).close()


def test_a_new_ledger_is_for_its_owner_alone_whatever_the_umask(tmp_path: Path) -> None:
    path = tmp_path / "state" / "ledger.sqlite"
    before = os.umask(0)
    try:
        with open_ledger(path, create=True):
            modes = {name.name: stat.S_IMODE(name.stat().st_mode) for name in path.parent.iterdir()}
    finally:
        os.umask(before)
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert set(modes.values()) == {0o600}
    assert "ledger.sqlite.new" not in modes


def test_a_ledger_keeps_its_mark_version_and_journal_mode(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite"
    make(path)
    with closing(sqlite3.connect(path)) as database:
        found = [
            database.execute(f"PRAGMA {name}").fetchone()[0]
            for name in ("application_id", "user_version", "journal_mode")
        ]
    assert found == [APPLICATION_ID, len(MIGRATIONS), "wal"]


def test_every_commit_is_synced(tmp_path: Path) -> None:
    with open_ledger(tmp_path / "ledger.sqlite", create=True) as ledger:
        assert ledger.read("PRAGMA synchronous") == [(2,)]


def test_a_missing_ledger_is_said_and_not_made(tmp_path: Path) -> None:
    with pytest.raises(StateError, match=r"there is no ledger.*--new-ledger"):
        open_ledger(tmp_path / "ledger.sqlite", create=False)
    assert list(tmp_path.iterdir()) == []


def test_an_existing_ledger_is_never_begun_anew(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite"
    with open_ledger(path, create=True) as ledger, ledger.writing() as database:
        database.execute("INSERT INTO request_day VALUES ('u', 'a', '2026-01-01', 7)")
    with open_ledger(path, create=True) as ledger:
        assert ledger.read("SELECT requests FROM request_day") == [(7,)]


@pytest.mark.parametrize("content", [b"", b"not a database at all" * 100, b"SQLite format 3\x00" + b"\xff" * 5000])
def test_what_is_no_ledger_is_refused_and_left_alone(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "ledger.sqlite"
    path.write_bytes(content)
    with pytest.raises(StateError, match=r"ledger\.sqlite"):
        open_ledger(path, create=True)
    assert path.read_bytes() == content


def test_another_programs_database_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite"
    with closing(sqlite3.connect(path)) as database:
        database.execute("CREATE TABLE theirs (x)")
    content = path.read_bytes()
    with pytest.raises(StateError, match="not a ledger of importer"):
        open_ledger(path, create=True)
    assert path.read_bytes() == content


def test_a_newer_importers_ledger_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite"
    make(path)
    with closing(sqlite3.connect(path)) as database:
        database.execute(f"PRAGMA user_version = {len(MIGRATIONS) + 1}")
    with pytest.raises(StateError, match="newer importer"):
        open_ledger(path, create=False)


def test_a_ledger_with_a_broken_page_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite"
    with open_ledger(path, create=True) as ledger, ledger.writing() as database:
        database.executemany(
            "INSERT INTO contact (namespace, contact_id, landed_at) VALUES (1, ?, 0)",
            [(f"id{number:030}",) for number in range(2000)],
        )
    content = bytearray(path.read_bytes())
    content[-12_288:] = b"\x5a" * 12_288
    path.write_bytes(content)
    with pytest.raises(StateError, match=r"damaged|malformed"):
        open_ledger(path, create=False)


def test_a_truncated_ledger_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite"
    make(path)
    os.truncate(path, 8192)
    with pytest.raises(StateError):
        open_ledger(path, create=False)


@pytest.mark.parametrize("name", ["ledger.sqlite", "ledger.sqlite-wal", "ledger.sqlite-shm"])
def test_a_planted_link_is_not_followed(tmp_path: Path, name: str) -> None:
    state, elsewhere = tmp_path / "state", tmp_path / "elsewhere"
    state.mkdir()
    make(state / "ledger.sqlite")
    (state / name).unlink(missing_ok=True)
    (state / name).symlink_to(elsewhere)
    with pytest.raises(StateError, match="link"):
        open_ledger(state / "ledger.sqlite", create=True)
    assert not elsewhere.exists()


def test_a_state_folder_open_to_everybody_is_refused(tmp_path: Path) -> None:
    tmp_path.chmod(0o777)
    with pytest.raises(StateError, match="chmod 700"):
        open_ledger(tmp_path / "ledger.sqlite", create=True)


def test_a_state_folder_that_is_a_link_is_refused(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    with pytest.raises(StateError, match="link"):
        open_ledger(tmp_path / "link" / "ledger.sqlite", create=True)


def test_a_failed_transaction_leaves_nothing_and_the_ledger_usable(tmp_path: Path) -> None:
    with open_ledger(tmp_path / "ledger.sqlite", create=True) as ledger:
        day = ("u", "a", "2026-01-01", 7)
        with pytest.raises(StateError), ledger.writing() as database:
            database.executemany("INSERT INTO request_day VALUES (?, ?, ?, ?)", [day, day])
        with ledger.writing():
            pass
        assert ledger.read("SELECT * FROM request_day") == []


def test_a_cell_that_sqlite_can_not_read_is_told_without_the_cell(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite"
    with open_ledger(path, create=True) as ledger:
        with ledger.writing() as database:
            database.execute("INSERT INTO request_day VALUES ('u', CAST(X'63616E617279FF' AS TEXT), '2026-01-01', 7)")
        with pytest.raises(StateError, match="damaged") as caught:
            ledger.read("SELECT account FROM request_day")
        assert "canary" not in str(caught.value)


def test_a_key_out_of_its_order_is_refused_since_it_would_not_be_found(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite"
    with open_ledger(path, create=True) as ledger, ledger.writing() as database:
        database.executemany(
            "INSERT INTO identity (namespace, key, state, sum) VALUES (1, :key, 'unknown', row_sum(1, :key, NULL))",
            [{"key": f"key{n:05}"} for n in range(99)],
        )
    content = path.read_bytes()
    assert content.count(b"key00050") == 1
    path.write_bytes(content.replace(b"key00050", b"kex00050"))
    with pytest.raises(StateError, match="damaged"):
        open_ledger(path, create=False)
