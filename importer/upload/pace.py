"""When the next request may leave: decisions only, no waiting. The clock and the random numbers come in.

Requests in flight double while nothing has gone wrong, then grow by one a round, as long as latency holds; 429, 503 and
time-outs halve them once a round. `Retry-After`, or a limit that the server calls used up, shuts a gate for everybody.
A few failures in a row open a breaker: then one request at a time probes after each wait, until one is answered or
`max_wait` has passed. Requests that had to be made again are paid from a retry budget (see repeats): in debt, one
request at a time leaves, and no update is sent again into trouble. While refusals go on, the waits grow beyond what the
server asks for and a few requests at most probe it. A short list has fewer in flight, since all that are may be refused
at once. The rate that a server allows is learned from its refusals (see learned) or from what it tells (see told); then
requests in flight double again after a 429, and debt holds none back, since the rate does.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from importer.upload.learned import Learned
from importer.upload.rate import Rate
from importer.upload.repeats import RetryBudget
from importer.upload.told import Limit, Told

if TYPE_CHECKING:
    from collections.abc import Callable

LATENCY_WEIGHT = 0.1
LATENCY_DRIFT = 1.001
"""The best latency is forgotten slowly, so that a server which became slower for good is not held against itself."""
LATENCY_FACTOR = 2.0
LATENCY_SLACK = 0.05
"""Latency holds below twice the best plus 50 ms."""
IN_FLIGHT_SHARE, IN_FLIGHT_LEAST = 1 / 20, 8
"""What of the rows known may be in flight together, and how many always may."""
ROUNDING = 1e-6

ASKED = "the server asks to wait"
BACKING_OFF = "waiting before the next try"


@dataclass(frozen=True, slots=True, kw_only=True)
class PaceOptions:
    """How fast sending may become and how patient it is; times in seconds."""

    most: int = 32
    rate: float | None = None
    """Requests a second, at most."""
    budget: int | None = None
    """Requests of the day, sign-in and repeats included, at most."""
    spent: int = 0
    """Requests that were made before this sending, on the day on which it begins."""
    max_wait: float = 900.0
    """How long trouble may last, or a wait that the server asks for, before the run ends."""
    threshold: int = 5
    """Failures in a row that open the breaker."""
    backoff: float = 0.5
    longest_backoff: float = 30.0


class Pace:
    """The state of pacing for one sending."""

    def __init__(
        self,
        options: PaceOptions,
        *,
        monotonic: Callable[[], float],
        random: Callable[[], float],
        day: Callable[[], int] = lambda: 0,
    ) -> None:
        """Take `monotonic` in seconds; `random` gives numbers from 0 to below 1, `day` tells UTC days apart."""
        self.options = options
        self._day = day
        self._spent_on = Counter({day(): options.spent})
        self._monotonic = monotonic
        self._random = random
        self._limit = 1.0
        self._slow_start = True
        self._cut_at = -1.0
        self._gate = 0.0
        self._rate = Rate(options.rate)
        self._learned = Learned()
        self._told = Told()
        self._most = options.most
        self._waits = 0
        self._failures = 0
        self._trouble_since: float | None = None
        self._best = 0.0
        self._retries = RetryBudget()
        self._gave_up: str | None = None
        self.in_flight = 0
        self.spent = 0
        self.latency = 0.0
        """Seconds, smoothed; 0 before the first answer."""
        self.waiting: str | None = None
        """Why nobody may send, from the moment on which that begins until somebody may again."""

    @property
    def limit(self) -> int:
        """Requests allowed in flight."""
        # In debt a learned rate holds requests back enough: one at a time would waste what the server allows.
        held = self.broken or (self._retries.in_debt and self._learned.ceiling is None)
        return 1 if held else min(self._most, int(self._limit))

    @property
    def gave_up(self) -> str | None:
        """Why the run should end, in a sentence; None while it should not."""
        budget = self.options.budget
        if budget is not None and self._spent_on[self._day()] >= budget:
            return f"the daily budget of {budget} requests is spent until the next UTC day"
        return self._gave_up

    @property
    def broken(self) -> bool:
        """Whether the breaker is open."""
        return self._failures >= self.options.threshold

    def is_shut(self) -> bool:
        """Whether nobody may send now, not even who has a permit: what asked to wait may have come after it."""
        return self._gate > 0.0 and self._gate > self._monotonic()

    def take(self) -> float | None:
        """Take a permit: 0.0 when it is given, else the seconds to wait, or None to wait until one comes back."""
        now = self._monotonic()
        if self._gate > now:
            return self._gate - now
        if self.in_flight >= (min(self.limit, self._retries.probes) if self._waits else self.limit):
            return None
        if wait := max(self._rate.wait(now), self._learned.wait(now)):
            return wait
        self.waiting = None
        self._rate.take(now)
        self._learned.take(now)
        self.in_flight += 1
        return 0.0

    def leave(self) -> None:
        """Note, once for each permit, that its request leaves now, or that it will not."""
        now = self._monotonic()
        self._rate.leave(now)
        self._learned.leave(now)

    def expect(self, rows: int) -> None:
        """Note how many rows are known to be sent: so much may be in flight that a tenth of them pays for it."""
        self._most = min(self.options.most, max(IN_FLIGHT_LEAST, int(rows * IN_FLIGHT_SHARE)))

    def give_back(self) -> None:
        """Give a permit back."""
        self.in_flight -= 1

    def spend(self, number: int = 1) -> None:
        """Count requests against the budget of the present day; a negative number takes back what never left."""
        self.spent += number
        if self.options.budget is not None:
            self._spent_on[self._day()] += number

    def may_repeat(self) -> bool:
        """Take one repeat into trouble from the retry budget, if it holds one."""
        return self._retries.may_repeat()

    def asked_to_wait(self, seconds: float) -> None:
        """Note that the server asks everybody to wait for so many seconds, though it works."""
        self._shut(self._monotonic() + seconds, ASKED)

    def used_up(self, seconds: float) -> None:
        """Note that the server's limit is used up for so many seconds more."""
        now = self._monotonic()
        if (opens := self._told.opens(now, seconds)) > now:
            self._shut(opens, "the server's limit is used up")

    def told(self, limit: Limit, seconds: float) -> None:
        """Note what the answer to a request that took `seconds` tells of the server's limit."""
        self._told.note(limit, self._monotonic() - seconds)
        self._learned.told = self._told.rate

    def answered(self, seconds: float) -> None:
        """Note that the server answered like one that works, after `seconds`."""
        self._failures = 0
        self._waits = 0
        self._trouble_since = None
        self._retries.earn()
        self._learned.served(self._monotonic() - seconds)
        self.latency = self.latency + LATENCY_WEIGHT * (seconds - self.latency) if self.latency else seconds
        self._best = min(self._best * LATENCY_DRIFT, self.latency) if self._best else self.latency
        if self.latency <= LATENCY_FACTOR * self._best + LATENCY_SLACK:
            self._limit = min(self.options.most, self._limit + (1.0 if self._slow_start else 1.0 / self._limit))

    def troubled(self, *, seconds: float, failed: bool, overloaded: bool, retry_after: float | None) -> None:
        """Note trouble with a request that took `seconds`.

        `failed`: it counts towards the breaker (no answer, 5xx). `overloaded`: fewer requests should be in flight (429,
        503, time-out). `retry_after`: the seconds that the server asks everybody to wait.
        """
        now = self._monotonic()
        teaches = False
        if self._trouble_since is None:
            self._trouble_since = now
        if failed:
            self._failures += 1
        elif overloaded:
            # Refused unread: it must be sent again.
            self._retries.charge()
            teaches = self._learned.refused(now - seconds)
        # What comes while the gate is shut left before it was.
        first_of_round = now - seconds > self._cut_at and not self.is_shut()
        if overloaded and first_of_round:
            self._limit = max(1.0, min(self._limit, self._most) / 2)
            self._slow_start = teaches
        # "Wait 0 seconds" is no pause: without one, a storm of refusals would be answered by a storm of requests.
        if retry_after:
            patience = self._trouble_since + self.options.max_wait - now - retry_after
            more = min(self._growing(), max(0.0, patience)) if first_of_round and self._waits else 0.0
            self._shut(now + retry_after + more, ASKED)
        elif first_of_round and (self.broken or (overloaded and not failed)):
            self._shut(now + self._growing(), BACKING_OFF)
        if first_of_round and (overloaded or self.broken):
            self._waits += 1
            self._cut_at = now

    def back_off(self, tries: int) -> float:
        """Give the seconds to wait after `tries` earlier waits: full jitter under a doubling bound."""
        return self._random() * self._bound(tries)

    def _growing(self) -> float:
        """Give the next wait for everybody; once it is not the first without an answer, half its bound at least.

        Full jitter throughout would have a storm of half a minute cost many probes where chance is short.
        """
        wait = self.back_off(self._waits)
        return wait if not self._waits else (wait + self._bound(self._waits)) / 2

    def _bound(self, tries: int) -> float:
        return min(self.options.longest_backoff, self.options.backoff * 2.0 ** min(tries, 30))

    def _shut(self, until: float, why: str) -> None:
        self._gate = max(self._gate, until)
        self.waiting = why
        wait = until - self._monotonic()
        if why != BACKING_OFF and wait > self.options.max_wait:
            self._gave_up = f"{why} for {wait:.0f} s, longer than {self.options.max_wait:.0f} s (--max-wait)"
        elif self._trouble_since is not None and self._gate - self._trouble_since > self.options.max_wait + ROUNDING:
            self._gave_up = f"the server did not work for {self.options.max_wait:.0f} s (--max-wait)"
