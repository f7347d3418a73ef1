"""How many rows are recorded together: a few at a time where the processor has time to spare, else all who wait."""

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from importer.ledger import Journal, KeyRule, Ledger, NewRun, Target, begin_run, open_ledger, open_namespace
from importer.ledger.journal import FEW, QUICK
from importer.ledger.load import SPAN, Load
from importer.outcome import Action, Outcome, State
from importer.task import Task

TASK = Task(0, 0, 0, 1, Action.CREATE, "k0", None, b"{}", b"f" * 16)
WAITING = 2 * FEW + 3


class Clock:
    """A clock that is moved by hand, and by `each` seconds whenever it is looked at."""

    def __init__(self, each: float = 0.0) -> None:
        self.seconds = 0.0
        self.each = each

    def __call__(self) -> float:
        self.seconds += self.each
        return self.seconds


def now() -> datetime:
    return datetime(2026, 3, 1, tzinfo=UTC)


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    with open_ledger(tmp_path / "ledger.sqlite", create=True) as opened:
        yield opened


def test_a_thread_has_time_to_spare_when_a_whole_span_was_seen_in_which_it_computed_little() -> None:
    monotonic, processor = Clock(), Clock()
    load = Load(monotonic, processor)
    seen = []
    for passed, computed in [(0.0, 0.0), (SPAN / 2, 0.0), (SPAN / 2, 0.0), (SPAN / 2, SPAN / 2), (SPAN / 2, SPAN / 2)]:
        monotonic.seconds += passed
        processor.seconds += computed
        seen.append(load.has_time_to_spare())
    assert seen == [False, False, True, True, False]


async def groups(ledger: Ledger, share: float, each: float) -> list[int]:
    """Let many wait at once, after the thread computed `share` of a span; give how many were told together."""
    namespace = open_namespace(ledger, Target("u", "a", "n"), KeyRule(("key",), "d"), now)
    run = begin_run(ledger, namespace, NewRun("r", "run", "s", "m", ledger.path.parent), now)
    monotonic, processor = Clock(each), Clock()
    told: list[int] = []

    def commits() -> int:
        return int(ledger.read("SELECT commits FROM height")[0][0])

    async with Journal(ledger.path, namespace, run, now, monotonic, processor) as journal:
        tasks = [replace(TASK, position=n, row=n + 1, key=f"k{n}") for n in range(WAITING)]
        # Commits are thought slow until some were seen.
        for task in tasks:
            await journal.commit([], [task])
        monotonic.seconds += SPAN
        processor.seconds += share * SPAN
        await journal.commit([], [])
        before = commits()

        async def end(task: Task) -> None:
            await journal.commit([(task, Outcome(State.FAILED, None, 422))], [])
            told.append(commits() - before)

        await asyncio.gather(*(end(task) for task in tasks))
    states = ledger.read("SELECT position, state FROM attempt ORDER BY position")
    assert states == [(n, "failed") for n in range(WAITING)]
    assert told == sorted(told)
    return [told.count(number) for number in sorted(set(told))]


def test_with_time_to_spare_a_few_go_on_before_the_others_are_recorded(ledger: Ledger) -> None:
    assert asyncio.run(groups(ledger, 0.85, 0.0)) == [FEW, FEW, WAITING - 2 * FEW]


def test_where_the_processor_has_no_time_all_who_wait_share_a_commit(ledger: Ledger) -> None:
    assert asyncio.run(groups(ledger, 1.0, 0.0)) == [WAITING]


def test_where_commits_are_slow_all_who_wait_share_one(ledger: Ledger) -> None:
    assert asyncio.run(groups(ledger, 0.0, 2 * QUICK)) == [WAITING]
