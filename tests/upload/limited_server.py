"""Servers that allow so many requests a second, and the pace driven against one on a clock that only waiting moves."""

from __future__ import annotations

import heapq
import math
import random
from abc import ABC, abstractmethod
from collections import deque
from dataclasses import dataclass, field

from importer.upload.pace import Pace, PaceOptions
from importer.upload.told import Limit


@dataclass(kw_only=True)
class Server(ABC):
    """What all have in common; `rate` in requests a second, times in seconds."""

    rate: float
    tells_wait: bool = True
    """Whether a refusal says `Retry-After`."""
    tells_limit: bool = False
    """Whether every answer says what is left."""
    changes_at: float = math.inf
    changes_to: float = 0.0
    """What the rate becomes at that moment."""

    @abstractmethod
    def grants(self, now: float) -> bool:
        """Whether a request that arrives now is served."""

    @abstractmethod
    def wait(self, now: float) -> int:
        """Give the whole seconds that a refusal asks to wait."""

    @abstractmethod
    def limit(self, now: float) -> tuple[int, int, int]:
        """Give what the three headers say: limit, remaining, and whole seconds until the reset."""


@dataclass(kw_only=True)
class Windows(Server):
    """So many in each window of some seconds, which begins wherever the server's clock has it."""

    window: float = 1.0
    begins: float = 0.3
    number: int = -1
    left: int = 0

    @property
    def size(self) -> int:
        """How many a window allows."""
        return round(self.rate * self.window)

    def grants(self, now: float) -> bool:
        if now >= self.changes_at:
            self.rate, self.changes_at = self.changes_to, math.inf
        number = int((now + self.begins) // self.window)
        if number > self.number:
            self.number, self.left = number, self.size
        granted = self.left > 0
        self.left -= granted
        return granted

    def wait(self, now: float) -> int:
        return math.floor((self.number + 1) * self.window - self.begins - now) + 1

    def limit(self, now: float) -> tuple[int, int, int]:
        return self.size, self.left, self.wait(now)


@dataclass(kw_only=True)
class Sliding(Server):
    """So many in any second, wherever it begins."""

    granted: deque[float] = field(default_factory=deque)

    def grants(self, now: float) -> bool:
        while self.granted and self.granted[0] <= now - 1:
            self.granted.popleft()
        if len(self.granted) >= self.rate:
            return False
        self.granted.append(now)
        return True

    def wait(self, now: float) -> int:
        _ = now
        return 1

    def limit(self, now: float) -> tuple[int, int, int]:
        return round(self.rate), round(self.rate) - len(self.granted), self.wait(now)


@dataclass(kw_only=True)
class Bucket(Server):
    """So many at once as it has saved up. It tells its size as the limit, and the reset is when it is full again."""

    saves: float
    level: float = math.inf
    filled: float = 0.0

    @property
    def size(self) -> float:
        """How many it saves up at most."""
        return max(1.0, self.rate * self.saves)

    def grants(self, now: float) -> bool:
        if now >= self.changes_at:
            self.rate, self.changes_at = self.changes_to, math.inf
        self.level = min(self.size, self.level + (now - self.filled) * self.rate)
        self.filled = now
        granted = self.level >= 1 - 1e-9
        self.level -= granted
        return granted

    def wait(self, now: float) -> int:
        _ = now
        return 1

    def limit(self, now: float) -> tuple[int, int, int]:
        _ = now
        return int(self.size), max(0, int(self.level)), math.ceil((self.size - self.level) / self.rate)


@dataclass(kw_only=True)
class Shedding(Server):
    """Refuses a share of the requests, whatever their rate, as where one of several nodes sheds load."""

    share: float
    chance: random.Random = field(default_factory=lambda: random.Random(1))  # noqa: S311  # seeded on purpose

    def grants(self, now: float) -> bool:
        _ = now
        return self.chance.random() >= self.share

    def wait(self, now: float) -> int:
        _ = now
        return 1

    def limit(self, now: float) -> tuple[int, int, int]:
        """Tell of no limit: there is none that could be kept to."""
        _ = now
        return 0, 0, 0


@dataclass
class Run:
    """What came of one run."""

    served: list[float] = field(default_factory=list)
    """When each served request arrived."""
    begun: list[float] = field(default_factory=list)
    """When each request left."""
    refused: list[float] = field(default_factory=list)
    early: int = 0
    """Requests that left before a wait had ended that was told and heard."""
    ended: float = 0.0

    def share(self, rate: float, since: float = 0.0, until: float = math.inf) -> float:
        """Give the share of `rate` that was served between two moments."""
        until = min(until, self.served[-1])
        return sum(since <= at < until for at in self.served) / (until - since) / rate


def drive(
    server: Server,
    *,
    rows: int,
    most: int = 32,
    latency: float = 0.05,
    jitter: float = 0.0,
    rate: float | None = None,
    seed: int = 0,
) -> Run:
    """Send rows as fast as the pace lets them; latency in seconds, there and back, `jitter` its share by chance."""
    chance = random.Random(seed)  # noqa: S311  # seeded on purpose
    run, now, shut_until = Run(), 0.0, 0.0
    pace = Pace(PaceOptions(most=most, rate=rate), monotonic=lambda: now, random=chance.random)
    pace.expect(rows)
    events: list[tuple[float, int, float, bool | None, tuple[int, int, int] | None, int | None]] = []
    number = 0
    while len(run.served) < rows and pace.gave_up is None:
        wait: float | None = None
        while len(run.served) + pace.in_flight < rows and (wait := pace.take()) == 0.0:
            pace.leave()
            run.begun.append(now)
            run.early += now < shut_until
            number += 1
            there = latency / 2 * (1 + jitter * (2 * chance.random() - 1))
            heapq.heappush(events, (now + there, number, now, None, None, None))
        wakes = math.inf if wait is None or wait == 0.0 else now + wait
        if not events or wakes < events[0][0]:
            now = max(wakes, math.nextafter(now, math.inf))
            continue
        now, number_of, left, granted, limit, asked = heapq.heappop(events)
        if granted is None:
            granted = server.grants(now)
            (run.served if granted else run.refused).append(now)
            limit = server.limit(now) if server.tells_limit else None
            asked = server.wait(now) if server.tells_wait and not granted else None
            back = latency / 2 * (1 + jitter * (2 * chance.random() - 1))
            heapq.heappush(events, (now + back, number_of, left, granted, limit, asked))
            continue
        hear(pace, now - left, granted=granted, limit=limit, asked=asked)
        shut_until = max(shut_until, now + (asked or 0))
    run.ended = now
    return run


def hear(pace: Pace, seconds: float, *, granted: bool, limit: tuple[int, int, int] | None, asked: int | None) -> None:
    """Tell the pace of an answer, as the delivery does."""
    if limit is not None:
        pace.told(Limit(limit[0], limit[1], float(limit[2])), seconds)
    used_up = float(limit[2]) if limit is not None and limit[1] == 0 else None
    if granted:
        pace.answered(seconds)
        if used_up is not None:
            pace.used_up(used_up)
    else:
        after = float(asked) if asked is not None else used_up
        pace.troubled(seconds=seconds, failed=False, overloaded=True, retry_after=after)
    pace.give_back()
