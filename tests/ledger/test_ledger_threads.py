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
