"""Sending a run that is entered in the ledger: what sending needs around it, the canary first, then the rest."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING

from importer.folder import RunFolder, read_frame, read_kept
from importer.guard import Limits, choose_canary, send_canary_first
from importer.ledger import Journal, Run, has_landed, outcomes, requests_of_day
from importer.outcome import Action
from importer.plan import adopt_ids, part_names, part_number, tasks
from importer.upload import SendOptions, Sent, send_run
from importer.watch import watch_signals

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable

    import polars as pl

    from importer.session import Opened
    from importer.settings import Account
    from importer.surroundings import Surroundings


SENT = (Action.CREATE.value, Action.UPDATE.value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sending:
    """How to send: whose account, how many rows are taken up at a time, how fast, and what must hold before."""

    account: Account
    chunk_size: int
    options: SendOptions
    limits: Limits = field(default_factory=Limits)
    """What the guard rails let pass."""
    canary: int | None = None
    """Rows that go first; the rest follows where all of them landed."""


async def send_rows(session: Opened, begun: Run, folder: RunFolder, sending: Sending, around: Surroundings) -> Sent:
    """Send what of a begun run waits to be sent. A signal stops it; `stopped` says so, or what else ended it early.

    Raises StateError when a file of the run is not what was written, or the ledger can't record any more.
    """
    adopt_ids(folder.parts, folder.plan, session.ledger, session.namespace, begun.number)
    done = partial(outcomes, session.ledger, begun.number)
    waiting = _count_waiting(folder, done)
    if not waiting:
        return Sent({}, None, 0, 0)
    canary = choose_canary(folder.plan, done, sending.canary) if sending.canary else None
    limit = sending.options.limit
    around.progress.start("sending", min(waiting, limit) if limit else waiting, "rows")
    try:
        with watch_signals() as stop:
            stretch = partial(_send_stretch, session, begun, folder, sending, around, stop.event)
            sent = await send_canary_first(canary, stretch, is_stopped=stop.event.is_set)
    finally:
        around.progress.finish()
    return replace(sent, stopped=stop.error() or sent.stopped)


def _count_waiting(folder: RunFolder, done: Callable[[int], pl.DataFrame]) -> int:
    waiting = 0
    for name in part_names(folder.plan):
        number = part_number(name)
        planned = read_frame(folder.plan_part(number), ["action"])["action"].is_in(SENT).sum()
        waiting += int(planned) - int(done(number)["settled"].sum())
    return waiting


async def _send_stretch(
    session: Opened,
    begun: Run,
    folder: RunFolder,
    sending: Sending,
    around: Surroundings,
    stop: asyncio.Event,
    only: pl.DataFrame | None,
    taken: int,
) -> Sent:
    done, sums = partial(outcomes, session.ledger, begun.number), read_kept(folder).sums
    rows = tasks(folder.parts, folder.plan, done, chunk=sending.chunk_size, sums=sums, only=only)
    landed = has_landed(session.ledger, begun.number)
    today = requests_of_day(session.ledger, session.namespace.target, around.now().date())
    pace = replace(sending.options.pace, spent=today)
    # It closes before signals go unwatched: whoever is cut off by a second one has its record written all the same.
    times = (around.now, around.monotonic, around.processor)
    async with Journal(session.ledger.path, session.namespace, begun, *times) as journal:
        return await send_run(
            rows,
            account=sending.account,
            recorder=journal,
            progress=around.progress,
            stop=stop,
            options=replace(sending.options, landed=landed, taken=taken, pace=pace),
        )
