"""The rate that a server tells by its `X-RateLimit-*` headers, believed where what is left falls as they say.

A limit for a window of a few seconds is a rate: so many requests, spread evenly, never use it up, and nothing waits for
the next window. Longer windows are no rate: their requests may leave at once, and none is lost by the wait. The headers
tell whole seconds; when a window begins is seen from what is left becoming more.

A server may mean something else by the same names: where what is left does not fall with each request, a bucket is
filling meanwhile. Then the headers tell neither a rate nor a wait, and only refusals teach.
"""

from __future__ import annotations

from dataclasses import dataclass

SHORT = 5.0
"""Seconds of the longest window that is a rate."""
NEAR = 0.992
"""What of it is used."""
RUN = 8
"""Answers one after another by which is judged what a server means."""
FALLS = 0.25
"""What is left falls by less than that each time where a bucket is filling."""


@dataclass(frozen=True, slots=True)
class Limit:
    """What one answer tells."""

    size: int
    """Requests allowed in a window."""
    left: int
    """Requests left of them."""
    reset: float
    """Seconds until the next window, rounded up."""


class Told:
    """What the answers so far tell together. `left_at` is when a request left, in seconds that never jump."""

    def __init__(self) -> None:
        """Nothing is told yet."""
        self._newest: Limit | None = None
        self._left_at = 0.0
        self._window = 0.0
        self._fresh: float | None = None
        self._run = self._fallen = 0
        self.is_window = True
        """Whether what is told may be believed."""

    @property
    def rate(self) -> float | None:
        """Requests a second that the server allows; None where it does not tell."""
        if self._newest is None or not self.is_window or not 0 < self._window <= SHORT:
            return None
        return NEAR * self._newest.size / self._window

    def note(self, told: Limit, left_at: float) -> None:
        """Note what the answer to a request that left then tells; answers may come in any order."""
        before = self._newest
        if before is None or told.size != before.size:
            self._newest, self._left_at, self._window, self._fresh = told, left_at, told.reset, None
            self._run = self._fallen = 0
            return
        if left_at <= self._left_at:
            return
        self._newest, self._left_at = told, left_at
        self._window = max(self._window, told.reset)
        fallen = before.left - told.left
        if fallen < -1:
            self._fresh = left_at
            self._run = self._fallen = 0
            return
        self._run += 1
        self._fallen += fallen
        if self._run >= RUN:
            self.is_window = self.is_window and self._fallen >= FALLS * self._run
            self._run = self._fallen = 0

    def opens(self, now: float, seconds: float) -> float:
        """Give when a window that is used up for `seconds` more by its header surely ends."""
        if not self.is_window:
            return now
        if self._fresh is None or self._window > SHORT:
            return now + seconds
        return min(now + seconds, max(now, self._fresh + self._window))
