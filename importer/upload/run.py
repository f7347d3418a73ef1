"""Wires the sending of a run to the target of an account."""

from __future__ import annotations

import asyncio
import random
import time
from importlib.metadata import version
from typing import TYPE_CHECKING

from importer.upload.journal import Spending
from importer.upload.pace import Pace
from importer.upload.send import Clock, SendOptions, Sent, send

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from importer.progress import Progress
    from importer.settings import Account
    from importer.task import Recorder, Task

SECONDS_OF_A_DAY = 86_400
CLOCK = Clock(time.monotonic, time.time, asyncio.sleep)


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
    # A run in which nothing changed, or which only plans, need not load what speaks HTTP: a fifth of a second.
    from importer.http.auth import Auth, Clocks  # noqa: PLC0415  # see above
    from importer.http.contacts import Contacts  # noqa: PLC0415  # see above
    from importer.http.exchange import Exchange  # noqa: PLC0415  # see above
    from importer.http.transport import AiohttpTransport  # noqa: PLC0415  # see above

    pace = Pace(
        options.pace, monotonic=clock.monotonic, random=chance, day=lambda: int(clock.now() // SECONDS_OF_A_DAY)
    )
    transport = AiohttpTransport(connections=options.pace.most, held=pace.is_shut)
    exchange = Exchange(transport, deadline=options.deadline, monotonic=clock.monotonic)
    clocks = Clocks(now=clock.now, monotonic=clock.monotonic)
    auth = Auth(
        exchange,
        account.base_url,
        token=account.token,
        api_key=account.api_key,
        clocks=clocks,
        spending=Spending(recorder, pace),
    )
    api = Contacts(
        exchange,
        auth,
        transport,
        base_url=account.base_url,
        account_id=account.account_id,
        user_agent=f"masivo-importer/{version('masivo-importer')}",
    )
    try:
        return await send(
            batches, api=api, recorder=recorder, pace=pace, clock=clock, progress=progress, stop=stop, options=options
        )
    finally:
        await transport.aclose()
