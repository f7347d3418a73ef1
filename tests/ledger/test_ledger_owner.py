"""Two processes that go on with one run: the older one writes, and so sends, nothing more."""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from importer.errors import StateError
from importer.ledger import (
    Journal,
    KeyRule,
    Ledger,
    Namespace,
    NewRun,
    Run,
    RunState,
    Target,
    begin_run,
    find_run,
    finish_run,
    open_ledger,
    open_namespace,
    outcomes,
    resume_run,
)
from importer.outcome import Action, Outcome, State
from importer.task import Task

CREATE = Task(0, 0, 0, 1, Action.CREATE, "k1", None, b"{}", b"f" * 16)
TOLD_TO_WAIT = Outcome(State.UNSENT, None, 429, "http|429")
CREATED = Outcome(State.CREATED, "c1", 201, answer=b'{"id":"c1"}')
TAKEN_OVER = "another process has taken this run over"


def now() -> datetime:
    return datetime(2026, 3, 1, tzinfo=UTC)


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    with open_ledger(tmp_path / "ledger.sqlite", create=True) as opened:
        yield opened


@pytest.fixture
def namespace(ledger: Ledger) -> Namespace:
    return open_namespace(ledger, Target("u", "a", "crm"), KeyRule(("external_id",), "d"), now)


def begin(ledger: Ledger, namespace: Namespace, name: str) -> Run:
    return begin_run(ledger, namespace, NewRun(name, "run", "s", "m", Path("/r")), now)


def test_a_row_that_waits_in_two_processes_is_sent_by_the_newer_one_only(ledger: Ledger, namespace: Namespace) -> None:
    async def race() -> Run:
        older = begin(ledger, namespace, "r1")
        async with Journal(ledger.path, namespace, older, now) as first:
            await first.commit([], [CREATE])
            await first.commit([(CREATE, TOLD_TO_WAIT)], [])
            newer = resume_run(ledger, older, now)
            async with Journal(ledger.path, namespace, newer, now) as second:
                with pytest.raises(StateError, match=TAKEN_OVER):
                    await first.commit([], [CREATE])
                await second.commit([], [CREATE])
                with pytest.raises(StateError, match=TAKEN_OVER):
                    await first.commit([], [CREATE])
                await second.commit([(CREATE, CREATED)], [])
            with pytest.raises(StateError, match=TAKEN_OVER):
                await first.commit([], [])
        return newer

    with pytest.raises(StateError, match=TAKEN_OVER):
        asyncio.run(race())
    row = outcomes(ledger, 1).row(0, named=True)
    assert (row["state"], row["attempts"]) == ("created", 2)


def test_a_run_that_was_closed_by_a_newer_one_writes_nothing(ledger: Ledger, namespace: Namespace) -> None:
    older = begin(ledger, namespace, "r1")
    begin(ledger, namespace, "r2")

    async def send() -> None:
        async with Journal(ledger.path, namespace, older, now) as journal:
            await journal.commit([], [CREATE])

    with pytest.raises(StateError, match=TAKEN_OVER):
        asyncio.run(send())
    assert outcomes(ledger, older.number).is_empty()


def test_only_the_newest_stretch_says_how_the_run_ended(ledger: Ledger, namespace: Namespace) -> None:
    older = begin(ledger, namespace, "r1")
    newer = resume_run(ledger, older, now)
    assert (older.owner, newer.owner) == (1, 2)
    with pytest.raises(StateError, match=TAKEN_OVER):
        finish_run(ledger, older, {}, 0, now)
    found = find_run(ledger, "r1")
    assert found is not None
    assert found.finished_at is None
    finish_run(ledger, newer, {}, 0, now)


def test_a_run_that_a_newer_one_closed_is_not_opened_again_by_its_end(ledger: Ledger, namespace: Namespace) -> None:
    older = begin(ledger, namespace, "r1")
    newer = begin(ledger, namespace, "r2")
    with pytest.raises(StateError, match=TAKEN_OVER):
        finish_run(ledger, older, {}, 7, now, state=RunState.OPEN)
    finish_run(ledger, newer, {}, 0, now)
    assert (find_run(ledger, "r1").state, find_run(ledger, "r2").state) == (RunState.CLOSED, RunState.FINISHED)  # type: ignore[union-attr]  # both were begun
