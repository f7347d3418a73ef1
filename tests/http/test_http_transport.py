"""What left and what came back, told truly over real connections."""

import asyncio
import gzip
import ssl
import subprocess
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest
from raw_server import CONTACT_ID, CREATED, Dribble, Fin, Got, RawServer, Rst, Silence, Step, Then, answer, free_port

from importer.http.exchange import Exchange, Reply
from importer.http.transport import AiohttpTransport

HEADERS = [(b"Authorization", b"Bearer canary-token"), (b"Content-Type", b"application/json")]
BODY = b'{"email": "ana@example.com"}'


@asynccontextmanager
async def exchange(
    deadline: float = 5.0, idle_seconds: float = 1.5
) -> AsyncIterator[tuple[Exchange, AiohttpTransport]]:
    transport = AiohttpTransport(connections=4, idle_seconds=idle_seconds)
    try:
        yield Exchange(transport, deadline=deadline, monotonic=time.monotonic), transport
    finally:
        await transport.aclose()


async def ask(to: Exchange, url: str, method: str = "POST") -> Reply:
    return await to.send(method, httpx.URL(url), HEADERS, BODY)


def once(method: str, step: Step, *, warm: bool = False, deadline: float = 5.0) -> tuple[Reply, RawServer]:
    """Send one request that meets `step`; with `warm`, on a connection that was used before."""

    async def run() -> tuple[Reply, RawServer]:
        def steps(got: Got) -> Step:
            return CREATED if warm and got.number == 1 else step

        async with RawServer(steps) as server, exchange(deadline) as (client, _):
            if warm:
                await ask(client, server.base)
            return await ask(client, server.base, method), server

    return asyncio.run(run())


def test_an_answer_comes_back_whole() -> None:
    reply, server = once("POST", CREATED)
    assert (reply.sent, reply.status, reply.failure) == (True, 201, None)
    assert CONTACT_ID.encode() in reply.body
    assert server.requests[0].body == BODY


def test_a_refused_connection_certainly_sent_nothing() -> None:
    async def run() -> Reply:
        async with exchange() as (client, _):
            return await ask(client, f"http://127.0.0.1:{free_port()}/")

    reply = asyncio.run(run())
    assert (reply.sent, reply.status, reply.failure) == (False, None, "refused")


@pytest.mark.parametrize("warm", [False, True], ids=["fresh", "reused"])
@pytest.mark.parametrize("looks", [1, 2], ids=["before", "while it connects"])
def test_what_is_held_back_before_or_while_it_gets_its_connection_certainly_sent_nothing(
    looks: int, *, warm: bool
) -> None:
    async def run() -> tuple[Reply, Reply, RawServer]:
        looked = -2 if warm else 0

        def held() -> bool:
            nonlocal looked
            looked += 1
            return looked == looks

        async with RawServer(lambda _: CREATED) as server:
            transport = AiohttpTransport(connections=1, held=held)
            client = Exchange(transport, deadline=5, monotonic=time.monotonic)
            if warm:
                await ask(client, server.base)
            kept_back = await ask(client, server.base)
            later = await ask(client, server.base)
            await transport.aclose()
            return kept_back, later, server

    kept_back, later, server = asyncio.run(run())
    assert (kept_back.sent, kept_back.status, kept_back.failure) == (False, None, "held")
    assert (later.status, server.connections, len(server.requests)) == (201, 1, 2 if warm else 1)


@pytest.mark.parametrize("method", ["POST", "PUT", "GET"])
@pytest.mark.parametrize("warm", [False, True], ids=["fresh", "reused"])
@pytest.mark.parametrize("step", [Fin(), Rst()], ids=["fin", "rst"])
def test_a_request_cut_after_it_was_read_has_left_and_leaves_once(step: Step, method: str, *, warm: bool) -> None:
    reply, server = once(method, step, warm=warm)
    assert (reply.sent, reply.status, reply.failure) == (True, None, "cut")
    assert len(server.requests) == (2 if warm else 1)
    assert server.connections == 1


@pytest.mark.parametrize(
    "step", [Silence(), Dribble(CREATED, 0.05), Dribble(answer(201, b"x" * 99), 0.05)], ids=["none", "head", "body"]
)
def test_one_deadline_covers_the_whole_request(step: Step) -> None:
    begun = time.monotonic()
    reply, _ = once("POST", step, deadline=0.3)
    assert (reply.sent, reply.status, reply.failure) == (True, None, "timeout")
    assert time.monotonic() - begun < 2


@pytest.mark.parametrize("noise", [b"\x00\xff\x13garbage\r\n\r\n", b"SSH-2.0-OpenSSH_9.2\r\n", b"HTTP/1.1 abc\r\n\r\n"])
def test_garbage_is_no_answer(noise: bytes) -> None:
    reply, _ = once("POST", Then(noise))
    assert (reply.sent, reply.status) == (True, None)
    assert reply.failure in ("protocol", "cut")


def test_a_body_cut_short_keeps_its_status_and_says_so() -> None:
    reply, _ = once("POST", Then(CREATED[:-5]))
    assert (reply.status, reply.failure) == (201, "cut")


