"""Wires the sending of a run to the target of an account."""

from __future__ import annotations

import asyncio
import random
import time
from typing import TYPE_CHECKING

from importer.upload.pace import Pace
from importer.upload.send import Clock, SendOptions, Sent, send

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from importer.progress import Progress
    from importer.settings import Account
    from importer.task import Recorder, Task

SECONDS_OF_A_DAY = 86_400
CLOCK = Clock(time.monotonic, time.time, asyncio.sleep)


def load_client() -> None:
    """Load what speaks HTTP, which takes a fifth of a second: a thread can do so while a run is still planned."""
    from importer.upload import client, delivery  # noqa: F401, PLC0415  # to have them loaded


async def send_run(  # everything that acts comes in as an argument
    batches: Iterator[list[Task]],
    *,
    account: Account,
    recorder: Recorder,
    progress: Progress,
    stop: asyncio.Event,
    options: SendOptions,
    clock: Clock = CLOCK,
    chance: Callable[[], float] = random.random,
) -> Sent:
    """Send a run's rows to an account's contacts; gives and raises as `send.send`.

    The requests of signing in are counted too. `chance` gives numbers from 0 to below 1, for back-off.
    """
    # A run in which nothing changed, or which only plans, need not load what speaks HTTP.
    from importer.upload.client import make_client  # noqa: PLC0415  # see above

    pace = Pace(
        options.pace, monotonic=clock.monotonic, random=chance, day=lambda: int(clock.now() // SECONDS_OF_A_DAY)
    )
    api, transport = make_client(account, recorder, pace, clock, options)
    try:
        return await send(
            batches, api=api, recorder=recorder, pace=pace, clock=clock, progress=progress, stop=stop, options=options
        )
    finally:
        await transport.aclose()
