"""Bytes that come on an idle connection are nobody's answer."""

import asyncio
import time

import httpx
import pytest

from importer.http.exchange import Exchange, Reply
from importer.http.transport import AiohttpTransport

CREATED = b'HTTP/1.1 201 Created\r\nContent-Type: application/json\r\nContent-Length: 11\r\n\r\n{"id":"a1"}'
STRAYS = {
    "429": b"HTTP/1.1 429 Too Many\r\nContent-Length: 0\r\n\r\n",
    "404": b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n",
    "the same again": CREATED,
    "half a head": b"HTTP/1.1 4",
}


@pytest.mark.parametrize("stray", STRAYS.values(), ids=STRAYS)
def test_a_stray_answer_is_not_taken_for_the_next_requests(stray: bytes) -> None:
    gap = 0.02
    taken: list[int] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while await reader.readuntil(b"\r\n\r\n"):
                taken.append(1)
                writer.write(CREATED)
                await writer.drain()
                await asyncio.sleep(gap)
                writer.write(stray)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    async def run() -> list[Reply]:
        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        transport = AiohttpTransport(connections=1)
        client = Exchange(transport, deadline=5, monotonic=time.monotonic)
        replies = []
        for _ in range(3):
            replies.append(await client.send("POST", httpx.URL(f"http://127.0.0.1:{port}/x"), [], b""))
            await asyncio.sleep(gap * 3)
        await transport.aclose()
        server.close()
        return replies

    replies = asyncio.run(run())
    assert [reply.status for reply in replies] == [201, 201, 201]
    assert len(taken) == 3


def test_a_request_is_told_as_not_sent_whose_idle_connection_was_dropped_and_whose_new_one_is_refused() -> None:
    taken: list[bytes] = []
    stray = asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        taken.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(CREATED)
        await writer.drain()
        await stray.wait()
        writer.write(STRAYS["429"])
        await writer.drain()
        taken.append(await reader.read())
        writer.close()

    async def run() -> list[Reply]:
        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        url = httpx.URL(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/x")
        transport = AiohttpTransport(connections=1)
        client = Exchange(transport, deadline=5, monotonic=time.monotonic)
        first = await client.send("POST", url, [], b"")
        server.close()
        stray.set()
        await asyncio.sleep(0.05)
        second = await client.send("POST", url, [], b"")
        await transport.aclose()
        await asyncio.sleep(0.05)
        return [first, second]

    first, second = asyncio.run(run())
    assert (first.status, first.sent) == (201, True)
    assert (second.failure, second.sent) == ("refused", False)
    assert [bool(one) for one in taken] == [True, False]
