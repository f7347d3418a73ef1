"""Sending a plan's rows: bounded workers, each row's intent durable before its request leaves."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from importer.errors import ImporterError, StoppedError
from importer.upload.journal import Held, Journal
from importer.upload.pace import Pace, PaceOptions
from importer.upload.permits import Permits
from importer.upload.rows import Rows
from importer.upload.until import wait_until

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator, Mapping

    from importer.outcome import State
    from importer.progress import Progress
    from importer.task import Recorder, Task
    from importer.upload.delivery import Api, Delivery


@dataclass(frozen=True, slots=True)
class Clock:
    """Time: `monotonic` in seconds, `now` in seconds since 1970, `sleep` for seconds."""

    monotonic: Callable[[], float]
    now: Callable[[], float]
    sleep: Callable[[float], Awaitable[None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class SendOptions:
    """What may be set for one sending; times in seconds."""

    limit: int | None = None
    """Rows, at most."""
    taken: int = 0
    """Rows that were sent before under the same limit."""
    tries: int = 5
    """Requests for one update that is answered by 5xx or silence."""
    deadline: float = 30.0
    """For one whole request: connecting, sending, and the whole answer."""
    grace: float = 30.0
    """For what is in flight to finish after the stop signal."""
    pace: PaceOptions = field(default_factory=PaceOptions)
    landed: bool = False
    """Whether something landed in this run before, when it goes on after a stop."""
    until: float | None = None
    """When to begin no row any more, in seconds since 1970."""


@dataclass(frozen=True, slots=True)
class Sent:
    """What one sending came to."""

    counts: Mapping[State, int]
    """Rows settled, all durable: created, updated, failed, unknown. The run may still send every other one."""
    stopped: ImporterError | None
    """Why it ended before its end, to be raised when all is written; None too when the stop event ended it."""
    requests: int
    """All that may have left, sign-in and repeats included."""
    retries: int


async def send(  # everything that acts comes in as an argument
    batches: Iterator[list[Task]],
    *,
    api: Api,
    recorder: Recorder,
    pace: Pace,
    clock: Clock,
    progress: Progress,
    stop: asyncio.Event,
    options: SendOptions,
) -> Sent:
    """Send all rows, or as many as may be sent, and give the counts of what is durable.

    When `stop` is set, no row is begun and what is in flight may finish. Requests are counted with the recorder and the
    pace here, except those of signing in, which whoever wires the sign-in counts with both. Raises StateError, and at
    once, when the recorder can't record any more; what then was in flight is in doubt.
    """
    from importer.upload.delivery import Delivery  # noqa: PLC0415  # it loads what speaks HTTP (see run.py)

    permits = Permits(pace, sleep=clock.sleep, after_wait=api.drop_idle, progress=progress)
    journal = Journal(recorder, pace, clock.monotonic, progress)
    delivery = Delivery(api, journal, permits, clock.now, tries=options.tries, landed=options.landed)
    rows = Rows(batches, None if options.limit is None else options.limit - options.taken, pace.expect)
    workers = {asyncio.create_task(_work(rows, delivery, journal, permits)) for _ in range(pace.options.most)}
    stopper = asyncio.create_task(_end(stop, permits, clock, options.grace))
    closer = asyncio.create_task(_close_at(options.until, delivery, clock))
    try:
        given_up = await _join(workers, stopper)
        stopped = delivery.error
        if rows.limited:
            stopped = stopped or StoppedError(f"--limit {options.limit} is reached; the next run goes on from here")
        elif isinstance(stopped, StoppedError) and not given_up and not await rows.more():
            stopped = None
    finally:
        permits.close()
        rows.close()
        for task in (*workers, stopper, closer):
            task.cancel()
        await asyncio.gather(*workers, stopper, closer, return_exceptions=True)
    return Sent(dict(journal.counts), stopped, pace.spent, delivery.retries)


async def _work(rows: Rows, delivery: Delivery, journal: Journal, permits: Permits) -> int:
    """Take and deliver rows until there are none or no permit is given; how many were given up."""
    held: Held = []
    given_up = 0
    while not permits.closed:
        if not rows.at_hand():
            await journal.commit(held, [])
            await rows.more()
        task = rows.take()
        if task is None:
            break
        outcome = await delivery.deliver(task, held)
        if outcome is None:
            given_up += 1
        else:
            held.append((task, outcome))
    await journal.commit(held, [])
    return given_up


async def _end(stop: asyncio.Event, permits: Permits, clock: Clock, grace: float) -> None:
    await stop.wait()
    permits.close()
    await clock.sleep(grace)


async def _close_at(moment: float | None, delivery: Delivery, clock: Clock) -> None:
    if moment is not None:
        await wait_until(moment, now=clock.now, monotonic=clock.monotonic, sleep=clock.sleep)
        delivery.halt(StoppedError("the time given by --until has come; the same command goes on from here"))


async def _join(workers: set[asyncio.Task[int]], stopper: asyncio.Task[None]) -> int:
    """Wait for the workers, or for the end of the grace after a stop; raise the first error of any."""
    running: set[asyncio.Task[int]] = set(workers)
    given_up = 0
    while running and not stopper.done():
        await asyncio.wait({*running, stopper}, return_when=asyncio.FIRST_COMPLETED)
        done = {worker for worker in running if worker.done()}
        given_up += sum(worker.result() for worker in done)
        running -= done
    return given_up