def test_a_bad_chunk_is_a_body_cut_short() -> None:
    head = b"HTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\n\r\n"
    reply, _ = once("POST", Then(head + b"zz\r\nnonsense\r\n"))
    assert reply.sent
    assert reply.failure in ("cut", "protocol")


@pytest.mark.parametrize("size", [262_145, 3_000_000])
def test_an_oversized_answer_is_read_to_the_limit_only(size: int) -> None:
    reply, _ = once("POST", answer(201, b"x" * size))
    assert (reply.status, reply.failure, len(reply.body)) == (201, "oversized", 262_144)


def test_a_compressed_answer_is_decoded_though_none_was_asked_for() -> None:
    reply, server = once("POST", answer(201, gzip.compress(b'{"id":"1"}'), Content_Encoding="gzip"))
    assert (reply.body, reply.failure) == (b'{"id":"1"}', None)
    assert "accept-encoding" not in server.requests[0].headers


def test_a_decompression_bomb_stops_at_the_limit() -> None:
    reply, _ = once("POST", answer(201, gzip.compress(b"\0" * 50_000_000), Content_Encoding="gzip"))
    assert (reply.failure, len(reply.body)) == ("oversized", 262_144)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_told_by_host_and_never_followed(status: int) -> None:
    async def run() -> tuple[Reply, RawServer]:
        async with (
            RawServer(lambda _: CREATED) as other,
            RawServer(lambda _: answer(status, Location=f"http://localhost:{other.port}/x?email=ana")) as server,
            exchange() as (client, _),
        ):
            return await ask(client, server.base), other

    reply, other = asyncio.run(run())
    assert (reply.status, reply.headers["location"]) == (status, "localhost")
    assert other.connections == 0


def test_cookies_are_not_kept_and_proxies_of_the_environment_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{free_port()}")
    _, server = once("POST", answer(201, {"id": "1"}, Set_Cookie="a=b"), warm=True)
    assert [got.headers.get("cookie") for got in server.requests] == [None, None]


def test_an_idle_connection_is_left_before_the_server_closes_it() -> None:
    async def run() -> tuple[list[Reply], RawServer]:
        async with RawServer(lambda _: CREATED, keep_alive=0.3) as server, exchange(idle_seconds=0.1) as (client, _):
            replies = []
            for _ in range(4):
                replies.append(await ask(client, server.base))
                await asyncio.sleep(0.3)
            return replies, server

    replies, server = asyncio.run(run())
    assert [reply.status for reply in replies] == [201] * 4
    assert server.connections == 4


def test_idle_connections_can_be_dropped_while_others_are_busy() -> None:
    async def run() -> RawServer:
        async with RawServer(lambda _: CREATED) as server, exchange(idle_seconds=60) as (client, transport):
            await ask(client, server.base)
            busy = asyncio.create_task(ask(client, server.base))
            await asyncio.sleep(0)
            await transport.drop_idle()
            assert (await busy).status == 201
            assert (await ask(client, server.base)).status == 201
            return server

    server = asyncio.run(run())
    assert server.requests[2].connection != server.requests[0].connection


def test_a_transport_that_keeps_no_trail_is_not_believed_to_have_sent_nothing() -> None:
    def refuse(_: httpx.Request) -> httpx.Response:
        raise httpx.ConnectTimeout("looks harmless")

    client = Exchange(httpx.MockTransport(refuse), deadline=1, monotonic=time.monotonic)
    reply = asyncio.run(ask(client, "https://example.invalid/"))
    assert (reply.sent, reply.failure) == (True, "timeout")


def test_tls_is_verified(tmp_path: Path) -> None:
    key, certificate = tmp_path / "key.pem", tmp_path / "cert.pem"
    subject = ["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"]
    made = [
        "openssl",
        "req",
        "-x509",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-keyout",
        str(key),
        "-out",
        str(certificate),
        *subject,
    ]
    subprocess.run(made, check=True, capture_output=True)
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate, key)
    trusting = ssl.create_default_context(cafile=str(certificate))

    async def run() -> tuple[Reply, Reply, RawServer]:
        async with RawServer(lambda _: CREATED, tls=tls) as server, exchange() as (client, _):
            stranger = await ask(client, server.base)
            known = AiohttpTransport(connections=1, tls=trusting)
            friend = await ask(Exchange(known, deadline=5, monotonic=time.monotonic), server.base)
            await known.aclose()
            return stranger, friend, server

    stranger, friend, server = asyncio.run(run())
    assert (stranger.sent, stranger.failure) == (False, "tls")
    assert friend.status == 201
    assert len(server.requests) == 1


def test_a_context_that_does_not_verify_is_refused() -> None:
    loose = ssl.create_default_context()
    loose.check_hostname = False
    with pytest.raises(ValueError, match="verify"):
        AiohttpTransport(connections=1, tls=loose)


def test_no_reply_shows_the_body() -> None:
    reply, _ = once("POST", CREATED)
    assert "ana@example.com" not in repr(reply)


@pytest.mark.parametrize("coding", ["identity", " Identity ", ""])
def test_a_coding_that_changes_nothing_is_none(coding: str) -> None:
    reply, _ = once("POST", answer(201, b'{"id":"1"}', Content_Encoding=coding))
    assert (reply.status, reply.failure, reply.body) == (201, None, b'{"id":"1"}')
