"""Waiting for permission to send: the pace decides, this waits."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from importer.progress import Progress
    from importer.upload.pace import Pace

LONGEST_NAP = 1.0
"""Seconds after which a wait is looked at again, whatever happened to the clock meanwhile."""
WORTH_SAYING = 2.0


class Permits:
    """Permits for as many workers as the pace allows; closed, it gives no more."""

    def __init__(
        self,
        pace: Pace,
        *,
        sleep: Callable[[float], Awaitable[None]],
        after_wait: Callable[[], Awaitable[None]],
        progress: Progress,
    ) -> None:
        """Call `after_wait` when a wait for everybody is over, before the first request leaves."""
        self.pace = pace
        self.closed = False
        self._sleep = sleep
        self._after_wait = after_wait
        self._progress = progress
        self._waiters: deque[asyncio.Future[None]] = deque()
        self._keeper: asyncio.Task[None] | None = None
        self._said: str | None = None
        self._closing = asyncio.Event()

    def try_take(self) -> bool:
        """Take a permit if there is one at once."""
        return not self.closed and self.pace.waiting is None and self.pace.take() == 0.0

    async def take(self) -> bool:
        """Wait for a permit; False when there will be none."""
        while not self.closed:
            waited = self.pace.waiting is not None
            wait = self.pace.take()
            if wait == 0.0:
                if waited:
                    await self._after_wait()
                # One wakes the next: all at once, most would only find that it is not their turn.
                self._wake()
                return True
            if wait is not None and self._keeper is None:
                self._say(wait)
                self._keeper = asyncio.create_task(self._keep(min(wait, LONGEST_NAP)))
            waiter = asyncio.get_running_loop().create_future()
            self._waiters.append(waiter)
            await waiter
        return False

    def give_back(self) -> None:
        """Give a permit back and wake who may go now."""
        self.pace.give_back()
        if not self._waiters:
            return
        for _ in range(max(1, self.pace.limit - self.pace.in_flight)):
            self._wake()

    async def rest(self, seconds: float) -> None:
        """Wait before a row's next try, or until closed."""
        ends = [asyncio.ensure_future(self._sleep(seconds)), asyncio.ensure_future(self._closing.wait())]
        try:
            await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for end in ends:
                end.cancel()

    def close(self) -> None:
        """Give no more permits and wake everybody."""
        self.closed = True
        self._closing.set()
        if self._keeper is not None:
            self._keeper.cancel()
        while self._waiters:
            self._wake()

    async def _keep(self, seconds: float) -> None:
        await self._sleep(seconds)
        self._keeper = None
        self._wake()

    def _wake(self) -> None:
        while self._waiters:
            waiter = self._waiters.popleft()
            if not waiter.done():
                waiter.set_result(None)
                return

    def _say(self, wait: float) -> None:
        why = self.pace.waiting
        if why is not None and wait >= WORTH_SAYING and why != self._said:
            self._progress.note(f"{why}: {wait:.0f} s")
        self._said = why
