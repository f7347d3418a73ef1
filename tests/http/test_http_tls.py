"""TLS with certificates of a made-up authority: who is not who they say they are gets nothing."""

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import httpx
import pytest
import trustme
from raw_server import CREATED, RawServer

from importer.http.exchange import Exchange, Reply
from importer.http.transport import AiohttpTransport

HEADERS = [(b"Authorization", b"Bearer canary-token")]
AUTHORITY = trustme.CA()
PAST = datetime.now(UTC) - timedelta(days=1)


def serving(certificate: trustme.LeafCert, newest: ssl.TLSVersion = ssl.TLSVersion.TLSv1_3) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(context)
    context.set_ciphers("DEFAULT:@SECLEVEL=0")
    context.minimum_version = min(newest, ssl.TLSVersion.TLSv1_2)
    context.maximum_version = newest
    return context


def ask(server_tls: ssl.SSLContext, *, trusting: bool, host: str = "127.0.0.1") -> tuple[Reply, int]:
    """Send one create; the reply and how many requests the server read."""

    async def run() -> tuple[Reply, int]:
        tls = ssl.create_default_context()
        if trusting:
            AUTHORITY.configure_trust(tls)
        transport = AiohttpTransport(connections=1, tls=tls)
        try:
            async with RawServer(lambda _: CREATED, tls=server_tls) as server:
                client = Exchange(transport, deadline=5, monotonic=asyncio.get_running_loop().time)
                url = httpx.URL(server.base).copy_with(host=host)
                return await client.send("POST", url, HEADERS, b"{}"), len(server.requests)
        finally:
            await transport.aclose()

    return asyncio.run(run())


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_a_trusted_certificate_of_the_host_is_taken(host: str) -> None:
    reply, seen = ask(serving(AUTHORITY.issue_cert("127.0.0.1", "localhost")), trusting=True, host=host)
    assert (reply.status, seen) == (201, 1)


@pytest.mark.parametrize(
    ("certificate", "trusting", "newest"),
    [
        (AUTHORITY.issue_cert("127.0.0.1"), False, ssl.TLSVersion.TLSv1_3),
        (trustme.CA().issue_cert("127.0.0.1"), True, ssl.TLSVersion.TLSv1_3),
        (AUTHORITY.issue_cert("example.com"), True, ssl.TLSVersion.TLSv1_3),
        (AUTHORITY.issue_cert("127.0.0.1", not_after=PAST), True, ssl.TLSVersion.TLSv1_3),
        (AUTHORITY.issue_cert("127.0.0.1"), True, ssl.TLSVersion.TLSv1_1),
    ],
    ids=["unknown authority", "other authority", "wrong host", "expired", "TLS 1.1"],
)
@pytest.mark.filterwarnings("ignore:ssl.TLSVersion.TLSv1_1 is deprecated")
def test_any_other_certificate_gets_no_byte_of_the_request(
    certificate: trustme.LeafCert, newest: ssl.TLSVersion, *, trusting: bool
) -> None:
    reply, seen = ask(serving(certificate, newest), trusting=trusting)
    assert (reply.sent, reply.status, seen) == (False, None, 0)
    assert reply.failure in ("tls", "unreachable")


def test_a_server_that_speaks_no_tls_gets_no_byte_of_the_request() -> None:
    async def run() -> Reply:
        transport = AiohttpTransport(connections=1)
        try:
            async with RawServer(lambda _: CREATED) as server:
                client = Exchange(transport, deadline=0.5, monotonic=asyncio.get_running_loop().time)
                url = httpx.URL(server.base).copy_with(scheme="https")
                reply = await client.send("POST", url, HEADERS, b"{}")
                assert server.requests == []
                return reply
        finally:
            await transport.aclose()

    reply = asyncio.run(run())
    assert (reply.sent, reply.status) == (False, None)


@asynccontextmanager
async def mute() -> AsyncIterator[int]:
    """Serve connections that are taken and then left alone, nothing read from them; gives the port."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield listener.getsockname()[1]


def test_a_handshake_that_never_ends_is_a_time_out_before_any_byte_of_the_request() -> None:
    async def run() -> Reply:
        transport = AiohttpTransport(connections=1)
        async with mute() as port:
            client = Exchange(transport, deadline=0.3, monotonic=asyncio.get_running_loop().time)
            try:
                return await client.send("POST", httpx.URL(f"https://127.0.0.1:{port}/"), HEADERS, b"{}")
            finally:
                await transport.aclose()

    reply = asyncio.run(run())
    assert (reply.sent, reply.failure) == (False, "timeout")


def test_a_body_that_the_server_does_not_take_in_is_a_time_out_that_may_have_left() -> None:
    async def run() -> Reply:
        transport = AiohttpTransport(connections=1)
        async with mute() as port:
            client = Exchange(transport, deadline=0.3, monotonic=asyncio.get_running_loop().time)
            try:
                return await client.send("POST", httpx.URL(f"http://127.0.0.1:{port}/"), HEADERS, b"x" * 1_000_000)
            finally:
                await transport.aclose()

    reply = asyncio.run(run())
    assert (reply.sent, reply.failure) == (True, "timeout")


@pytest.mark.parametrize(
    "first",
    [b"HTTP/1.1 100 Continue\r\n\r\n", b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n"],
    ids=["100", "103"],
)
def test_an_interim_answer_is_passed_over(first: bytes) -> None:
    async def run() -> Reply:
        transport = AiohttpTransport(connections=1)
        try:
            async with RawServer(lambda _: first + CREATED) as server:
                client = Exchange(transport, deadline=2, monotonic=asyncio.get_running_loop().time)
                return await client.send("POST", httpx.URL(server.base), HEADERS, b"{}")
        finally:
            await transport.aclose()

    reply = asyncio.run(run())
    assert reply.status == 201 or (reply.sent and reply.status is None)
