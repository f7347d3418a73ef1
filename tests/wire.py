"""Puts the test server's answers, or what comes instead of them, on the socket. Imports nothing of the importer."""

import asyncio
import json
import socket
import struct
from collections.abc import Sequence
from dataclasses import dataclass, field
from http import HTTPStatus

from faults import Act, Way

RESET = struct.pack("ii", 1, 0)
SILENT: frozenset[Way] = frozenset({"close", "reset", "hang", "garbage"})
"""The ways in which no answer comes."""
WHOLE: frozenset[Way] = frozenset({"answer", "dribble"})
"""The ways in which all of it comes."""


@dataclass
class Answer:
    """What goes back."""

    status: int
    body: bytes
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def encoded(self) -> bytes:
        headers = {"Content-Type": "application/json", "Content-Length": str(len(self.body)), **self.headers}
        lines = [f"HTTP/1.1 {self.status} {HTTPStatus(self.status).phrase}"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        return "\r\n".join([*lines, "", ""]).encode("latin-1") + self.body


def refuse(status: int, faults: Sequence[str] = ()) -> Answer:
    """Give a refusal; `faults` are the paths of a 422, as `details` of path and message."""
    details = [{"path": path, "message": "not as the page says"} for path in faults]
    return Answer(status, json.dumps({"error": HTTPStatus(status).phrase, "details": details or "made up"}).encode())


async def send(writer: asyncio.StreamWriter, act: Act, answer: Answer) -> bool:
    """Do what the act says; True where a whole answer went out and the connection lives on."""
    if act.way == "answer":
        if act.seconds:
            await asyncio.sleep(act.seconds)
        writer.write(answer.encoded)
        await writer.drain()
        return True
    if act.way == "dribble":
        return await dribble(writer, answer.encoded, act.seconds)
    if act.way == "truncate":
        writer.write(answer.encoded[: -max(1, len(answer.body) // 2)])
        await writer.drain()
    if act.way == "garbage":
        writer.write(b"\x00\xff\x13\x37 this is no HTTP\r\n\r\n")
        await writer.drain()
    cut(writer, act.way)
    return False


async def dribble(writer: asyncio.StreamWriter, text: bytes, seconds: float) -> bool:
    """Send byte by byte."""
    for position in range(len(text)):
        writer.write(text[position : position + 1])
        await writer.drain()
        await asyncio.sleep(seconds)
    return True


def cut(writer: asyncio.StreamWriter, way: Way) -> None:
    """End the connection: reset it, or close it after what was written."""
    if way == "reset":
        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        writer.transport.abort()
    writer.close()
