"""One deadline for each of many calls under way, watched by one timer for all.

Nearly no deadline is ever met, and a timer for each would cost more than most of what is done for a request here.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Coroutine

T = TypeVar("T")


class Deadline:
    """Ends calls that take longer than `seconds`. For the tasks of one loop, one call of each at a time."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._ends: dict[asyncio.Task[Any], float] = {}
        """When each call must have ended, by the loop's clock; the first comes first, since all have the same time."""
        self._late: set[asyncio.Task[Any]] = set()
        self._timer: asyncio.TimerHandle | None = None

    async def keep(self, call: Coroutine[Any, Any, T]) -> T:
        """Give what a call gives; raise TimeoutError where it took too long. Who cancels the task cancels the call."""
        loop = asyncio.get_running_loop()
        task = asyncio.current_task(loop)
        if task is None:
            raise RuntimeError("only a task can be held to a deadline")
        cancelled = task.cancelling()
        self._ends[task] = loop.time() + self._seconds
        if self._timer is None:
            self._timer = loop.call_later(self._seconds, self._look, loop)
        try:
            return await call
        except asyncio.CancelledError:
            if task in self._late and task.cancelling() == cancelled + 1:
                raise TimeoutError from None
            raise
        finally:
            del self._ends[task]
            if task in self._late:
                self._late.remove(task)
                task.uncancel()

    def _look(self, loop: asyncio.AbstractEventLoop) -> None:
        self._timer = None
        now = loop.time()
        for task, ends in self._ends.items():
            if ends > now:
                self._timer = loop.call_at(ends, self._look, loop)
                return
            if task not in self._late:
                self._late.add(task)
                task.cancel()
