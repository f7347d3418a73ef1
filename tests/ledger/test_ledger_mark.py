"""A ledger that lost what it had recorded is refused: by its mark, and by the sums of its rows."""

import os
import random
import shutil
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest

from importer.errors import StateError
from importer.ledger import KeyRule, NewRun, Target, adopt, begin_run, known_keys, open_ledger, open_namespace
from importer.ledger.mark import mark_of, read_mark, read_senders
from importer.ledger.schema import FIRST
from importer.ledger.store import connect

TARGET = Target("u", "a", "n")
FILES = ("ledger.sqlite", "ledger.sqlite-wal", "ledger.mark")
DAY = "INSERT INTO request_day VALUES ('u', 'a', ?, 1)"
IDENTITY = "INSERT INTO identity (namespace, key, state, sum) VALUES (1, :key, 'unknown', row_sum(1, :key, NULL))"


def now() -> datetime:
    return datetime(2026, 3, 1, tzinfo=UTC)


def record(path: Path, commits: int = 3) -> None:
    """Make a ledger, or go on with one, as a killed process leaves it: most of it in its log."""
    aside = path.parent / "aside"
    aside.mkdir(parents=True, exist_ok=True)
    with open_ledger(path, create=True) as ledger:
        before = len(ledger.read("SELECT * FROM request_day"))
        for number in range(before, before + commits):
            with ledger.writing() as database:
                database.execute(DAY, (f"{number:04}",))
        for name in FILES:
            shutil.copy(path.with_name(name), aside / name)
    for name in FILES:
        shutil.copy(aside / name, path.with_name(name))


def days(path: Path) -> int:
    with open_ledger(path, create=False) as ledger:
        return len(ledger.read("SELECT * FROM request_day"))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    made = tmp_path / "ledger.sqlite"
    record(made)
    return made


def test_a_killed_ledger_opens_and_its_mark_says_how_far_it_came(path: Path) -> None:
    mark = read_mark(mark_of(path))
    assert mark is not None
    assert mark.commits == 3
    assert days(path) == 3


def test_a_kill_between_a_commit_and_its_mark_leaves_a_ledger_that_opens(path: Path) -> None:
    earlier = mark_of(path).read_bytes()
    record(path)
    mark_of(path).write_bytes(earlier)
    assert days(path) == 6
    record(path, 1)
    assert days(path) == 7


@pytest.mark.parametrize("seed", range(12))
def test_a_log_that_was_cut_anywhere_is_refused(path: Path, seed: int) -> None:
    log = path.with_name("ledger.sqlite-wal")
    os.truncate(log, random.Random(seed).randrange(log.stat().st_size))  # noqa: S311  # seeded on purpose
    with pytest.raises(StateError, match=r"lost records.*-wal.*--older-ledger"):
        open_ledger(path, create=True)


