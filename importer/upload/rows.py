"""The rows to send, handed to the workers one by one while the next batch is read in a thread."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from importer.task import Task


class Rows:
    """Tasks from an iterator of batches: one batch in hand and one read ahead, however large the run is."""

    def __init__(self, batches: Iterator[list[Task]], limit: int | None, expect: Callable[[int], None]) -> None:
        """Hand out at most `limit` rows; `expect` is told how many are known, each time that more are."""
        self._batches = batches
        self._limit = limit
        self._rows: deque[Task] = deque()
        self._ahead: asyncio.Task[list[Task] | None] | None = None
        self._lock = asyncio.Lock()
        self._taken = 0
        self._known = 0
        self._expect = expect
        self.ended = False
        """Whether every row of the run was handed out."""
        self.limited = False
        """Whether rows are left because of the limit."""

    def at_hand(self) -> bool:
        """Whether the next row can be had without waiting."""
        return bool(self._rows)

    def take(self) -> Task | None:
        """Take the next row of those at hand; None where there is none, or none may be sent any more."""
        if not self._rows:
            return None
        if self._limit is not None and self._taken >= self._limit:
            self.limited = True
            return None
        self._taken += 1
        return self._rows.popleft()

    def close(self) -> None:
        """Read no further."""
        if self._ahead is not None:
            self._ahead.cancel()

    async def more(self) -> bool:
        """Have rows at hand, or give False after the last. Raises whatever reading the batches raises."""
        while not self._rows and not self.ended:
            async with self._lock:
                if not self._rows and not self.ended:
                    await self._read()
        return bool(self._rows)

    def _start(self) -> asyncio.Task[list[Task] | None]:
        if self._ahead is None:
            self._ahead = asyncio.create_task(asyncio.to_thread(next, self._batches, None))
        return self._ahead

    async def _read(self) -> None:
        batch = await self._start()
        self._ahead = None
        if batch is None:
            self.ended = True
            return
        self._rows.extend(batch)
        self._known += len(batch)
        self._expect(self._known if self._limit is None else min(self._known, self._limit))
        self._start()
