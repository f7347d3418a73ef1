"""A ledger whose customers are proven beside other work: until then nothing is written to it."""

import shutil
import sqlite3
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest

from importer.errors import GuardRailError, ImporterError, NoInputError, SourceError, StateError
from importer.ledger import Ledger, open_ledger
from importer.ledger.schema import FIRST
from importer.ledger.store import connect

FILES = ("ledger.sqlite", "ledger.sqlite-wal", "ledger.mark")
DAY = "INSERT INTO request_day VALUES ('u', 'a', 'd', 1)"
IDENTITY = "INSERT INTO identity (namespace, key, state, sum) VALUES (1, ?, 'unknown', row_sum(1, ?, NULL))"


def later(path: Path) -> Ledger:
    """Open a ledger as a run does that prepares a file first."""
    return open_ledger(path, create=False, later=True)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    made = tmp_path / "ledger.sqlite"
    with open_ledger(made, create=True) as ledger, ledger.writing() as database:
        database.executemany(IDENTITY, [(f"k{number:05}",) * 2 for number in range(30_000)])
    return made


@pytest.fixture
def damaged(path: Path) -> Path:
    """Give a ledger in which one letter of a key is another, what is newest of it in its log."""
    aside = path.parent / "aside"
    aside.mkdir()
    with closing(connect(path)) as database:
        database.execute("UPDATE identity SET key = 'k0123x' WHERE key = 'k01234'")
        for name in FILES:
            shutil.copy(path.with_name(name), aside / name)
    for name in FILES:
        shutil.copy(aside / name, path.with_name(name))
    assert path.with_name("ledger.sqlite-wal").stat().st_size
    return path


def contents(path: Path) -> dict[str, bytes]:
    return {name: path.with_name(name).read_bytes() for name in FILES}


@pytest.mark.parametrize("begun", [False, True])
def test_a_damaged_ledger_is_refused_before_its_first_write_and_left_as_it_is(damaged: Path, *, begun: bool) -> None:
    before = contents(damaged)
    with later(damaged) as ledger:
        if begun:
            ledger.prove_beside(keep=1)
        with pytest.raises(StateError, match="It is damaged"), ledger.writing() as database:
            database.execute(DAY)
        for ask in (ledger.prove, ledger.heed, partial(ledger.held, 1)):
            with pytest.raises(StateError, match="It is damaged"):
                ask()
    assert contents(damaged) == before


@pytest.mark.parametrize(
    ("first", "told"), [(NoInputError, StateError), (GuardRailError, StateError), (SourceError, SourceError)]
)
def test_of_two_faults_the_one_is_told_that_comes_first(
    damaged: Path, first: type[ImporterError], told: type[ImporterError]
) -> None:
    before = contents(damaged)
    with pytest.raises(told), later(damaged):
        raise first("what a run ends by")
    assert contents(damaged) == before


def test_a_sound_ledger_is_written_to_as_ever(path: Path) -> None:
    with later(path) as ledger:
        ledger.prove_beside(keep=1)
        ledger.prove()
        with ledger.writing() as database:
            database.execute(DAY)
        ledger.prove()
    with open_ledger(path, create=False) as ledger:
        assert ledger.read("SELECT requests FROM request_day") == [(1,)]


@pytest.mark.parametrize(("most", "held"), [(29_999, False), (30_000, True), (None, True)])
def test_no_more_keys_are_held_than_are_wanted(path: Path, most: int | None, *, held: bool) -> None:
    with later(path) as ledger:
        ledger.prove_beside(1, most)
        assert (ledger.held(1) is not None) == held
        assert ledger.held(2) is None


def test_a_proof_that_nobody_waits_for_ends_with_its_ledger(path: Path) -> None:
    for _ in range(5):
        ledger = later(path)
        ledger.prove_beside(keep=1)
        ledger.close()
        # SQLite lets nobody leave its log while another connection is open.
        with closing(sqlite3.connect(path, timeout=0)) as database:
            assert database.execute("PRAGMA journal_mode = DELETE").fetchone() == ("delete",)
    with later(path) as ledger:
        ledger.prove()


def test_a_ledger_from_before_is_proven_before_it_is_brought_up_to_date(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite"
    open_ledger(path, create=True).close()
    path.unlink()
    with closing(sqlite3.connect(path)) as database:
        database.executescript(f"PRAGMA application_id = 0x4D415349; {FIRST} PRAGMA user_version = 1;")
    path.with_name("ledger.mark").unlink()
    path.chmod(0o600)
    with later(path) as ledger, ledger.writing() as database:
        database.execute(DAY)
    with open_ledger(path, create=False) as ledger:
        assert ledger.read("SELECT requests FROM request_day") == [(1,)]