@pytest.mark.parametrize("seed", range(12))
def test_a_flipped_bit_in_the_log_is_refused_or_of_no_account(path: Path, seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311  # seeded on purpose
    log = path.with_name("ledger.sqlite-wal")
    content = bytearray(log.read_bytes())
    content[chance.randrange(len(content))] ^= 1 << chance.randrange(8)
    log.write_bytes(content)
    try:
        assert days(path) == 3
    except StateError as error:
        assert "lost records" in str(error)  # noqa: PT017  # either is right, and which depends on the bit


def test_a_deleted_log_is_refused(path: Path) -> None:
    path.with_name("ledger.sqlite-wal").unlink()
    with pytest.raises(StateError, match="lost records"):
        open_ledger(path, create=True)


def test_a_refused_ledger_opens_when_its_log_is_put_back(path: Path, tmp_path: Path) -> None:
    log = path.with_name("ledger.sqlite-wal")
    log.rename(tmp_path / "kept")
    with pytest.raises(StateError):
        open_ledger(path, create=False)
    (tmp_path / "kept").rename(log)
    assert days(path) == 3


def test_an_older_copy_put_back_is_refused(path: Path, tmp_path: Path) -> None:
    days(path)
    shutil.copy(path, tmp_path / "monday")
    record(path, 1)
    days(path)
    shutil.copy(tmp_path / "monday", path)
    with pytest.raises(StateError, match=r"lost records: it holds 3 transactions, and 4 were made"):
        open_ledger(path, create=True)


def test_an_older_file_under_the_newer_log_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite"
    for key in ("first", "second"):
        with open_ledger(path, create=True) as ledger, ledger.writing() as database:
            database.execute(IDENTITY, {"key": key})
        shutil.copy(path, tmp_path / f"after the {key}")
    record(path, 1)
    assert path.with_name("ledger.sqlite-wal").stat().st_size
    shutil.copy(tmp_path / "after the first", path)
    before = {name: path.with_name(name).read_bytes() for name in FILES}
    for older in (False, True):
        with pytest.raises(StateError, match=r"another time than its log.*rename ledger.sqlite-wal"):
            open_ledger(path, create=True, older=older)
    assert {name: path.with_name(name).read_bytes() for name in FILES} == before
    path.with_name("ledger.sqlite-wal").unlink()
    with pytest.raises(StateError, match="lost records"):
        open_ledger(path, create=False)
    with open_ledger(path, create=False, older=True) as ledger:
        assert ledger.behind


@pytest.mark.parametrize(
    "change",
    [
        "DELETE FROM identity WHERE key = 'k2'",
        "DELETE FROM contact WHERE contact_id = 'c2'",
        "UPDATE contact SET fingerprint = x'00', run = 1 WHERE contact_id = 'c2'",
        "INSERT INTO identity (namespace, key, state, sum) VALUES (1, 'k3', 'unknown', row_sum(1, 'k3', NULL))",
        "DELETE FROM namespace",
    ],
)
def test_rows_that_are_not_those_written_are_refused(change: str, tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite"
    with open_ledger(path, create=True) as ledger:
        open_namespace(ledger, TARGET, KeyRule(("key",), "d"), now)
        with ledger.writing() as database:
            database.execute(IDENTITY, {"key": "k2"})
            database.execute("INSERT INTO contact (namespace, contact_id, landed_at) VALUES (1, 'c2', 0)")
    open_ledger(path, create=False).close()
    with closing(connect(path)) as database:
        for (trigger,) in database.execute("SELECT name FROM sqlite_schema WHERE type = 'trigger'").fetchall():
            database.execute(f"DROP TRIGGER {trigger}")
        database.execute(change)
    with pytest.raises(StateError, match="other customers than were recorded"):
        open_ledger(path, create=False)


def test_the_mark_names_every_run_that_sent_in_their_order(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite"
    for name in ("first", "second"):
        with open_ledger(path, create=True) as ledger:
            namespace = open_namespace(ledger, TARGET, KeyRule(("key",), "d"), now)
            begin_run(ledger, namespace, NewRun(name, "run", "s", "m", tmp_path), now)
    assert read_senders(mark_of(path)) == ("first", "second")
    # A power cut in the middle of the last line: its run sent nothing.
    content = mark_of(path).read_bytes()
    mark_of(path).write_bytes(content[:-4])
    with open_ledger(path, create=False) as ledger:
        ledger.name_sender("third")
    assert read_senders(mark_of(path)) == ("first", "third")
    mark_of(path).write_bytes(content.replace(b"first", b"fzrst"))
    with pytest.raises(StateError, match="is damaged"):
        open_ledger(path, create=False)
    mark_of(path).write_bytes(content.splitlines(keepends=True)[0])
    open_ledger(path, create=False).close()
    assert read_senders(mark_of(path)) == ("first", "second")


def test_the_whole_folder_put_back_is_taken_as_it_is(path: Path, tmp_path: Path) -> None:
    for name in FILES:
        shutil.copy(path.with_name(name), tmp_path / f"{name}.monday")
    record(path, 2)
    for name in FILES:
        shutil.copy(tmp_path / f"{name}.monday", path.with_name(name))
    assert days(path) == 3


@pytest.mark.parametrize("change", ["deleted", "damaged", "of another ledger"])
def test_a_mark_that_tells_nothing_is_refused(change: str, path: Path, tmp_path: Path) -> None:
    if change == "deleted":
        mark_of(path).unlink()
    elif change == "damaged":
        content = mark_of(path).read_bytes()
        mark_of(path).write_bytes(content[:20] + b"\x00" + content[21:])
    else:
        record(tmp_path / "other" / "ledger.sqlite")
        shutil.copy(mark_of(tmp_path / "other" / "ledger.sqlite"), mark_of(path))
    with pytest.raises(StateError, match="--older-ledger"):
        open_ledger(path, create=True)


def test_a_ledger_that_was_deleted_is_not_begun_anew_even_when_one_may_be(path: Path) -> None:
    for name in FILES[:2]:
        path.with_name(name).unlink()
    with pytest.raises(StateError, match="the ledger is gone"):
        open_ledger(path, create=True)
    assert not path.exists()


def test_what_stopped_before_anything_was_recorded_is_begun_anew(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite"
    open_ledger(path, create=True).close()
    path.unlink()
    record(path, 1)
    assert days(path) == 1


def test_a_ledger_from_before_marks_gets_one_and_its_sums(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite"
    with closing(sqlite3.connect(path)) as database:
        database.executescript(f"PRAGMA application_id = {0x4D415349}; {FIRST} PRAGMA user_version = 1;")
        database.executescript(
            "INSERT INTO namespace VALUES (1, 'u', 'a', 'n', '[\"key\"]', 'd', 0, 0);"
            "INSERT INTO contact (id, namespace, contact_id, landed_at) VALUES (1, 1, 'c1', 0);"
            "INSERT INTO identity (namespace, key, state, contact) VALUES (1, 'k1', 'known', 1);"
            "INSERT INTO identity (namespace, key, state) VALUES (1, 'k2', 'unknown');"
        )
    older = path.read_bytes()
    for _ in range(2):
        with open_ledger(path, create=False) as ledger, ledger.writing() as database:
            assert database.execute("SELECT count(*) FROM identity WHERE sum = 0").fetchone() == (0,)
    path.write_bytes(older)
    with pytest.raises(StateError, match="lost records: it holds 0 transactions, and 2 were made"):
        open_ledger(path, create=False)


@pytest.mark.parametrize(
    ("before", "after"),
    [(b"key00050", b"key00051"), (b"key00098", b"key00099"), (b"url-of-target", b"url-of-sarget")],
)
def test_a_letter_changed_in_its_place_is_refused_since_the_customer_would_be_created_again(
    before: bytes, after: bytes, tmp_path: Path
) -> None:
    path = tmp_path / "ledger.sqlite"
    with open_ledger(path, create=True) as ledger:
        open_namespace(ledger, Target("url-of-target", "a", "n"), KeyRule(("key",), "d"), now)
        with ledger.writing() as database:
            keys = [f"key{number:05}" for number in range(0, 99, 2)]
            database.executemany(IDENTITY, [{"key": key} for key in keys])
    content = path.read_bytes()
    assert before in content
    path.write_bytes(content.replace(before, after))
    with pytest.raises(StateError, match="damaged"):
        open_ledger(path, create=False)


def test_a_key_that_came_to_point_at_another_contact_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite"
    with open_ledger(path, create=True) as ledger, ledger.writing() as database:
        database.execute("INSERT INTO contact (id, namespace, contact_id, landed_at) VALUES (1, 1, 'c1', 0)")
        database.execute("INSERT INTO contact (id, namespace, contact_id, landed_at) VALUES (2, 1, 'c2', 0)")
        database.execute(
            "INSERT INTO identity (namespace, key, state, contact, sum)"
            " VALUES (1, 'k', 'known', 1, row_sum(1, 'k', 'c1'))"
        )
    open_ledger(path, create=False).close()
    with closing(connect(path)) as database:
        database.execute("UPDATE identity SET contact = 2")
    with pytest.raises(StateError, match="damaged"):
        open_ledger(path, create=False)


def test_whatever_is_written_leaves_sums_that_fit(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite"
    with open_ledger(path, create=True) as ledger:
        namespace = open_namespace(ledger, TARGET, KeyRule(("key",), "d"), now)
        run = begin_run(ledger, namespace, NewRun("r", "run", "s", "m", tmp_path), now)
        with ledger.writing() as database:
            database.execute("INSERT INTO contact (namespace, contact_id, landed_at) VALUES (1, ?, 0)", ("é\x00ñ",))
        rows = pl.DataFrame({"key": ["k\x00é"], "contact_id": ["é\x00ñ"], "part": [0], "position": [1]})
        adopt(ledger, namespace.id, run.number, rows)
    with open_ledger(path, create=False) as again:
        assert known_keys(again, namespace.id, rows["key"])["contact_id"].to_list() == ["é\x00ñ"]
