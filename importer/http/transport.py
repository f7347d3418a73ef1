"""A thin httpx transport over aiohttp that knows whether a request may have left.

aiohttp makes, checks and keeps the connections and reads the answers; the request is written here, in one piece. So it
is known, and not guessed, that before this write not a byte has left. An exception's name can't give it: a refused
connection and one that was cut after the server had read the request may raise the same. Nor does anybody below send a
request again by itself, as aiohttp's own session does with a PUT whose kept connection dropped.
"""

from __future__ import annotations

import ssl
import zlib
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import aiohttp
import httpx
from aiohttp.http import HttpProcessingError

from importer.http.connector import CleanConnector, Line

if TYPE_CHECKING:
    from collections.abc import Callable

TRAIL = "trail"
TARGET = "target"
"""httpx's own extension: the path as it is sent, percent-encoded, instead of the URL's."""
FAILURE = "failure"
HELD = "held"
NO_LINE = "a header of the request is no single line"
PLAIN = ("", "identity")
"""Content codings that change nothing; some servers say so (RFC 9110, section 12.5.3)."""
CONTINUE, SWITCHING, OK = 100, 101, 200


class Trail:
    """Whether a byte of one request may have left.

    True until a transport that keeps trails says otherwise: one that keeps none is never believed to have sent nothing.
    """

    __slots__ = ("left",)

    def __init__(self) -> None:
        self.left = True


class FailedError(httpx.TransportError):
    """No whole answer; `word` says how: refused, dns, unreachable, tls, cut, protocol; held where we kept it back."""

    def __init__(self, word: str) -> None:
        """Keep the word; the cause's own text is left out, since it can hold the URL and with it a contact's id."""
        super().__init__(word)
        self.word = word


@dataclass(slots=True)
class _Pool:
    connector: CleanConnector
    busy: int = 0
    retired: bool = False


