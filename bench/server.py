"""A contact target on loopback that is never the limit: it stores nothing and answers with the whole contact.

    python bench/server.py [--latency 0.05] [--rate 500 [--untold]]

It prints its base URL. `--latency` holds each answer back so many seconds. With `--rate` it allows so many requests in
each second of its clock and answers the others by 429 with `Retry-After: 1`, and every answer tells what is left
(`X-RateLimit-*`), unless it is `--untold`. `GET /stats` gives JSON: `requests`, `refused`, and `early`: those that came
before a `Retry-After` had ended though its answer was heard, that is, a tenth of a second after it left; and `held`:
the seconds from reading a held back request to writing its answer, on average, since timers end late.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import sys
import time
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

import uvloop

if TYPE_CHECKING:
    from collections.abc import Sequence

LARGEST_HEAD = 65_536
RETRY_AFTER = 1.0
HEARD = 0.1
"""Seconds after which a refusal has surely come to whoever sent."""


@dataclass
class Target:
    """What all connections share."""

    latency: float
    rate: int | None
    untold: bool = False
    requests: int = 0
    refused: int = 0
    early: int = 0
    answered: int = 0
    """Requests whose answer was held back, and has left."""
    held: float = 0.0
    """Seconds for which all of these were held."""
    closed_from: float = 0.0
    """When the first `Retry-After` of some was surely heard, by the monotonic clock."""
    closed_until: float = 0.0
    """When the last of them ends."""
    second: int = 0
    served: int = 0
    """Requests served in that second."""

    def admit(self) -> tuple[bool, bytes]:
        """Tell whether a request is served, and the header lines about the limit."""
        self.requests += 1
        if self.rate is None:
            return True, b""
        now = time.monotonic()
        if self.closed_from < now < self.closed_until:
            self.early += 1
        if int(now) != self.second:
            self.second, self.served = int(now), 0
        self.served += 1
        left = max(0, self.rate - self.served)
        until = 1.0 - now % 1.0
        told = b"X-RateLimit-Limit: %d\r\nX-RateLimit-Remaining: %d\r\nX-RateLimit-Reset: %d\r\n"
        lines = b"" if self.untold else told % (self.rate, left, int(until) + 1)
        if self.served <= self.rate:
            return True, lines
        self.refused += 1
        if now >= self.closed_until:
            self.closed_from = now + HEARD
        self.closed_until = now + RETRY_AFTER
        return False, lines + b"Retry-After: %d\r\n" % RETRY_AFTER


class Connection(asyncio.Protocol):
    """One connection; requests come one after another on it."""

    def __init__(self, target: Target, chance: random.Random) -> None:
        self._target = target
        self._chance = chance
        self._held = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep what answers are written to."""
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        """Answer each whole request."""
        self._held += data
        while (end := self._held.find(b"\r\n\r\n")) >= 0:
            head = self._held[:end]
            whole = end + 4 + _length(head)
            if len(self._held) < whole:
                return
            body, self._held = self._held[end + 4 : whole], self._held[whole:]
            self._answer(head, body)
        if len(self._held) > LARGEST_HEAD:
            self._transport.abort()

    def _answer(self, head: bytes, body: bytes) -> None:
        method, _, rest = head.partition(b" ")
        path = rest.partition(b" ")[0]
        if path.endswith(b"/stats"):
            told = {name: getattr(self._target, name) for name in ("requests", "refused", "early")}
            told["held"] = self._target.held / max(1, self._target.answered)
            self._write(b"200 OK", b"", json.dumps(told).encode())
            return
        served, lines = self._target.admit()
        if not served:
            self._write(b"429 Too Many Requests", lines, b'{"message":"slow down"}')
            return
        known = path.rpartition(b"/")[2] if method == b"PUT" else b""
        contact = known or str(uuid.UUID(int=self._chance.getrandbits(128))).encode()
        members = body[1:] if body[1:2] != b"}" else b'"status":"ACTIVE"}'
        status = b"200 OK" if known else b"201 Created"
        answer = b'{"id":"%s",%s' % (contact, members)
        if self._target.latency:
            asyncio.get_running_loop().call_later(
                self._target.latency, self._write_held, time.monotonic(), status, lines, answer
            )
        else:
            self._write(status, lines, answer)

    def _write_held(self, since: float, status: bytes, lines: bytes, body: bytes) -> None:
        self._write(status, lines, body)
        self._target.answered += 1
        self._target.held += time.monotonic() - since

    def _write(self, status: bytes, lines: bytes, body: bytes) -> None:
        head = b"HTTP/1.1 %s\r\nContent-Type: application/json\r\n%sContent-Length: %d\r\n\r\n"
        self._transport.write(head % (status, lines, len(body)) + body)


def _length(head: bytes) -> int:
    lowered = head.lower()
    found = lowered.find(b"\r\ncontent-length:")
    return int(lowered[found + 17 :].partition(b"\r\n")[0]) if found >= 0 else 0


async def serve(target: Target) -> None:
    """Serve on a free port until the process is ended or whoever started it closes stdin."""
    chance = random.Random(1)
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Connection(target, chance), "127.0.0.1", 0, backlog=4096)
    print(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", flush=True)
    await loop.run_in_executor(None, sys.stdin.read)
    server.close()


def main(words: Sequence[str] | None = None) -> None:
    """Read the options and serve."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--latency", type=float, default=0.0)
    parser.add_argument("--rate", type=int)
    parser.add_argument("--untold", action="store_true")
    options = parser.parse_args(words)
    uvloop.run(serve(Target(options.latency, options.rate, options.untold)))


if __name__ == "__main__":
    main()
