"""A thin httpx transport over aiohttp that knows whether a request may have left.

That knowledge comes from aiohttp's trace events alone. An exception's name can't give it: a refused connection and one
that was cut after the server had read the request may raise the same.
"""

from __future__ import annotations

import ssl
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

import aiohttp
import httpx
from yarl import URL

from importer.http.connector import CleanConnector, HeldError

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import SimpleNamespace

TRAIL = "trail"
TARGET = "target"
"""httpx's own extension: the path as it is sent, percent-encoded, instead of the URL's."""
FAILURE = "failure"
HELD = "held"
LONGEST_HEADER = 32_768


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


class _CutError(aiohttp.ClientError):
    """Stands for a dropped connection under a name for which aiohttp does not send the request again by itself."""


@dataclass(slots=True)
class _Pool:
    session: aiohttp.ClientSession
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
        self._tls = tls or ssl.create_default_context()
        if self._tls.verify_mode is not ssl.CERT_REQUIRED or not self._tls.check_hostname:
            raise ValueError("the TLS context must verify certificates and host names")
        self._idle_seconds = idle_seconds
        self._answer_limit = answer_limit
        self._held = held
        self._pool: _Pool | None = None

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send one request once and read its answer, up to the limit.

        The `Trail` under the request's extension `trail` learns whether a byte may have left. The answer's extension
        `failure` is `cut`, `protocol` or `oversized` where its body is not whole. Raises FailedError where there is no
        answer.
        """
        trail = request.extensions.get(TRAIL) or Trail()
        trail.left = False
        stream = request.stream
        body = b"".join(stream) if type(stream) is httpx.ByteStream else await request.aread()
        pool = self._pool or self._open()
        pool.busy += 1
        try:
            answer = await pool.session.request(
                request.method,
                _address(request),
                data=body or None,
                headers=[(name.decode("ascii"), value.decode("latin-1")) for name, value in request.headers.raw],
                allow_redirects=False,
                trace_request_ctx=trail,
            )
            async with answer:
                return await self._read(answer)
        except HeldError:
            # A connection was there, but it is our own word, given before the first write, that it was not used.
            trail.left = False
            raise FailedError(HELD) from None
        except (aiohttp.ClientError, OSError) as error:
            raise FailedError(name_failure(error)) from None
        finally:
            pool.busy -= 1
            if pool.retired and not pool.busy:
                await pool.session.close()

    async def drop_idle(self) -> None:
        """Close every idle connection now, and each busy one when its answer is read."""
        pool, self._pool = self._pool, None
        if pool is not None:
            pool.retired = True
            if not pool.busy:
                await pool.session.close()

    async def aclose(self) -> None:
        """Close all connections."""
        pool, self._pool = self._pool, None
        if pool is not None:
            await pool.session.close()

    def _open(self) -> _Pool:
        trace = aiohttp.TraceConfig()
        trace.on_connection_create_end.append(_may_leave)
        trace.on_connection_reuseconn.append(_may_leave)
        session = aiohttp.ClientSession(
            connector=CleanConnector(
                limit=self._connections, keepalive_timeout=self._idle_seconds, tls=self._tls, held=self._held
            ),
            cookie_jar=aiohttp.DummyCookieJar(),
            timeout=aiohttp.ClientTimeout(total=None, sock_connect=None),
            auto_decompress=False,
            skip_auto_headers=("User-Agent", "Accept", "Accept-Encoding", "Content-Type"),
            max_line_size=LONGEST_HEADER,
            max_field_size=LONGEST_HEADER,
            middlewares=(_send_once,),
            trace_configs=[trace],
        )
        self._pool = _Pool(session)
        return self._pool

    async def _read(self, answer: aiohttp.ClientResponse) -> httpx.Response:
        body = bytearray()
        failure = None
        try:
            while len(body) <= self._answer_limit and (chunk := await answer.content.readany()):
                body += chunk
        except (aiohttp.ClientError, OSError):
            failure = "cut"
        if len(body) > self._answer_limit:
            answer.close()
            failure = "oversized"
        content = bytes(body[: self._answer_limit])
        headers = [(name, value) for name, value in answer.raw_headers if name.lower() != b"content-encoding"]
        if len(headers) < len(answer.raw_headers) and failure is None:
            content, failure = decode(content, self._answer_limit)
        return httpx.Response(
            answer.status, headers=headers, stream=httpx.ByteStream(content), extensions={FAILURE: failure}
        )


def _address(request: httpx.Request) -> URL:
    url = URL(str(request.url), encoded=True)
    target: bytes | None = request.extensions.get(TARGET)
    return url if target is None else url.with_path(target.decode("ascii"), encoded=True)


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
        case _CutError() | aiohttp.ClientConnectionError() | OSError():
            return "cut"
    return "protocol"


async def _may_leave(_session: aiohttp.ClientSession, context: SimpleNamespace, _params: object) -> None:
    context.trace_request_ctx.left = True


async def _send_once(request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType) -> aiohttp.ClientResponse:
    # When a kept connection drops, aiohttp would send a PUT or GET again by itself, and nobody would count it.
    try:
        return await handler(request)
    except aiohttp.ClientConnectorError:
        raise
    except (aiohttp.ServerDisconnectedError, aiohttp.ClientOSError):
        raise _CutError from None
