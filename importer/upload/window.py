"""Whether a server counts requests anew each second, seen from what it served before it refused, at different speeds.

Such a count is used up by the same number of requests however fast they come; a bucket fills meanwhile, and serves the
more the longer emptying it takes. So what a first stretch was served is tried again at another speed: the same number
in another time is the server's count, which nothing but a change of it makes wrong. A stretch over the moment at which
the count begins anew is served up to twice the number: then the least is tried once more.

A trial is quick, because it costs the less: a count of a second that is used up after a fifth of it has, with its
`Retry-After` of a second, served all but a fifth of what the server allows.
"""

from __future__ import annotations

SAME = 0.01
"""Counts are the same where they differ by less than that part."""
OTHER = 1.2
"""Two durations tell a count from a bucket where one is longer by that."""
TWICE = 2.05
"""What one count may be of another where both may come from one second's count."""
SPEEDS = (4.5, 3.0, 6.0)
"""Times the least count a second which a trial asks for."""
TRIALS = 3
"""Stretches after which nothing is tried any more."""
FEWEST = 10
"""Served requests below which a count tells nothing."""


class Window:
    """The stretches so far which the search for a server's count has made."""

    def __init__(self) -> None:
        """Nothing was counted yet."""
        self._counts: list[tuple[int, float]] = []
        self._peak = 0.0

    def note(self, served: int, seconds: float, peak: float) -> None:
        """Note what a stretch was served until a refusal, in so many seconds, and the requests a second at its end."""
        self._counts.append((served, seconds))
        self._peak = max(self._peak, peak)

    @property
    def size(self) -> int | None:
        """The count of a second, if the newest stretch and an earlier one were served it in different times."""
        served, seconds = self._counts[-1]
        found = (count for count, took in self._counts[:-1] if _same(count, served) and _differ(took, seconds))
        count = next(found, None)
        return None if count is None else min(count, served)

    @property
    def least(self) -> int | None:
        """The least of the counts so far, where all may come from one second's count."""
        least, most = min(self._counts)[0], max(self._counts)[0]
        return least if least >= FEWEST and most <= TWICE * least else None

    @property
    def trial(self) -> float | None:
        """How many times the least count a second should be asked for; None where nothing is to be learned so.

        It must be within reach, and take another time than every stretch so far.
        """
        least = self.least
        if least is None or len(self._counts) >= TRIALS:
            return None
        took = [seconds * least / served for served, seconds in self._counts]
        within = (speed for speed in SPEEDS if speed * least <= self._peak)
        return next((speed for speed in within if all(_differ(seconds, 1 / speed) for seconds in took)), None)


def _same(one: int, other: int) -> bool:
    return abs(one - other) <= SAME * min(one, other)


def _differ(one: float, other: float) -> bool:
    return max(one, other) > OTHER * min(one, other)
