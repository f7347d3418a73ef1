"""Records a run while it sends: group commits, durable before a waiter goes on.

All is done on the event loop's thread but what waits for long: for a slow disk, or for another process that writes.
Python's SQLite gives the interpreter's lock back at each step, so that two busy threads would hand it to and fro for
every row, which costs more than the writing.
"""

from __future__ import annotations

import asyncio
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from importer.errors import StateError
from importer.ledger.cures import as_state_error
from importer.ledger.landing import Batch, count_requests, write
from importer.ledger.load import Load
from importer.ledger.mark import Mark, mark_of
from importer.ledger.meanwhile import Meanwhile
from importer.ledger.namespaces import epoch_ms
from importer.ledger.owner import count_as_owner
from importer.ledger.store import connect, read_height
from importer.ledger.transaction import (
    PATIENCE,
    be_patient,
    begin,
    begin_at_once,
    commit,
    undone_if_it_fails,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime
    from pathlib import Path

    from importer.ledger.namespaces import Namespace
    from importer.ledger.runs import Run
    from importer.outcome import Outcome
    from importer.task import Task, Tick


QUICK = 0.001
"""Seconds; a commit that takes less costs less than handing it to another thread and back."""
SLOWNESS_WEIGHT = 0.2
FEW = 8
"""Waiters whose record is committed together where the processor has time to spare.

Those who are recorded together go on together, so that their answers come together, and wait for each other again. A
commit costs as much as recording three rows: where there is no such time, all who wait share one.
"""


@dataclass(slots=True)
class Entry:
    """One caller who waits, and what for."""

    outcomes: Sequence[tuple[Task, Outcome]]
    intents: Sequence[Task]
    written: asyncio.Future[None]


class Journal:
    """The `Recorder` of one run. An async context manager; leaving it writes what still waits.

    Whatever waits when the last one ended goes into one transaction, synced once; where commits are quick and the
    thread has time to spare, a few go at a time, those who came first. After the first failure (disk full,
    an I/O error, a contradiction) nothing more is written and every waiter and later caller gets a StateError: after a
    failed sync nobody knows what the disk holds, so it is never tried again. Another process that takes the run over is
    such a failure.
    """

    def __init__(
        self,
        path: Path,
        namespace: Namespace,
        run: Run,
        now: Callable[[], datetime],
        monotonic: Callable[[], float] | None = None,
        processor: Callable[[], float] | None = None,
    ) -> None:
        """With `monotonic` (seconds) a clock that is put back while this is open makes no time earlier than it was.

        With it and `processor`, the seconds that the calling thread has computed, few go into one transaction where it
        has time to spare; else all who wait.
        """
        self._path = path
        self._namespace = namespace
        self._run = run.number
        self._owner = run.owner
        self._now = now
        self._monotonic = monotonic or (lambda: 0.0)
        self._load = Load(monotonic, processor) if monotonic and processor else None
        self._waiting: list[Entry] = []
        self._batch = Batch()
        self._recording: asyncio.Task[None] | None = None
        self._served: list[Entry] = []
        self._slowness = QUICK
        """Seconds that a commit takes, smoothed; thought slow until seen."""
        self._failure: BaseException | None = None

    async def __aenter__(self) -> Self:
        self._loop = asyncio.get_running_loop()
        self._writer = ThreadPoolExecutor(1, "ledger")
        try:
            await self._loop.run_in_executor(self._writer, self._open)
        except (sqlite3.Error, StateError) as error:
            self._writer.shutdown()
            raise as_state_error(self._path, error) if isinstance(error, sqlite3.Error) else error from None
        return self

    async def __aexit__(self, *_: object) -> None:
        ending = self._loop.create_task(self._end())
        cut_off = False
        while not ending.done():
            try:
                await asyncio.shield(ending)
            except asyncio.CancelledError:
                # What came is recorded first, however often one is told to leave: it can't be had again.
                cut_off = True
        ending.result()
        if cut_off:
            raise asyncio.CancelledError

    async def commit(self, outcomes: Sequence[tuple[Task, Outcome]], intents: Sequence[Task]) -> None:
        """Return when all of it is durable. A caller who is cancelled while waiting has it written all the same.

        Raises StateError when it can't be made durable, and at every later call.
        """
        if self._failure is not None:
            raise self._told()
        written = self._loop.create_future()
        self._waiting.append(Entry(tuple(outcomes), tuple(intents), written))
        if self._recording is None:
            self._begin_next()
        await written

    def count_requests(self, number: int) -> None:
        """Count requests for the daily budget, on the UTC day of the next commit, with which they are durable."""
        self._batch.requests += number

    def tick(self, tick: Tick) -> None:
        """Keep a moment of the run's time series; durable with the next commit."""
        self._batch.ticks.append((epoch_ms(self._now()), tick))

    def _begin_next(self) -> None:
        # It begins one turn of the loop later: all who are ready by then go into one commit.
        self._recording = self._loop.create_task(self._record())
        self._recording.add_done_callback(self._recorded)

    async def _record(self) -> None:
        batch, self._batch = self._batch, Batch()
        served = _fill(batch, self._waiting[:FEW] if self._is_at_leisure() else self._waiting)
        self._served, self._waiting = self._waiting[:served], self._waiting[served:]
        if not begin_at_once(self._database):
            await self._loop.run_in_executor(self._writer, self._wait_and_begin)
        commits = self._write(batch)
        if self._slowness < QUICK:
            self._commit(commits)
        else:
            await self._loop.run_in_executor(self._writer, self._commit, commits)

    def _is_at_leisure(self) -> bool:
        # Where a commit takes long, as on a slow disk, sharing it is what makes the rows go on.
        return self._load is not None and self._load.has_time_to_spare() and self._slowness < QUICK

    def _recorded(self, done: asyncio.Task[None]) -> None:
        failure = asyncio.CancelledError() if done.cancelled() else done.exception()
        entries, self._served = self._served, []
        if failure is not None:
            self._failure = failure
            entries, self._waiting = entries + self._waiting, []
        for entry in entries:
            if entry.written.done():
                continue
            if failure is None:
                entry.written.set_result(None)
            else:
                entry.written.set_exception(self._told())
        self._recording = None
        if self._waiting:
            # After those who were just told: their requests leave first, and who is ready by then goes along.
            self._begin_next()

    async def _end(self) -> None:
        try:
            await self.commit((), ())
        finally:
            # Nobody may use the database any more when it is closed.
            while self._recording is not None:
                await asyncio.wait([self._recording])
            self._failure = self._failure or StateError(f"{self._path}: a record came after the ledger was closed.")
            await self._loop.run_in_executor(self._writer, self._close)
            self._writer.shutdown()

    def _open(self) -> None:
        self._database = connect(self._path)
        # On the loop's thread nothing may wait for another process.
        be_patient(self._database, 0)
        self._meanwhile = Meanwhile.of_run(self._database, self._run)
        self._mark = Mark.open(mark_of(self._path), read_height(self._database).ledger)
        self._began, self._opened = epoch_ms(self._now()), self._monotonic()

    def _wait_and_begin(self) -> None:
        be_patient(self._database, PATIENCE)
        try:
            begin(self._database)
        finally:
            be_patient(self._database, 0)

    def _write(self, batch: Batch) -> int:
        with undone_if_it_fails(self._database):
            now, passed = self._now(), int((self._monotonic() - self._opened) * 1000)
            moment = max(epoch_ms(now), self._began + passed)
            moment, commits = count_as_owner(self._database, self._run, self._owner, moment)
            write(self._database, self._namespace.id, self._run, batch, moment, self._meanwhile)
            if batch.requests:
                count_requests(self._database, self._namespace.target, batch.requests, now.date())
            return commits

    def _commit(self, commits: int) -> None:
        begun = self._monotonic()
        commit(self._database, self._mark, commits)
        self._slowness += SLOWNESS_WEIGHT * (self._monotonic() - begun - self._slowness)

    def _told(self) -> BaseException:
        if isinstance(self._failure, sqlite3.Error):
            return as_state_error(self._path, self._failure)
        if isinstance(self._failure, StateError):
            return StateError(*self._failure.args)
        told = StateError(f"{self._path}: the ledger's writer died. Nothing more was sent.")
        told.__cause__ = self._failure
        return told

    def _close(self) -> None:
        # After a failure closing may fail too; what matters was told already.
        with suppress(sqlite3.Error):
            self._database.close()
        self._mark.close()


def _fill(batch: Batch, waiting: list[Entry]) -> int:
    """Take entries into the batch and give how many.

    A batch writes outcomes before intents, so an outcome whose intent is in the same batch (its caller was cancelled
    while it waited) goes into the next one.
    """
    begun: set[tuple[int, int]] = set()
    for number, entry in enumerate(waiting):
        if begun and any((task.part, task.position) in begun for task, _ in entry.outcomes):
            return number
        batch.outcomes += entry.outcomes
        batch.intents += entry.intents
        if entry.written.cancelled():
            begun.update((task.part, task.position) for task in entry.intents)
    return len(waiting)
