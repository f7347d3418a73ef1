"""Records a run while it sends: group commits on one writer thread, durable before a waiter goes on."""

from __future__ import annotations

import asyncio
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from importer.errors import StateError
from importer.ledger.cures import as_state_error
from importer.ledger.landing import Batch, write
from importer.ledger.mark import Mark, mark_of
from importer.ledger.namespaces import epoch_ms
from importer.ledger.owner import rise_as_owner
from importer.ledger.store import connect, read_height, transaction

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime
    from pathlib import Path

    from importer.ledger.namespaces import Namespace
    from importer.ledger.runs import Run
    from importer.outcome import Outcome
    from importer.task import Task, Tick


@dataclass(slots=True)
class Entry:
    """One caller who waits, and what for."""

    outcomes: Sequence[tuple[Task, Outcome]]
    intents: Sequence[Task]
    written: asyncio.Future[None]


class Journal:
    """The `Recorder` of one run. An async context manager; leaving it writes what still waits.

    Whatever waits when the writer is free goes into one transaction, synced once. After the first failure (disk full,
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
    ) -> None:
        """With `monotonic` (seconds) a clock that is put back while this is open makes no time earlier than it was."""
        self._path = path
        self._namespace = namespace
        self._run = run.number
        self._owner = run.owner
        self._now = now
        self._monotonic = monotonic or (lambda: 0.0)
        self._waiting: list[Entry] = []
        self._batch = Batch()
        self._busy = False
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
        try:
            await self.commit((), ())
        finally:
            await self._loop.run_in_executor(self._writer, self._close)
            self._writer.shutdown()

    async def commit(self, outcomes: Sequence[tuple[Task, Outcome]], intents: Sequence[Task]) -> None:
        """Return when all of it is durable. A caller who is cancelled while waiting has it written all the same.

        Raises StateError when it can't be made durable, and at every later call.
        """
        if self._failure is not None:
            raise self._told()
        written = self._loop.create_future()
        self._waiting.append(Entry(tuple(outcomes), tuple(intents), written))
        if not self._busy:
            self._busy = True
            # One turn of the loop later, all who became ready together go into one commit.
            self._loop.call_soon(self._write_next)
        await written

    def count_requests(self, number: int) -> None:
        """Count requests on the present UTC day, for the daily budget; durable with the next commit."""
        day = self._now().date().isoformat()
        self._batch.requests[day] = self._batch.requests.get(day, 0) + number

    def tick(self, tick: Tick) -> None:
        """Keep a moment of the run's time series; durable with the next commit."""
        self._batch.ticks.append((epoch_ms(self._now()), tick))

    def _write_next(self) -> None:
        batch, self._batch = self._batch, Batch()
        served = _fill(batch, self._waiting)
        entries, self._waiting = self._waiting[:served], self._waiting[served:]
        writing = self._loop.run_in_executor(self._writer, self._write, batch)
        writing.add_done_callback(lambda done: self._written(entries, done.exception()))

    def _written(self, entries: list[Entry], failure: BaseException | None) -> None:
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
        self._busy = bool(self._waiting)
        if self._busy:
            self._write_next()

    def _open(self) -> None:
        self._database = connect(self._path)
        self._mark = Mark.open(mark_of(self._path), read_height(self._database).ledger)
        self._began, self._opened = epoch_ms(self._now()), self._monotonic()

    def _write(self, batch: Batch) -> None:
        with transaction(self._database, self._mark):
            passed = int((self._monotonic() - self._opened) * 1000)
            moment = max(epoch_ms(self._now()), self._began + passed)
            moment = rise_as_owner(self._database, self._run, self._owner, moment)
            write(self._database, self._namespace.target, self._namespace.id, self._run, batch, moment)

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
