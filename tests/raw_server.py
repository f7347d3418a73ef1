"""A loopback server that answers with exactly the bytes, cuts and silences that a test asks for."""

import asyncio
import json
import socket
import ssl
import struct
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Self

CONTACT_ID = "3c90c3cc-0d44-4b50-8888-8dd25736052a"
NO_WAIT = struct.pack("ii", 1, 0)


@dataclass(frozen=True)
class Got:
    """One whole request that reached the server: whatever comes after, it counts as committed."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes
    connection: int
    number: int
    at: float


@dataclass(frozen=True)
class Fin:
    """Read the request, say nothing, close."""


@dataclass(frozen=True)
class Rst:
    """Read the request, say nothing, reset."""


@dataclass(frozen=True)
class Silence:
    """Read the request and say nothing for ever."""


@dataclass(frozen=True)
class Then:
    """Send some bytes, then close."""

    first: bytes


@dataclass(frozen=True)
class Dribble:
    """Send bytes one by one, `gap` seconds apart."""

    whole: bytes
    gap: float


@dataclass(frozen=True)
class Late:
    """Answer after `seconds`."""

    whole: bytes
    seconds: float


Step = bytes | Fin | Rst | Silence | Then | Dribble | Late


def answer(status: int, document: object = None, *, kind: str = "application/json", **headers: str) -> bytes:
    """Write an answer; a `document` that is not bytes is sent as JSON, and `retry_after=` becomes `Retry-After:`."""
    body = document if isinstance(document, bytes) else b"" if document is None else json.dumps(document).encode()
    lines = [f"HTTP/1.1 {status} Word", f"Content-Type: {kind}", f"Content-Length: {len(body)}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


CREATED = answer(201, {"id": CONTACT_ID, "email": "ana@example.com"})


@dataclass
class RawServer:
    """Use as an async context manager; `requests` holds all that arrived whole, in order."""

    step: Callable[[Got], Step]
    keep_alive: float = 60.0
    tls: ssl.SSLContext | None = None
    port: int = 0
    requests: list[Got] = field(default_factory=list)
    connections: int = 0
    most_at_once: int = 0
    _now: int = 0

    async def __aenter__(self) -> Self:
        self._busy: set[asyncio.Task[None]] = set()
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port, ssl=self.tls)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        for task in self._busy:
            task.cancel()
        await asyncio.gather(*self._busy, return_exceptions=True)

    @property
    def base(self) -> str:
        """The base URL."""
        return f"{'https' if self.tls else 'http'}://127.0.0.1:{self.port}/api/v1"

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._busy.add(task)
        self.connections += 1
        try:
            await self._talk(reader, writer, self.connections)
        except (ConnectionError, asyncio.IncompleteReadError, TimeoutError, asyncio.CancelledError):
            pass
        finally:
            self._busy.discard(task)
            writer.close()

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, connection: int) -> None:
        while True:
            head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), self.keep_alive)
            first, *lines = head.decode("latin-1").strip().split("\r\n")
            headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
            body = await reader.readexactly(int(headers.get("content-length", "0")))
            method, path, _ = first.split(" ")
            got = Got(method, path, headers, body, connection, len(self.requests) + 1, time.monotonic())
            self.requests.append(got)
            self._now += 1
            self.most_at_once = max(self.most_at_once, self._now)
            try:
                if not await perform(self.step(got), writer):
                    return
            finally:
                self._now -= 1


async def perform(step: Step, writer: asyncio.StreamWriter) -> bool:
    """Do what the step says; False when the connection ends with it."""
    match step:
        case Fin():
            return False
        case Rst():
            writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, NO_WAIT)
            writer.transport.abort()
            return False
        case Silence():
            await asyncio.Event().wait()
        case Then(first):
            writer.write(first)
            await writer.drain()
            return False
        case Dribble(whole, gap):
            for byte in whole:
                writer.write(bytes([byte]))
                await writer.drain()
                await asyncio.sleep(gap)
        case Late(whole, seconds):
            await asyncio.sleep(seconds)
            writer.write(whole)
        case bytes():
            writer.write(step)
    await writer.drain()
    return True


def free_port() -> int:
    """Give a port on which nobody listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
        return port
