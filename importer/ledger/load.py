"""Whether a thread has time to spare, by what it took of the processor a moment ago."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

SPAN = 0.1
"""Seconds that are looked at together."""
BUSY = 0.9
"""Share of them from which on a thread has no time to spare."""


class Load:
    """What the thread that asks takes of the processor. It has no time to spare until seen otherwise."""

    def __init__(self, monotonic: Callable[[], float], processor: Callable[[], float]) -> None:
        """Take `monotonic`, seconds, and `processor`, those of the processor that the asking thread took so far."""
        self._monotonic = monotonic
        self._processor = processor
        self._looked: tuple[float, float] | None = None
        self._spare = False

    def has_time_to_spare(self) -> bool:
        """Say so as of the last whole span."""
        now = self._monotonic()
        if self._looked is None:
            self._looked = now, self._processor()
        elif now - self._looked[0] >= SPAN:
            looked = now, self._processor()
            self._spare = looked[1] - self._looked[1] < BUSY * (now - self._looked[0])
            self._looked = looked
        return self._spare