class AiohttpTransport(httpx.AsyncBaseTransport):
    """One pool of connections. It follows no redirect, keeps no cookie and asks the environment for no proxy.

    `connections` bounds how many are open at once. One that was idle for `idle_seconds` is not used again: that is less
    than servers keep theirs, so no request meets a connection which the server is just closing. While `held` says so no
    request leaves, even if its connection was asked for before. Answers are read up to `answer_limit` bytes, decoded
    ones too. TLS certificates and host names are always verified.
    """

    def __init__(
        self,
        *,
        connections: int,
        tls: ssl.SSLContext | None = None,
        idle_seconds: float = 1.0,
        answer_limit: int = 262_144,
        held: Callable[[], bool] = lambda: False,
    ) -> None:
        self._connections = connections
        if tls is not None and (tls.verify_mode is not ssl.CERT_REQUIRED or not tls.check_hostname):
            raise ValueError("the TLS context must verify certificates and host names")
        # aiohttp has made one already that verifies both, and reading all the system's certificates again takes time.
        self._tls: ssl.SSLContext | bool = True if tls is None else tls
        self._idle_seconds = idle_seconds
        self._answer_limit = answer_limit
        self._held = held
        self._pool: _Pool | None = None

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send one request once and read its answer, up to the limit.

        The `Trail` under the request's extension `trail` learns whether a byte may have left. The answer's extension
        `failure` is `cut`, `protocol` or `oversized` where its body is not whole. Raises FailedError where there is no
        answer, ValueError for a header that can't be written as one line.
        """
        trail = request.extensions.get(TRAIL) or Trail()
        trail.left = False
        stream = request.stream
        written = compose(request, b"".join(stream) if type(stream) is httpx.ByteStream else await request.aread())
        pool = self._pool or self._open()
        pool.busy += 1
        try:
            line = await self._connect(pool.connector, request.url)
            try:
                return await self._exchange(pool.connector, line, written, trail)
            finally:
                if line.idle_since is None:
                    line.close()
        except (aiohttp.ClientError, HttpProcessingError, OSError) as error:
            raise FailedError(name_failure(error)) from None
        finally:
            pool.busy -= 1
            if pool.retired and not pool.busy:
                await pool.connector.close()

    async def drop_idle(self) -> None:
        """Close every idle connection now, and each busy one when its answer is read."""
        pool, self._pool = self._pool, None
        if pool is not None:
            pool.retired = True
            if not pool.busy:
                await pool.connector.close()

    async def aclose(self) -> None:
        """Close all connections."""
        pool, self._pool = self._pool, None
        if pool is not None:
            await pool.connector.close()

    def _open(self) -> _Pool:
        self._pool = _Pool(CleanConnector(limit=self._connections, keepalive_timeout=self._idle_seconds, tls=self._tls))
        return self._pool

    async def _connect(self, connector: CleanConnector, url: httpx.URL) -> Line:
        if self._held():
            raise FailedError(HELD)
        line = await connector.connect_to(url)
        if self._held():
            # It began while the connection was made.
            connector.give_back(line)
            raise FailedError(HELD)
        return line

    async def _exchange(self, connector: CleanConnector, line: Line, written: bytes, trail: Trail) -> httpx.Response:
        if line.transport.is_closing():
            raise FailedError("cut")
        line.expect_answer()
        # From here on nobody but the server knows how much of it arrives.
        trail.left = True
        line.transport.write(written)
        head, content = await line.protocol.read()
        while CONTINUE <= head.code < OK and head.code != SWITCHING:
            head, content = await line.protocol.read()
        body, failure = await self._read(content)
        if failure is None:
            connector.give_back(line)
        headers = head.raw_headers
        if (coding := head.headers.get("Content-Encoding")) is not None:
            headers = tuple((name, value) for name, value in headers if name.lower() != b"content-encoding")
            if failure is None and coding.strip().lower() not in PLAIN:
                body, failure = decode(body, self._answer_limit)
        return httpx.Response(head.code, headers=headers, stream=httpx.ByteStream(body), extensions={FAILURE: failure})

    async def _read(self, content: aiohttp.StreamReader) -> tuple[bytes, str | None]:
        """Give a body up to the limit, and how it failed if it is not whole."""
        body = b""
        try:
            if content.is_eof():
                # Most come whole, with the head.
                body = content.read_nowait()
            while not content.at_eof() and len(body) <= self._answer_limit:
                body += await content.readany()
        except (aiohttp.ClientError, HttpProcessingError, OSError):
            return body[: self._answer_limit], "cut"
        return body[: self._answer_limit], "oversized" if len(body) > self._answer_limit else None


def compose(request: httpx.Request, body: bytes) -> bytes:
    """Give a request as it is written: one line each for what is asked and every header, then the body (RFC 9112).

    The host is the first of its headers (RFC 9110, section 7.2, asks for that), or added.
    Raises ValueError for a header that is no single line.
    """
    target: bytes = request.extensions.get(TARGET) or request.url.raw_path
    asked = b"%b %b HTTP/1.1" % (request.method.encode("ascii"), target)
    headers = tuple(request.headers.raw)
    if not headers or headers[0][0].lower() != b"host":
        headers = ((b"Host", request.url.netloc), *headers)
    if b"\n" in asked or b"\r" in asked:
        raise ValueError(NO_LINE)
    length = b"Content-Length: %d\r\n" % len(body) if body or request.method in ("POST", "PUT") else b""
    return b"%b\r\n%b%b\r\n%b" % (asked, _compose_headers(headers), length, body)


@lru_cache(maxsize=8)
def _compose_headers(headers: tuple[tuple[bytes, bytes], ...]) -> bytes:
    """Give the lines of headers, which are the same in nearly all requests of a run."""
    lines = [b"%b: %b" % header for header in headers]
    if any(b"\n" in line or b"\r" in line for line in lines):
        raise ValueError(NO_LINE)
    return b"".join(b"%b\r\n" % line for line in lines)


def decode(content: bytes, limit: int) -> tuple[bytes, str | None]:
    """Give a gzip or deflate body decoded up to `limit` bytes, and how it failed if it did.

    None is ever asked for, but some proxies compress all the same.
    """
    decoder = zlib.decompressobj(wbits=zlib.MAX_WBITS | 32)
    try:
        plain = decoder.decompress(content, limit)
    except zlib.error:
        return b"", "protocol"
    if decoder.unconsumed_tail:
        return plain, "oversized"
    return plain, None if decoder.eof else "cut"


def name_failure(error: Exception) -> str:
    """Name why there is no answer, for codes and messages; never used to judge whether the request left."""
    match error:
        case aiohttp.ClientSSLError() | ssl.SSLError():
            return "tls"
        case aiohttp.ClientConnectorDNSError():
            return "dns"
        case aiohttp.ClientConnectorError():
            return "refused" if isinstance(error.os_error, ConnectionRefusedError) else "unreachable"
        case aiohttp.ClientConnectionError() | OSError():
            return "cut"
    return "protocol"
