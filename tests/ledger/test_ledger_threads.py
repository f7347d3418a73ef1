"""Which thread records: the loop's own writes rows, and whatever takes long is done on the other."""

import asyncio
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import cast

import pytest

from importer.ledger import (
    Journal,
    KeyRule,
    Ledger,
    NewRun,
    Target,
    begin_run,
    open_ledger,
    open_namespace,
    outcomes,
)
from importer.ledger.transaction import begin_at_once
from importer.outcome import Action, Outcome, State
from importer.task import Task

TASK = Task(0, 0, 0, 1, Action.CREATE, "k0", None, b"{}", b"f" * 16)


def now() -> datetime:
    return datetime(2026, 3, 1, tzinfo=UTC)


class Watch:
    """A clock on which every look takes so many seconds; it keeps the threads that looked."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.lookers: list[str] = []
        self._time = 0.0

    def __call__(self) -> float:
        self._time += self.seconds
        self.lookers.append(threading.current_thread().name)
        return self._time


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    with open_ledger(tmp_path / "ledger.sqlite", create=True) as opened:
        yield opened


def journal_of(ledger: Ledger, watch: Watch) -> Journal:
    namespace = open_namespace(ledger, Target("u", "a", "n"), KeyRule(("key",), "d"), now)
    run = begin_run(ledger, namespace, NewRun("r", "run", "s", "m", ledger.path.parent), now)
    return Journal(ledger.path, namespace, run, now, watch)


def tasks(count: int) -> list[Task]:
    return [replace(TASK, position=n, row=n + 1, key=f"k{n}") for n in range(count)]


def commit_each(journal: Journal, count: int) -> None:
    async def run() -> None:
        async with journal:
            for task in tasks(count):
                await journal.commit([], [task])

    asyncio.run(run())


def test_while_commits_take_long_the_loop_waits_for_none_of_them(ledger: Ledger) -> None:
    watch = Watch(0.05)
    commit_each(journal_of(ledger, watch), 20)
    # Twice for each commit, and once at its opening.
    assert sum(name.startswith("ledger") for name in watch.lookers) >= 2 * 20
    assert len(outcomes(ledger, 1, 0)) == 20


def test_commits_that_are_quick_are_not_handed_to_another_thread_after_the_first(ledger: Ledger) -> None:
    watch = Watch(0.00001)
    commit_each(journal_of(ledger, watch), 20)
    assert sum(name.startswith("ledger") for name in watch.lookers) <= 5
    assert len(outcomes(ledger, 1, 0)) == 20


def test_the_loop_goes_on_while_another_process_writes_and_the_record_follows(ledger: Ledger) -> None:
    journal = journal_of(ledger, Watch(0.00001))
    turns = 0

    async def run() -> None:
        nonlocal turns
        async with journal:
            first, second, third = tasks(3)
            await journal.commit([], [first])
            with closing(sqlite3.connect(ledger.path, isolation_level=None)) as other:
                other.execute("BEGIN IMMEDIATE")
                waiting = asyncio.create_task(journal.commit([(first, Outcome(State.CREATED, "c0", 201))], [second]))
                ends = time.monotonic() + 0.3
                while time.monotonic() < ends:
                    turns += 1
                    await asyncio.sleep(0.005)
                assert not waiting.done()
                other.execute("ROLLBACK")
            await waiting
            await journal.commit([], [third])

    asyncio.run(run())
    assert turns > 20
    # An open intent is told as unknown.
    assert outcomes(ledger, 1, 0).sort("position")["state"].to_list() == ["created", "unknown", "unknown"]


def test_who_is_told_to_leave_again_and_again_still_records_what_came_before_it_closes(ledger: Ledger) -> None:
    journal = journal_of(ledger, Watch(0.00001))
    sent = tasks(4)
    done: list[asyncio.Task[None]] = []
    begun, may_go_on = asyncio.Event(), asyncio.Event()

    async def use() -> None:
        async with journal:
            await journal.commit([], sent)
            begun.set()
            await may_go_on.wait()
            done.append(asyncio.create_task(journal.commit([(t, Outcome(State.FAILED, None, 422)) for t in sent], [])))
            await asyncio.sleep(30)

    async def run() -> None:
        using = asyncio.create_task(use())
        await begun.wait()
        with closing(sqlite3.connect(ledger.path, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            may_go_on.set()
            await asyncio.sleep(0.02)
            assert done
            for _ in range(5):
                using.cancel()
                await asyncio.sleep(0.02)
            assert not using.done()
            other.execute("ROLLBACK")
        with pytest.raises(asyncio.CancelledError):
            await using

    asyncio.run(run())
    assert outcomes(ledger, 1, 0)["state"].to_list() == ["failed"] * 4


class Locked:
    """A connection to which SQLite says so."""

    def __init__(self, code: int) -> None:
        self._code = code

    def execute(self, _: str) -> None:
        """Refuse it."""
        error = sqlite3.OperationalError("database is locked")
        error.sqlite_errorcode = self._code
        raise error


@pytest.mark.parametrize("code", [sqlite3.SQLITE_BUSY, sqlite3.SQLITE_BUSY_RECOVERY, sqlite3.SQLITE_BUSY_SNAPSHOT])
def test_whatever_another_process_is_busy_with_is_waited_for(code: int) -> None:
    assert not begin_at_once(cast("sqlite3.Connection", Locked(code)))


def test_any_other_trouble_is_told() -> None:
    with pytest.raises(sqlite3.OperationalError):
        begin_at_once(cast("sqlite3.Connection", Locked(sqlite3.SQLITE_IOERR)))
