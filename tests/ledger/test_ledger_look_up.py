"""Looking up many customers: whichever way is taken, the answers are those of a dict that holds the same."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from importer.errors import StateError
from importer.ledger import (
    KeyRule,
    Ledger,
    LookUp,
    Namespace,
    Target,
    contact_pages,
    hash_contacts,
    open_ledger,
    open_namespace,
)
from importer.ledger import known_keys as each_key
from importer.ledger.bulk import PAGE, key_pages, read_columns
from importer.ledger.key_index import KeyIndex
from importer.ledger.store import connect
from importer.ledger.sums import identity_sum

Landed = tuple[bytes | None, bytes | None]
Answer = tuple[str | None, str | None, bytes | None, bytes | None]
NOBODY: Answer = (None, None, None, None)
ODD = [
    "\x00",
    "a\x00",
    "a",
    'say "x"',
    "it's",
    "line\nbreak",
    "tab\t,;|",
    "null",
    "None",
    "é",
    "\U0010ffff",
    "ÿþ",
    "10",
    " ",
]
TEXTS = st.sampled_from(ODD) | st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=40)
ASKED = st.lists(st.none() | TEXTS, max_size=12)
HASHES = st.none() | st.binary(min_size=16, max_size=16) | st.binary(max_size=3)


@dataclass(frozen=True)
class Customers:
    """What a ledger holds: of each key its state and contact, of each contact what landed and what that carried."""

    keys: dict[str, tuple[str, str | None]]
    contacts: dict[str, Landed]

    def of_key(self, key: str | None) -> Answer:
        state, contact = self.keys.get(key, (None, None)) if key is not None else (None, None)
        return (state, contact, *(self.contacts[contact] if contact is not None else (None, None)))

    def of_id(self, contact: str | None) -> Landed:
        return (None, None) if contact is None else self.contacts.get(contact, (None, None))


@st.composite
def customers(draw: st.DrawFn) -> Customers:
    contacts = draw(st.dictionaries(TEXTS, st.tuples(HASHES, HASHES), max_size=8))
    states: st.SearchStrategy[tuple[str, str | None]] = st.sampled_from([("sending", None), ("unknown", None)])
    if contacts:
        states |= st.sampled_from([("known", contact) for contact in sorted(contacts)])
    return Customers(draw(st.dictionaries(TEXTS, states, max_size=12)), contacts)


def fill(database: sqlite3.Connection, namespace: int, known: Customers) -> None:
    database.executemany(
        "INSERT INTO contact (namespace, contact_id, fingerprint, carried, landed_at) VALUES (?, ?, ?, ?, 0)",
        [(namespace, contact, *landed) for contact, landed in known.contacts.items()],
    )
    database.executemany(
        "INSERT INTO identity (namespace, key, state, contact, sum)"
        " VALUES (?1, ?2, ?3, (SELECT id FROM contact WHERE namespace = ?1 AND contact_id = ?4), ?5)",
        [(namespace, key, state, c, identity_sum(namespace, key, c)) for key, (state, c) in known.keys.items()],
    )


@contextmanager
def ledger_with(known: Customers) -> Iterator[tuple[Ledger, Namespace]]:
    with TemporaryDirectory() as folder, open_ledger(Path(folder) / "state" / "ledger.sqlite", create=True) as ledger:
        namespaces = [
            open_namespace(ledger, Target("u", "a", name), KeyRule(("key",), "d"), lambda: datetime.now(UTC))
            for name in ("mine", "other")
        ]
        other = Customers({"a": ("known", "x"), "only there": ("unknown", None)}, {"x": (b"x" * 16, None)})
        with ledger.writing() as database:
            fill(database, namespaces[1].id, other)
            fill(database, namespaces[0].id, known)
        yield ledger, namespaces[0]


@settings(max_examples=80, deadline=None)
@given(known=customers(), keys=ASKED, ids=ASKED, few=st.booleans())
def test_a_look_up_answers_as_a_dict_does(
    known: Customers, keys: list[str | None], ids: list[str | None], *, few: bool
) -> None:
    rows = max(len(keys), len(ids))
    asked = [*known.keys, *keys, *([None] * (rows - len(keys)))]
    led = [*(contact for _, contact in known.keys.values()), *ids, *([None] * (rows - len(ids)))]
    with ledger_with(known) as (ledger, namespace):
        look_up = LookUp(ledger, namespace, 0 if few else 1_000)
        by_key = look_up.by_key(pl.Series(asked, dtype=pl.String))
        by_id = look_up.by_id(pl.Series(led, dtype=pl.String), by_key)
        old = each_key(ledger, namespace.id, pl.Series(asked, dtype=pl.String))
        pages = pl.concat([*contact_pages(ledger, namespace.id)])
    assert by_key.rows() == [known.of_key(key) for key in asked] == old.rows()
    assert by_id.rows() == [known.of_id(contact) for contact in led]
    assert sorted(pages) == sorted(known.contacts)


@settings(max_examples=80, deadline=None)
@given(known=customers(), keys=ASKED, ids=ASKED)
def test_what_was_held_while_it_was_proven_answers_as_a_dict_does(
    known: Customers, keys: list[str | None], ids: list[str | None]
) -> None:
    rows = max(len(keys), len(ids))
    asked = [*known.keys, *keys, *([None] * (rows - len(keys)))]
    led = [*(contact for _, contact in known.keys.values()), *ids, *([None] * (rows - len(ids)))]
    with ledger_with(known) as (written, namespace), open_ledger(written.path, create=False, later=True) as ledger:
        ledger.prove_beside(keep=namespace.id)
        assert ledger.held(namespace.id) is not None
        # Of no rows, so that nothing but what is held spares SQLite a question for each key.
        look_up = LookUp(ledger, namespace, 0)
        by_key = look_up.by_key(pl.Series(asked, dtype=pl.String))
        by_id = look_up.by_id(pl.Series(led, dtype=pl.String), by_key)
        there = hash_contacts(ledger, namespace.id)
        with ledger.writing():
            assert ledger.held(namespace.id) is None
        read = hash_contacts(ledger, namespace.id)
    assert by_key.rows() == [known.of_key(key) for key in asked]
    assert by_id.rows() == [known.of_id(contact) for contact in led]
    hashes = pl.Series([*known.contacts], dtype=pl.String).hash()
    assert there.sort().to_list() == read.sort().to_list() == hashes.sort().to_list()


def crowded(keys: pl.Series) -> pl.Series:
    return keys.hash() % 3


def one(keys: pl.Series) -> pl.Series:
    return keys.hash() * 0


@pytest.mark.parametrize("hashed", [pl.Series.hash, crowded, one])
def test_keys_of_one_hash_are_told_apart(hashed: Callable[[pl.Series], pl.Series]) -> None:
    keys = [f"k{number}" for number in range(50)]
    rows = pl.DataFrame({"key": keys, "place": range(50)})
    found = KeyIndex(rows, hashed).find(pl.Series(["k7", None, "z", *keys]))
    assert found.rows() == [("known", 7), (None, None), (None, None), *(("known", number) for number in range(50))]


def test_an_index_of_nobody_finds_nobody() -> None:
    rows = pl.DataFrame(schema={"key": pl.String, "place": pl.Int64})
    assert KeyIndex(rows).find(pl.Series(["a", None], dtype=pl.String)).rows() == [(None, None)] * 2


@settings(max_examples=40, deadline=None)
@given(customers(), st.integers(1, 5))
def test_pages_hold_every_key_of_every_namespace_once(known: Customers, page: int) -> None:
    query = "SELECT key FROM identity WHERE namespace = ? AND key >= ? AND key < ?"
    with ledger_with(known) as (ledger, namespace), ledger.reading() as database:
        found = [
            (cells[0], key)
            for cells in key_pages(database, page)
            for (key,) in database.execute(query, cells).fetchall()
        ]
    assert found == sorted(found, key=lambda row: (row[0], row[1].encode()))
    assert [key for number, key in found if number == namespace.id] == sorted(known.keys, key=str.encode)
    assert {key for number, key in found if number != namespace.id} == {"a", "only there"}


MANY = PAGE * 2 + 10
PLACES = [0, PAGE - 1, PAGE, MANY - 1]
WRONG = ("key = '~' || substr(key, 2)", "sum = sum + 1", "contact = contact + 1")


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("large") / "state" / "ledger.sqlite"
    keys = [f"k{number:06}" for number in range(MANY)]
    with open_ledger(path, create=True) as ledger, ledger.writing() as database:
        # One contact more, so that the last key too can come to point at another.
        known = Customers(
            {key: ("known", f"c{key}") for key in keys}, {f"c{key}": (None, None) for key in [*keys, "z"]}
        )
        fill(database, 1, known)
    open_ledger(path, create=False).close()
    return path


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("wrong", WRONG)
def test_one_wrong_row_among_pages_of_right_ones_is_refused(large: Path, place: int, wrong: str) -> None:
    spoil(large, place, wrong)
    try:
        with pytest.raises(StateError, match="damaged"):
            open_ledger(large, create=False)
    finally:
        mend(large, place)


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("wrong", WRONG)
@pytest.mark.parametrize("keep", [1, 2])
def test_one_wrong_row_is_refused_when_it_is_proven_later(large: Path, place: int, wrong: str, keep: int) -> None:
    spoil(large, place, wrong)
    try:
        with open_ledger(large, create=False, later=True) as ledger:
            ledger.prove_beside(keep)
            with pytest.raises(StateError, match="damaged"):
                ledger.held(keep)
    finally:
        mend(large, place)


def spoil(path: Path, place: int, wrong: str) -> None:
    with closing(connect(path)) as database:
        database.execute("BEGIN")
        # What the ledger counts is kept as it was, so that nothing but the row's own sum can tell.
        database.execute("CREATE TEMP TABLE held AS SELECT * FROM height")
        database.execute(f"UPDATE identity SET {wrong} WHERE key = ?", (f"k{place:06}",))  # noqa: S608  # our own text
        database.execute("UPDATE height SET identity_total = (SELECT identity_total FROM held)")
        if wrong.startswith("sum"):
            database.execute("UPDATE height SET identity_total = identity_total + 1")
        database.execute("COMMIT")


def mend(path: Path, place: int) -> None:
    key = f"k{place:06}"
    row = (1, key, f"c{key}", identity_sum(1, key, f"c{key}"))
    with closing(connect(path)) as database:
        database.execute("DELETE FROM identity WHERE key IN (?, ?)", (key, f"~{key[1:]}"))
        database.execute(
            "INSERT INTO identity (namespace, key, state, contact, sum)"
            " VALUES (?, ?, 'known', (SELECT id FROM contact WHERE contact_id = ?), ?)",
            row,
        )
        database.execute("UPDATE height SET identity_total = (SELECT sum(sum) FROM identity)")
    open_ledger(path, create=False).close()


def test_a_text_that_is_no_utf8_is_damage_and_not_cut_elsewhere(tmp_path: Path) -> None:
    with open_ledger(tmp_path / "ledger.sqlite", create=True) as ledger, ledger.writing() as database:
        fill(database, 1, Customers({"a": ("unknown", None), "b": ("unknown", None)}, {}))
        for text in ("x'61ff62'", "x'c3'", "x'fe61'"):
            database.execute(f"UPDATE identity SET run = 1, key = CAST({text} AS TEXT) WHERE key < 'b'")  # noqa: S608  # our own text
            with pytest.raises(UnicodeDecodeError):
                read_columns(database, "identity", (), {"key": pl.String, "run": pl.Int64})
            database.execute("UPDATE identity SET key = 'a' WHERE key <> 'b'")
