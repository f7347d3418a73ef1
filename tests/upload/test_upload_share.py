"""What share of a server's limit is reached, by what it tells, on a clock that only waiting moves."""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest
from test_upload_storm import CREATED, LATENCY, World, weather

from importer.http.exchange import Reply
from importer.outcome import Action, Method, State

RATE = 100
SECONDS = 60


@dataclass
class Limited(World, ABC):
    """Answers 100 requests a second, and refuses what comes beyond."""

    landed: list[float] = field(default_factory=list)
    refused: int = 0
    shut_until: float = 0.0
    """For whoever has heard of it: when the newest wait ends that was told."""
    early: int = 0

    @abstractmethod
    def grants(self) -> bool:
        """Whether a request that arrives now is served."""

    @abstractmethod
    def headers(self) -> dict[str, str]:
        """Give what an answer tells of the limit."""

    @abstractmethod
    def wait(self) -> int:
        """Give the whole seconds that a refusal asks to wait."""

    async def send(self, method: Method, contact_id: str | None, body: bytes) -> Reply:
        _ = method, contact_id, body
        self.early += self.now() < self.shut_until
        await asyncio.sleep(LATENCY / 2)
        granted = self.grants()
        told, wait = self.headers(), self.wait()
        if granted:
            self.landed.append(self.now())
        else:
            self.refused += 1
            told["retry-after"] = str(wait)
        await asyncio.sleep(LATENCY / 2)
        if granted:
            return Reply(sent=True, status=201, headers={**CREATED.headers, **told}, body=CREATED.body)
        self.shut_until = max(self.shut_until, self.now() + wait)
        return Reply(sent=True, status=429, headers=told, body=b"{}")


@dataclass
class Windows(Limited):
    """So many in each window of some seconds; with `told` each answer says how many are left of it."""

    window: int = 10
    told: bool = True
    number: int = 0
    left: int = 0

    def grants(self) -> bool:
        number = 1 + int(self.now() // self.window)
        if number > self.number:
            self.number, self.left = number, self.window * RATE
        granted = self.left > 0
        self.left -= granted
        return granted

    def headers(self) -> dict[str, str]:
        told = {"x-ratelimit-remaining": str(self.left), "x-ratelimit-reset": str(self.wait())}
        return told if self.told else {}

    def wait(self) -> int:
        # Whole seconds, as the target's guide has it, and never too few.
        return int(self.number * self.window - self.now()) + 1


@dataclass
class Bucket(Limited):
    """So many at once as it has saved up, two seconds' worth at most; a wait is told, what is left is not."""

    level: float = 0.0
    filled: float = 0.0

    def grants(self) -> bool:
        self.level = min(2 * RATE, self.level + (self.now() - self.filled) * RATE)
        self.filled = self.now()
        granted = self.level >= 1
        self.level -= granted
        return granted

    def headers(self) -> dict[str, str]:
        return {}

    def wait(self) -> int:
        return 1


def storm() -> Reply:
    raise AssertionError


LONG = pytest.mark.torture


@pytest.mark.parametrize("seed", [0, *(pytest.param(seed, marks=LONG) for seed in range(1, 6))])
@pytest.mark.parametrize(
    "server",
    [
        pytest.param(lambda: Windows(storm, window=10), id="what is left of 10 s"),
        pytest.param(lambda: Windows(storm, window=30), id="what is left of 30 s", marks=LONG),
        pytest.param(lambda: Windows(storm, window=10, told=False), id="Retry-After of 10 s", marks=LONG),
        pytest.param(lambda: Bucket(storm), id="Retry-After of a bucket of 2 s"),
    ],
)
def test_a_server_that_tells_its_limit_is_used_to_97_percent_and_never_asked_early(
    server: Callable[[], Limited], seed: int
) -> None:
    world = server()
    rows = RATE * SECONDS + 1_000
    sent, _ = weather(Action.CREATE, world, seed, rows=rows)
    assert sent.counts == {State.CREATED: rows}
    assert sum(at < SECONDS for at in world.landed) >= 0.97 * RATE * SECONDS
    assert world.early == 0
