"""How many requests a second may leave: evenly spaced, with a little catching up, and never more in any second."""

from __future__ import annotations

from collections import deque

SLACK = 0.1
"""Seconds by which a rate may catch up after a late wake-up."""
NOTHING = 1e-9
SECOND = 1.0025
"""Seconds that are counted as one: requests arrive a little nearer to each other than they left."""
LAG_WEIGHT = 0.05


class Rate:
    """One rate, kept over moments at which requests really left, since each takes its own time to become durable.

    Of any requests that left one after the other, as many as the rate allows a second span a second; a rate below one
    is kept as one request in its longer span. `now` is in seconds that never jump.
    """

    def __init__(self, a_second: float | None) -> None:
        """Hold requests to so many a second; None holds nothing."""
        self._rate = a_second
        self._next = 0.0
        self._taken = 0
        self._left: deque[float] = deque()

    def wait(self, now: float) -> float:
        """Give the seconds until one more may be taken, 0.0 where it may at once."""
        if not self._rate:
            return 0.0
        if self._next > now:
            return self._next - now
        most = max(1, int(self._rate))
        span = most / self._rate
        while self._left and self._left[0] + span - now <= NOTHING:
            self._left.popleft()
        if self._taken + len(self._left) < most:
            return 0.0
        return self._left[0] + span - now if self._left else 1 / self._rate

    def take(self, now: float) -> None:
        """Note that a request may leave, which then counts until it has."""
        if self._rate:
            self._next = max(self._next, now - SLACK) + 1 / self._rate
            self._taken += 1

    def leave(self, now: float) -> None:
        """Note that it leaves now, or that it will not."""
        if self._rate:
            self._taken -= 1
            self._left.append(now)


class Second:
    """At most so many requests in any second, by the moments at which they left. `now` is in seconds that never jump.

    A request leaves a little after it was taken, by how much is expected of it. Else each second would begin later than
    the one before by as much.
    """

    def __init__(self) -> None:
        """Nothing was taken yet."""
        self._taken: deque[float] = deque()
        self._left: deque[float] = deque()
        self._lag = 0.0
        """Seconds from taking to leaving, smoothed."""

    def wait(self, most: float, now: float) -> float:
        """Give the seconds until one more may be taken, where at most so many may leave in a second."""
        expired = now + self._lag - SECOND
        while self._left and self._left[0] <= expired + NOTHING:
            self._left.popleft()
        if len(self._taken) + len(self._left) < most:
            return 0.0
        return self._left[0] - expired if self._left else SECOND / most

    def take(self, now: float) -> None:
        """Note that a request may leave, which then counts until it has."""
        self._taken.append(now)

    def leave(self, now: float) -> None:
        """Note that one leaves now, or that it will not; so may one that was taken before the counting began."""
        if self._taken:
            self._lag += LAG_WEIGHT * (now - self._taken.popleft() - self._lag)
        while self._left and self._left[0] <= now - SECOND:
            self._left.popleft()
        self._left.append(now)
