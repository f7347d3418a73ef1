"""What goes wrong, by a seed: single faults, bursts of 5xx, storms of 429, and a kill at a chosen request.

Imports nothing of the importer.
"""

import asyncio
import time
from collections.abc import Callable
from random import Random

from faults import Act, cut, dribble, garbage, hang, html, limited, no_id, oversize, reset, slow, status, truncate
from received import Received
from target import Target

Fault = Callable[[Random], Act]

WHOLE: tuple[Fault, ...] = (
    lambda random: status(random.choice([500, 502, 503, 504, 507]), commit=random.random() < 0.5),
    lambda random: status(408, commit=random.random() < 0.5),
    lambda _: dribble(0.0002),
    lambda _: slow(0.1),
    lambda _: no_id(),
    lambda _: oversize(400_000),
    lambda random: status(201, commit=True, body=random.choice([b"", b"[]", b"nonsense", b'{"id":7}'])),
    lambda random: html(commit=random.random() < 0.5),
)
"""Each ends with a whole answer, so that every request is known to both sides."""
CUT: tuple[Fault, ...] = (
    lambda random: cut(commit=random.random() < 0.5),
    lambda random: reset(commit=random.random() < 0.5),
    lambda _: truncate(),
    lambda _: garbage(),
    lambda random: hang(commit=random.random() < 0.5),
    lambda _: dribble(0.02),
)
"""Each ends without one, or too late."""
SHARE = 0.02
BURSTS, STORMS = 5, 3
"""Begun in as many requests as there are rows, or in `LEAST`: each costs a second."""
LEAST = 1_500
STORM_SECONDS = 0.25


class Chaos:
    """A target's script. `kill` is called in the server's thread, `delay` seconds after the chosen request came."""

    def __init__(self, target: Target, random: Random, faults: tuple[Fault, ...], rows: int) -> None:
        self._target, self._random, self._faults = target, random, faults
        self._burst_share, self._storm_share = BURSTS / max(rows, LEAST), STORMS / max(rows, LEAST)
        self._burst = 0
        self._storm_until = 0.0
        self._left: int | None = None
        self.generation = 0
        """Which process is being served, counted from 1."""
        self.generations: dict[int, int] = {}
        """By request number."""
        self.asked_to_wait: list[tuple[int, int]] = []
        """Requests that were told to wait, and for how many seconds."""

    def begin(self, kill: Callable[[], None] | None, after: int, delay: float) -> None:
        """Serve another process; kill it `delay` seconds after its request number `after` (from 1) has come.

        Where nothing is in flight then, it is killed as soon as something is: how busy the machine is must not decide
        whether a kill meets requests.
        """
        self.generation += 1
        self._kill, self._delay = kill, delay
        self._left = after if kill else None

    def disarm(self) -> None:
        """Kill nothing any more."""
        self._left = None

    def __call__(self, received: Received) -> Act | None:
        self.generations[received.number] = self.generation
        self._strike()
        if received.method not in ("POST", "PUT"):
            return None
        now = time.monotonic()
        if now < self._storm_until or self._random.random() < self._storm_share:
            self._storm_until = max(self._storm_until, now + STORM_SECONDS)
            self.asked_to_wait.append((received.number, 1))
            return limited("1")
        if self._burst or self._random.random() < self._burst_share:
            self._burst = self._burst - 1 if self._burst else self._random.randint(2, 12)
            return status(self._random.choice([500, 503]), commit=self._random.random() < 0.3)
        if self._random.random() < SHARE and self._has_landed():
            return self._random.choice(self._faults)(self._random)
        return None

    def _strike(self) -> None:
        if not self._left:
            return
        self._left -= 1
        if self._left == 0 and self._kill is not None:
            if self._delay:
                asyncio.get_running_loop().call_later(self._delay, self._kill_when_busy, self._kill, self.generation)
            else:
                self._kill()

    def _kill_when_busy(self, kill: Callable[[], None], generation: int) -> None:
        if generation != self.generation or self._left is None:
            return
        if self._target.in_flight:
            kill()
        else:
            asyncio.get_running_loop().call_later(0.001, self._kill_when_busy, kill, generation)

    def _has_landed(self) -> bool:
        # A page in HTML before anything landed stops a run, as it should: that is another test's.
        for received in reversed(self._target.requests[:-40]):
            if self.generations.get(received.number) != self.generation:
                return False
            if received.status in (200, 201) and received.answered:
                return True
        return False
