"""What a server served from one wait to the next, and what that says of a bucket behind it."""

from __future__ import annotations

from collections import deque

BIN = 0.02
"""Seconds that are counted together."""
KEPT = 1_500
"""How many such counts are kept: half a minute, in which every bucket of a few seconds was full or empty."""
SECOND = 1.0
MIXED = 3
"""Requests served among refused ones of which a rate can be told."""
SHORTEST = 0.1
"""Seconds below which no rate is read from counts."""


class Stretch:
    """The requests that were sent one after another between two waits, by the moments at which they left."""

    def __init__(self, begun: float) -> None:
        """Begin with the first request."""
        self.begun = begun
        self.last = begun
        """When the newest request left."""
        self.refused_at: float | None = None
        """When the first refused request left; None while none was."""
        self.served = 0
        self._after: list[tuple[float, bool]] = []
        self._bins: deque[tuple[float, int]] = deque(maxlen=KEPT)
        """When the first of some requests left that were served, and how many."""

    def serve(self, left: float) -> None:
        """Note that a request which left then was served."""
        self.served += 1
        if self.refused_at is not None and left > self.refused_at:
            self._after.append((left, True))
            return
        if self._bins and left - self._bins[-1][0] < BIN:
            first, count = self._bins[-1]
            self._bins[-1] = min(first, left), count + 1
        else:
            self._bins.append((left, 1))

    def refuse(self, left: float) -> None:
        """Note that a request which left then was refused."""
        self.refused_at = left if self.refused_at is None else min(left, self.refused_at)
        self._after.append((left, False))

    def trickle(self) -> float | None:
        """Give the rate at which requests were served among refused ones; None where they were not mixed.

        A bucket fills all the time and serves one now and then; a window that is used up serves none until the next.
        """
        late = sorted(self._after)[len(self._after) // 10 :]
        middle = len(late) // 2
        served = sum(granted for _, granted in late)
        mixed = any(granted for _, granted in late[:middle]) and not all(granted for _, granted in late[middle:])
        span = self.last - late[0][0] if late else 0.0
        return served / span if mixed and served >= MIXED and span > 0 else None

    @property
    def end(self) -> float:
        """When the first refused request left, else the newest."""
        return self.last if self.refused_at is None else self.refused_at

    @property
    def seconds(self) -> float:
        """How long it lasted until then."""
        return self.end - self.begun

    @property
    def last_second(self) -> int:
        """How many were served in the last second before the first refusal, or in all of a shorter stretch."""
        if self.seconds < SECOND:
            return self.served
        return sum(count for first, count in self._bins if first >= self.end - SECOND)

    @property
    def peak(self) -> float:
        """Requests a second that were served in its last third."""
        third = self.seconds / 3
        return max((served / seconds for seconds, served in self._backwards() if seconds >= third > 0), default=0.0)

    def saved(self, rate: float) -> float:
        """Give what a bucket that fills at `rate` must have saved up at most, since it was empty just at the end."""
        return max((served - rate * seconds for seconds, served in self._backwards()), default=0.0)

    def rate(self, saved: float) -> float:
        """Give the rate at which a bucket that saves up so many fills, since it was empty just at the end."""
        spans = ((seconds, served) for seconds, served in self._backwards() if seconds >= SHORTEST)
        return max(((served - saved) / seconds for seconds, served in spans), default=0.0)

    def _backwards(self) -> list[tuple[float, int]]:
        """Give the seconds before the end, ever more of them, each with what was served in them."""
        served, spans = 0, []
        for first, count in reversed(self._bins):
            served += count
            spans.append((max(0.0, self.end - first), served))
        return spans
