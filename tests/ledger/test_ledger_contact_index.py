"""The index by which a contact is found by its id, compared with the contacts themselves."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from importer.errors import StateError
from importer.ledger import open_ledger
from importer.ledger.contact_index import has_wrong_index
from importer.ledger.store import connect

CONTACT = "INSERT INTO contact (namespace, contact_id, landed_at) VALUES (?, ?, 0)"
ODD = ["a\0b", "null", "ñ", "\U0010ffff", "x" * 5_000]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    made = tmp_path / "ledger.sqlite"
    with open_ledger(made, create=True) as ledger, ledger.writing() as database:
        ids = [f"contact-{number:06}" for number in range(500)]
        database.executemany(CONTACT, [(1 + number % 2, name) for number, name in enumerate(ids + ODD)])
        database.execute("DELETE FROM contact WHERE id % 7 = 0")
    with closing(sqlite3.connect(made)) as database:
        database.execute("PRAGMA journal_mode = DELETE")
    return made


def places(path: Path, text: bytes) -> list[int]:
    content, found, start = path.read_bytes(), list[int](), 0
    while (start := content.find(text, start)) >= 0:
        found.append(start)
        start += 1
    return found


def spoil(path: Path, place: int) -> None:
    with path.open("r+b") as file:
        file.seek(place)
        letter = file.read(1)[0]
        file.seek(place)
        file.write(bytes([letter ^ 1]))


@pytest.mark.parametrize("page", [1, 7, 20_000])
def test_what_was_written_is_the_same_in_both(path: Path, page: int) -> None:
    with closing(connect(path)) as database:
        assert not has_wrong_index(database, page)


def test_an_empty_ledger_has_no_wrong_index(tmp_path: Path) -> None:
    with open_ledger(tmp_path / "ledger.sqlite", create=True) as ledger, ledger.reading() as database:
        assert not has_wrong_index(database)


@pytest.mark.parametrize("which", [0, 1], ids=["first copy", "second copy"])
@pytest.mark.parametrize("page", [7, 20_000])
def test_a_letter_changed_in_either_is_seen_though_a_quick_check_is_content(path: Path, page: int, which: int) -> None:
    spoil(path, places(path, b"contact-000250")[which] + 13)
    with closing(connect(path)) as database:
        assert database.execute("PRAGMA quick_check(contact)").fetchone() == ("ok",)
        assert has_wrong_index(database, page)


@pytest.mark.parametrize("later", [False, True])
def test_a_ledger_with_such_an_index_is_refused(path: Path, *, later: bool) -> None:
    spoil(path, places(path, b"contact-000250")[0] + 13)
    with pytest.raises(StateError, match="It is damaged"), open_ledger(path, create=False, later=later) as ledger:
        ledger.prove()


def test_whatever_bit_changes_before_the_name_in_the_height_is_told_as_damage_or_not_at_all(path: Path) -> None:
    with closing(connect(path)) as database:
        ((name,),) = database.execute("SELECT ledger FROM height").fetchall()
        database.execute("PRAGMA journal_mode = DELETE")
    whole = path.read_bytes()
    (place,) = places(path, name.encode())
    refused = 0
    for changed in range(place - 12, place):
        for bit in range(8):
            spoilt = bytearray(whole)
            spoilt[changed] ^= 1 << bit
            path.write_bytes(spoilt)
            path.with_name("ledger.sqlite-wal").unlink(missing_ok=True)
            try:
                with open_ledger(path, create=False) as ledger:
                    ledger.prove()
            except StateError:
                refused += 1
    assert refused > 12
