"""Until when sending may go on."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

LONGEST_NAP = 1.0


def next_moment(clock_time: time, now: float) -> float:
    """Give when this machine's clocks next show a time of day, in seconds since 1970; `now` likewise."""
    here = datetime.fromtimestamp(now)  # noqa: DTZ006  # a time of day is meant as the wall shows it
    moment = datetime.combine(here.date(), clock_time)
    if moment <= here:
        moment += timedelta(days=1)
    return moment.timestamp()


async def wait_until(
    moment: float,
    *,
    now: Callable[[], float],
    monotonic: Callable[[], float],
    sleep: Callable[[float], Awaitable[None]],
) -> None:
    """Return when the wall clock has reached `moment`, or as many seconds have passed as it then was away.

    So a clock that is put forward ends the wait, and one that is put back does not prolong it.
    """
    ends = monotonic() + moment - now()
    while (left := min(ends - monotonic(), moment - now())) > 0:
        await sleep(min(left, LONGEST_NAP))
