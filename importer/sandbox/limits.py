"""Requests a second and a day, and the headers that tell of them (meaning of the headers: the API's limits guide)."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

DAY_SECONDS = 86_400


@dataclass(frozen=True, slots=True)
class Allowance:
    """Whether one request may pass, and the rate-limit headers of its answer."""

    passes: bool
    headers: dict[str, str]


class Limits:
    """Counts requests in fixed windows of one second and of one UTC day.

    `count_day(day, limit)` adds one request to that day unless it is full, and gives the number before it, so that the
    day's count outlives the process. `clock` gives seconds since 1970.
    """

    def __init__(
        self,
        rate: int | None,
        daily: int | None,
        count_day: Callable[[str, int], int],
        clock: Callable[[], float],
    ) -> None:
        """Start with an unused second."""
        self._rate = rate
        self._daily = daily
        self._count_day = count_day
        self._clock = clock
        self._window = 0.0
        self._used = 0

    def admit(self) -> Allowance:
        """Count one request; a refused one is not counted."""
        now = self._clock()
        if self._rate is not None:
            if not 0 <= now - self._window < 1:
                self._window, self._used = now, 0
            if self._used >= self._rate:
                return _refuse(self._rate, self._window + 1 - now)
        if self._daily is not None:
            left = self._daily - self._count_day(datetime.fromtimestamp(now, UTC).date().isoformat(), self._daily)
            until = DAY_SECONDS - now % DAY_SECONDS
            if left <= 0:
                return _refuse(self._daily, until)
        self._used += 1
        if self._rate is not None:
            return Allowance(passes=True, headers=_headers(self._rate, self._rate - self._used, self._window + 1 - now))
        if self._daily is not None:
            return Allowance(passes=True, headers=_headers(self._daily, left - 1, until))
        return Allowance(passes=True, headers={})


def _headers(limit: int, remaining: int, seconds: float) -> dict[str, str]:
    return {
        "X-RateLimit-Limit": str(limit),
        "X-RateLimit-Remaining": str(remaining),
        "X-RateLimit-Reset": str(_whole(seconds)),
    }


def _refuse(limit: int, seconds: float) -> Allowance:
    return Allowance(passes=False, headers={**_headers(limit, 0, seconds), "Retry-After": str(_whole(seconds))})


def _whole(seconds: float) -> int:
    return max(1, math.ceil(seconds))
